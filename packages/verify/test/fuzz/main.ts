// Long runs: `npm run fuzz -- [--target NAME] [--seconds N] [--seed S] [--input LINE] [--grow]`.
import process from "node:process";
import { parseArgs } from "node:util";
import { formatInput, fuzz, parseInput, replay } from "@tenon/verify/fuzz";
import type { FuzzFinding } from "@tenon/verify/fuzz";
import { growCorpus, readCorpus } from "./corpus.ts";
import { watchForStall } from "./stall.ts";
import { TARGETS } from "./targets/index.ts";
import { describeFinding } from "./describe.ts";

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** A line of a corpus file, run alone. */
    input: { type: "string" },
    /** Writes what was found worth keeping into the corpus. */
    grow: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  console.error(`no target is named ${values.target}; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

function tell(finding: FuzzFinding | undefined): void {
  if (finding === undefined) return;
  process.exitCode = 1;
  console.log(describeFinding(finding));
}

if (values.input !== undefined) {
  for (const target of targets) {
    const finding = replay(target, parseInput(values.input), seed);
    tell(finding);
    if (finding === undefined) console.log(`${target.name}: nothing is wrong with this input`);
  }
} else {
  for (const target of targets) {
    const stall = watchForStall(target.name, seed, formatInput);
    const corpus = readCorpus(target.name);
    const report = fuzz(target, { seed, ms: Number(values.seconds) * 1000, corpus, onInput: stall.onInput });
    stall.stop();
    const { runs, accepted, refused, discovered, slowestMs, codes } = report;
    const said = [...codes].map(([code, count]) => `${code} ${count}`).join(", ");
    console.log(
      `${target.name.padEnd(15)} seed ${seed}: ${runs} inputs, ${accepted} decoded, ${refused} refused (${said}), ` +
        `${discovered.length} new, slowest ${slowestMs.toFixed(1)} ms`,
    );
    tell(report.finding);
    if (values.grow) console.log(`${"".padEnd(15)} ${growCorpus(target.name, discovered)} inputs kept`);
  }
}
