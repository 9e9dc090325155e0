// The inputs of the workloads; docs/benchmarks.md says what each one stands for.

const text1k = "Tenon is the tongue of wood that fits a mortise. ".repeat(21).slice(0, 1024);
const request = {
  path: "/home/ada/projects/parser",
  target: "wasm32-wasip1",
  args: Array.from({ length: 8 }, (_, i) => `--feature=option-${i}`),
  env: Array.from({ length: 8 }, (_, i) => [`BUILD_VARIABLE_${i}`, `value number ${i}`]),
};
/** As long as `request`, and without a text that another one of them has. */
const requests = Array.from({ length: 64 }, (_, n) => {
  const id = (width) => String(n).padStart(width, "0");
  return {
    path: `/home/ada/projects/${id(6)}`,
    target: `wasm32-${id(6)}`,
    args: Array.from({ length: 8 }, (_, i) => `--feature=${id(6)}-${i}`),
    env: Array.from({ length: 8 }, (_, i) => [`BUILD_${id(8)}_${i}`, `value ${id(6)} ${i}`]),
  };
});
const bytes = new Uint8Array(1024 * 1024).map((_, i) => i * 31);

/**
 * `turns` are first arguments that take turns in place of the one in `args`; `boundaries` are all that have the row.
 * @type {Record<string, { func: "add" | "echo" | "build" | "bytes" | "callbacks", args: readonly unknown[],
 *   turns?: readonly unknown[], boundaries?: readonly string[] }>}
 */
export const WORKLOADS = {
  add: { func: "add", args: [20, 22] },
  "echo-1k": { func: "echo", args: [text1k] },
  "build-record": { func: "build", args: [request] },
  // Texts that were in the call before cost less there; here none was.
  "new-records": {
    func: "build",
    args: requests.slice(0, 1),
    turns: requests,
    boundaries: ["wasm", "component", "dylib"],
  },
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
    "build-record": () => isBuilt(out),
    "new-records": () => isBuilt(out),
    "bytes-1m": () => out.length === bytes.length && out[777] === bytes[777] && out.at(-1) === bytes.at(-1),
    "callbacks-10": () => out === 10,
  }[workload];
  if (!ok()) throw new Error(`workload ${workload} gave a wrong answer`);
}

function isBuilt(out) {
  return out.log === log && out.artifact.length === 4096 && out.artifact[9] === artifact[9];
}
