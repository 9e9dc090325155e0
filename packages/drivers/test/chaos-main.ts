// `npm run chaos -- [--seconds N] [--seed S] [--boundary NAME ...]`: the long form of chaos.test.ts.
import process from "node:process";
import { parseArgs } from "node:util";
import { runChaos } from "@tenon/verify/faults";
import { FAULT_BOUNDARIES, FAULT_DRIVERS } from "./fault-boundaries.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string" },
    boundary: { type: "string", multiple: true },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const seconds = Number(values.seconds);
const asked = values.boundary;
const boundaries = FAULT_BOUNDARIES.filter(({ boundary }) => asked?.includes(boundary) ?? true);
if (!Number.isInteger(seed) || !(seconds > 0) || boundaries.length === 0) {
  const names = [...new Set(FAULT_BOUNDARIES.map(({ boundary }) => boundary))].join(", ");
  console.error(`usage: npm run chaos -- [--seconds N] [--seed WHOLE-NUMBER] [--boundary NAME ...]; names: ${names}`);
  process.exit(2);
}
const again = [`--seconds ${seconds} --seed ${seed}`, ...(asked ?? []).map((name) => `--boundary ${name}`)].join(" ");
console.log(`chaos for ${seconds} s on ${boundaries.map(({ title }) => title).join("; ")}`);
console.log(`again with: npm run chaos -- ${again}`);
console.log(await runChaos({ drivers: FAULT_DRIVERS, boundaries, seconds, seed }));
