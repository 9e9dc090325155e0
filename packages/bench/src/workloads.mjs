// The inputs of the workloads; docs/benchmarks.md says what each one stands for.

const text1k = "Tenon is the tongue of wood that fits a mortise. ".repeat(21).slice(0, 1024);
const request = {
  path: "/home/ada/projects/parser",
  target: "wasm32-wasip1",
  args: Array.from({ length: 8 }, (_, i) => `--feature=option-${i}`),
  env: Array.from({ length: 8 }, (_, i) => [`BUILD_VARIABLE_${i}`, `value number ${i}`]),
};
const bytes = new Uint8Array(1024 * 1024).map((_, i) => i * 31);

/** @type {Record<string, { func: "add" | "echo" | "build" | "bytes" | "callbacks", args: readonly unknown[] }>} */
export const WORKLOADS = {
  add: { func: "add", args: [20, 22] },
  "echo-1k": { func: "echo", args: [text1k] },
  "build-record": { func: "build", args: [request] },
  "bytes-1m": { func: "bytes", args: [bytes] },
  "callbacks-10": { func: "callbacks", args: [10] },
};

const artifact = new Uint8Array(4096).map((_, i) => i * 7);
const log = "compiled and linked without a warning. ".repeat(7).slice(0, 256);

/** The plain functions that every contender's plugin runs. */
export const work = {
  add: (a, b) => (a + b) | 0,
  echo: (text) => text,
  build: (given) => ({ artifact, log: given.args.length === 8 ? log : "" }),
  bytes: (data) => data,
  /** @param {(n: number) => number} tick */
  callbacksWith: (count, tick) => {
    let n = 0;
    for (let i = 0; i < count; i++) n = tick(n);
    return n;
  },
};

/** The host function. */
export const tick = (n) => n + 1;

/** Throws unless `out` is the right answer: a fast wrong answer is no result. */
export function verify(workload, out) {
  const { args } = WORKLOADS[workload];
  const ok = {
    add: () => out === 42,
    "echo-1k": () => out === args[0],
    "build-record": () => out.log === log && out.artifact.length === 4096 && out.artifact[9] === artifact[9],
    "bytes-1m": () => out.length === bytes.length && out[777] === bytes[777] && out.at(-1) === bytes.at(-1),
    "callbacks-10": () => out === 10,
  }[workload];
  if (!ok()) throw new Error(`workload ${workload} gave a wrong answer`);
}
