// `npm run bench`: every boundary against its raw limit and its peer, side by side in one run.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadBenchContract } from "./contract.mjs";
import { race, raceOnce } from "./measure.mjs";
import { svg, table } from "./report.mjs";
import { verify, WORKLOADS } from "./workloads.mjs";

const HELP = `npm run bench -- [--short] [--only BOUNDARY[,...]] [--workload NAME[,...]] [--json FILE] [--svg FILE]

Times every boundary side by side with its raw limit and the library one would otherwise use.
Ratios are from this one run and are what to quote; absolute times move with the machine. "low" is the same ratio of the
best tenths, for machines that do something else meanwhile.

  --short          fewer and shorter slices (a minute or two)
  --only NAMES     import, worker, wasm, component, wasi, lua, fuel, dylib, exec, stdio, grpc, adapted
  --workload NAMES add, echo-1k, build-record, bytes-1m, callbacks-10, cold-open; also new-records (wasm,
                   component, dylib), warm-open (wasm, component, wasi, lua), open-12mb (component), open-go (grpc), clock, open-read and open-read-deep (wasi), fib, sieve, matmul,
                   xorshift and fnv (fuel), import, keeping, worker, component, stdio and the first four with " sync" (adapted)
  --json FILE      writes { node, cpu, date, rows, notes }
  --svg FILE       writes the chart
`;
const BOUNDARIES = [
  "import",
  "worker",
  "wasm",
  "component",
  "wasi",
  "lua",
  "fuel",
  "dylib",
  "exec",
  "stdio",
  "grpc",
  "adapted",
];
/** Workloads of which every call is its own sample. */
const ONCE = { "cold-open": "coldOpen", "warm-open": "warmOpen", "open-12mb": "openLarge", "open-go": "openGo" };
/** Of those, what takes so long that few samples must do. */
const LONG = ["open-12mb"];

const { values } = parseArgs({
  options: {
    short: { type: "boolean" },
    only: { type: "string" },
    workload: { type: "string" },
    json: { type: "string" },
    svg: { type: "string" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const effort = values.short
  ? { rounds: 25, sliceMs: 2, maxMs: 1500, opens: 7, longOpens: 5 }
  : { rounds: 101, sliceMs: 6, maxMs: 8000, opens: 31, longOpens: 15 };
const wanted = (list, name) => list === undefined || list.split(",").includes(name);
const unknown = (values.only ?? "").split(",").filter((name) => name !== "" && !BOUNDARIES.includes(name));
if (unknown.length > 0) {
  console.error(`[usage] there is no boundary ${unknown.join(", ")}; choose from ${BOUNDARIES.join(", ")}`);
  process.exit(2);
}

const contract = loadBenchContract();
const rows = [];
const notes = [];
for (const name of BOUNDARIES.filter((boundary) => wanted(values.only, boundary))) {
  const { boundary, open } = await import(`./boundaries/${name}.mjs`);
  process.stderr.write(`${boundary}: opening\n`);
  const field = await open({ contract, short: values.short === true });
  const common = Object.keys(WORKLOADS).filter((it) => WORKLOADS[it].boundaries?.includes(boundary) ?? true);
  const workloads = field.workloads ?? [...common, ...Object.keys(ONCE)];
  for (const workload of workloads.filter((it) => wanted(values.workload, it))) {
    const isOnce = Object.hasOwn(ONCE, workload);
    const contenders = (isOnce ? await field[ONCE[workload]]?.() : field.contenders(workload)) ?? [];
    if (contenders.length === 0) continue;
    process.stderr.write(`${boundary}: ${workload}\n`);
    if (!isOnce) for (const contender of contenders) await check(workload, contender);
    const times = isOnce
      ? await raceOnce(contenders, LONG.includes(workload) ? effort.longOpens : effort.opens)
      : await race(contenders, effort);
    rows.push(...rowsOf(boundary, workload, times, contenders));
  }
  for (const variant of field.variants ?? []) {
    variant.enter();
    for (const workload of variant.workloads.filter((it) => wanted(values.workload, it))) {
      process.stderr.write(`${boundary}: ${workload}${variant.suffix}\n`);
      const contenders = field.contenders(workload);
      rows.push(...rowsOf(boundary, workload + variant.suffix, await race(contenders, effort), contenders));
    }
  }
  notes.push(...(field.notes?.() ?? []));
  await field.close();
}

console.log(table(rows));
for (const note of notes) console.log(`\n${note}`);
const result = {
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  date: new Date().toISOString().slice(0, 10),
  rows,
  notes,
};
const save = (file, text) => {
  // npm runs scripts in the project's folder; a relative name means the caller's.
  const path = resolve(process.env["INIT_CWD"] ?? ".", file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${file}`);
};
if (values.json) save(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.svg)
  save(
    values.svg,
    svg(rows, `Tenon, multiples of the raw limit (Node ${process.version}, ${result.date}); thin bars: the peer`),
  );
process.exit(0);

/** A fast wrong answer is no result. What times itself checks itself. */
async function check(workload, { name, call, timeMany, verify: own }) {
  if (timeMany !== undefined) return;
  const out = await call();
  if (own === undefined) verify(workload, out);
  else if (!own(out)) throw new Error(`${name} gave a wrong answer to ${workload}`);
}

/** One row for each of our own ways and each peer, with the raw limit of the same run beside it. */
function rowsOf(boundary, workload, times, contenders) {
  const raws = times.filter(({ role }) => role === "raw");
  const rawOf = (own) => {
    const { raw } = contenders.find(({ name }) => name === own);
    return raws.find(({ name }) => name === raw) ?? raws[0];
  };
  const peers = times.filter(({ role }) => role === "peer");
  return times
    .filter(({ role }) => role === "tenon")
    .flatMap((own) => (peers.length === 0 ? [{ own }] : peers.map((peer) => ({ own, peer }))))
    .map(({ own, peer }) => ({ ...own, raw: rawOf(own.name), peer }))
    .map(({ name, lowNs, medianNs, p99Ns, raw, peer }) => ({
      boundary,
      workload,
      way: name.replace(/^tenon ?/, "") || "async",
      medianNs: round(medianNs),
      p99Ns: round(p99Ns),
      lowNs: round(lowNs),
      ...(raw && {
        raw: raw.name,
        rawNs: round(raw.medianNs),
        rawRatio: round(medianNs / raw.medianNs),
        rawLowRatio: round(lowNs / raw.lowNs),
      }),
      ...(peer && {
        peer: peer.name,
        peerNs: round(peer.medianNs),
        peerRatio: round(medianNs / peer.medianNs),
        peerLowRatio: round(lowNs / peer.lowNs),
      }),
    }));
}
function round(value) {
  return Number(value.toPrecision(4));
}
