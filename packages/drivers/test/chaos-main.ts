// `npm run chaos -- [--seconds N] [--seed S]`: the long form of chaos.test.ts.
import process from "node:process";
import { parseArgs } from "node:util";
import { runChaos } from "@tenon/verify/faults";
import { CHAOS_BOUNDARIES, FAULT_DRIVERS } from "./fault-boundaries.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "300" }, seed: { type: "string" } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || !(seconds > 0)) {
  console.error("usage: npm run chaos -- [--seconds N] [--seed WHOLE-NUMBER]");
  process.exit(2);
}
console.log(`chaos for ${seconds} s; again with: npm run chaos -- --seconds ${seconds} --seed ${seed}`);
console.log(await runChaos({ drivers: FAULT_DRIVERS, boundaries: CHAOS_BOUNDARIES, seconds, seed }));
