// Random contracts and random changes in them -> does `isStructural` say what wasm-tools' validator says?
//   npm ci && node --import tsx worlds.mjs [--pairs N] [--seed N]
import { componentEmbed, componentWit, parse, print } from "@bytecodealliance/jco";
import { resolveWit, WitError } from "../dist/index.js";
import { diffSnapshots, takeSnapshot } from "../dist/evolution/index.js";
import { changed, createRandom, printWorld, randomWorld } from "../../wasm/test/random-worlds.ts";

const option = (name, fallback) =>
  process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback;
/** WIT text may say a record or flags without members; no component has such a type. */
const EMPTY = Symbol("empty type");
const random = createRandom(option("--seed", 1));
const totals = { fits: 0, misfits: 0, exact: 0, invalid: 0, failed: 0 };

for (let round = option("--pairs", 200); round > 0; round -= 1) {
  const world = randomWorld(random);
  const texts = [printWorld(world), printWorld(changed(random, world))];
  const loaded = texts.map(load);
  if (loaded.includes(undefined)) {
    totals.invalid += 1;
    continue;
  }
  const types = await Promise.all(texts.map(worldType));
  for (const [plugin, host] of [
    [0, 1],
    [1, 0],
  ]) {
    const why = await misfit(types[plugin], types[host]);
    if (why === EMPTY) {
      totals.invalid += 1;
      continue;
    }
    const [before, after] = [plugin, host].map((at) => takeSnapshot(loaded[at], 0));
    const { isStructural, verdict } = diffSnapshots(before, after);
    if (isStructural !== (why === undefined)) {
      totals.failed += 1;
      console.log(`FAIL ours ${isStructural}; wasm-tools: ${why ?? "accepts"}\n${texts[plugin]}\n---\n${texts[host]}`);
    } else {
      totals[why === undefined ? "fits" : "misfits"] += 1;
      if (verdict === "exact") totals.exact += 1;
    }
  }
}
console.log(
  Object.entries(totals)
    .map(([what, count]) => `${count} ${what}`)
    .join(", "),
);
process.exitCode = totals.failed === 0 && totals.fits > totals.exact && totals.misfits > 0 ? 0 : 1;

function load(text) {
  try {
    return resolveWit(text);
  } catch (thrown) {
    if (!(thrown instanceof WitError)) throw thrown;
    return undefined;
  }
}

/** The component type of the world as text: what wasm-tools puts into the custom section of a module built for it. */
async function worldType(text) {
  const module = await componentEmbed({ dummy: true, witSource: text, world: "w" });
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(module), "component-type");
  const printed = await print(new Uint8Array(section));
  // (component (type (component (type (component WORLD)) (export ...)))): the third one.
  let at = -1;
  for (let depth = 0; depth < 3; depth += 1) at = printed.indexOf("(component", at + 1);
  let open = 0;
  for (let end = at; end < printed.length; end += 1) {
    if (printed[end] === "(") open += 1;
    if (printed[end] === ")" && (open -= 1) === 0) return printed.slice(at, end + 1);
  }
  throw new Error(`no world in ${printed}`);
}

/** Why a component of type `given` may not stand where one of type `wanted` is asked for, or undefined. */
async function misfit(given, wanted) {
  const bytes = await parse(
    `(component (type $given ${given}) (type $wanted ${wanted}) (import "plugin" (component $p (type $given))) (export "host" (component $p) (component (type $wanted))))`,
  );
  try {
    await componentWit(bytes);
  } catch (thrown) {
    const what = String(thrown?.payload ?? thrown);
    // Valid, and no WIT: the validator was content, only there is nothing to decode.
    if (what.includes("was not a function or instance")) return undefined;
    if (what.includes("must have at least one")) return EMPTY;
    if (what.includes("ascribed type of export is not compatible")) return what;
    throw thrown;
  }
  throw new Error("a component that exports a component was decoded as WIT");
}
