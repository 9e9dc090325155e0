// Every single-file case, and seeded mutations of them -> do our resolver and wasm-tools accept and reject the same?
//   npm ci && node run.mjs [--mutations N] [--seed N] [--verbose]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { componentEmbed } from "@bytecodealliance/jco";
import { resolveWit, WitError } from "../dist/index.js";

const FEATURES = ["active"];
const PROBE = "oracle-probe";
const TYPES = ["u8", "string", "borrow", "own", "bool"];
const GATES = ["@unstable(feature = off)", "@unstable(feature = active)", "@since(version = 1.0.0)"];
/** Faults that WIT.md names and wit-parser leaves to the encoder, or limits of ours that it does not have. */
const STRICTER = /case-insensitive|is defined more than once|duplicate item named|expand|nest more than/;

if (!isMainThread) {
  // wasm-tools resolves the whole text before it embeds the (empty) world that we ask for.
  parentPort.on("message", async (text) => {
    try {
      const features = { tag: "list", val: FEATURES };
      await componentEmbed({ dummy: true, witSource: text, world: PROBE, features });
      parentPort.postMessage(undefined);
    } catch (thrown) {
      parentPort.postMessage(String(thrown?.payload ?? thrown?.message ?? thrown));
    }
  });
} else await main();

async function main() {
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  const suite = here("../../../../shared/data/wit-suite");
  const option = (name, fallback) =>
    process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback;
  const verbose = process.argv.includes("--verbose");
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const cases = [];
  for (const folder of [`${suite}/ok`, `${suite}/fail`, here("../test/fixtures/ok"), here("../test/fixtures/fail")]) {
    if (!existsSync(folder)) {
      totals.skipped += 1;
      console.log(`skip ${folder.split("/").slice(-3).join("/")}: not here`);
      continue;
    }
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith(".wit"))
        cases.push([entry.name, readFileSync(`${folder}/${entry.name}`, "utf8")]);
    }
  }
  const oracle = { worker: undefined };
  for (const [name, text] of cases) await compare(oracle, totals, { name, text, verbose });
  const random = createRandom(option("--seed", 1));
  for (let round = option("--mutations", 0); round > 0; round -= 1) {
    const [name, text] = pick(random, cases);
    let mutated = text;
    for (let steps = 1 + random(3); steps > 0; steps -= 1) mutated = mutate(random, mutated);
    await compare(oracle, totals, { name: `${name}, mutated`, text: mutated, verbose });
  }
  await oracle.worker?.terminate();
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

async function reference(oracle, text) {
  oracle.worker ??= new Worker(new URL(import.meta.url), { stderr: true });
  oracle.worker.postMessage(text);
  const [answer] = await once(oracle.worker, "message");
  // The probe world went behind a closed gate: resolution was over by then.
  if (answer?.startsWith(`World \`${PROBE}\` not found`)) return undefined;
  if (!/wasm trap|panicked|unreachable/.test(answer ?? "")) return answer;
  // A panic ends the one instance of wasm-tools in that thread.
  await oracle.worker.terminate();
  oracle.worker = undefined;
  return "panic";
}

function ours(text) {
  try {
    resolveWit(text, { features: FEATURES });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof WitError)) throw thrown;
    return thrown;
  }
}

function reasonToDiffer(mine, theirs) {
  if (theirs === "panic") return "wasm-tools panics";
  if (mine !== undefined) return STRICTER.test(mine.what) ? "we are stricter, as WIT.md is" : undefined;
  // The first mention of an anonymous type such as `list<u8>` puts its gate on all of them there.
  return /a type which is excluded due to its feature/.test(theirs)
    ? "wasm-tools spreads gates over equal anonymous types"
    : undefined;
}

async function compare(oracle, totals, { name, text, verbose }) {
  const source = `${text}\nworld ${PROBE} {}\n`;
  const mine = ours(source);
  const theirs = await reference(oracle, source);
  const skip = reasonToDiffer(mine, theirs);
  if (theirs !== "panic" && (mine === undefined) === (theirs === undefined)) totals.passed += 1;
  else if (skip !== undefined) {
    totals.skipped += 1;
    if (verbose) console.log(`skip ${name}: ${skip}: ${mine?.what ?? "we accept"}`);
  } else {
    totals.failed += 1;
    console.log(`FAIL ${name}: ours ${mine?.what ?? "accepts"}; wasm-tools ${theirs ?? "accepts"}`);
    if (verbose) console.log(text);
  }
}

function createRandom(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function pick(random, list) {
  return list[random(list.length)];
}

/** Mutations that mostly still parse: names exchanged, lines copied, moved, dropped or gated. */
function mutate(random, text) {
  const lines = text.split("\n");
  const [from, to] = [random(lines.length), random(lines.length)];
  const how = random(6);
  if (how === 0) lines.splice(to, 0, lines[from]);
  else if (how === 1) lines.splice(from, 1);
  else if (how === 2) [lines[from], lines[to]] = [lines[to], lines[from]];
  else if (how === 3) lines.splice(from, 0, pick(random, GATES));
  else {
    const words = [...text.matchAll(/[a-zA-Z][a-zA-Z0-9-]*/g)];
    const target = pick(random, words);
    if (target === undefined) return text;
    const word = how === 4 ? pick(random, words)[0] : pick(random, TYPES);
    return text.slice(0, target.index) + word + text.slice(target.index + target[0].length);
  }
  return lines.join("\n");
}
