// An input that never ends holds the thread for ever: another one says which it was, and ends the process.
import process from "node:process";
import { Worker } from "node:worker_threads";

const STALL_MS = 15_000;
const MAX_LINE_BYTES = 64 * 1024;
/** Two numbers before the text: inputs begun so far, bytes of the text. */
const TEXT_AT = 8;

/** Plain JavaScript, because threads get no TypeScript on every Node that we support. */
const WATCHER = `
const { workerData: { memory, name, pid, stallMs } } = require("node:worker_threads");
const head = new Int32Array(memory, 0, 2);
let seen = -1;
setInterval(() => {
  const now = Atomics.load(head, 0);
  if (now !== seen) return void (seen = now);
  const text = Buffer.from(new Uint8Array(memory, ${TEXT_AT}, head[1])).toString();
  require("node:fs").writeSync(2, name + ": no end after " + stallMs + " ms: " + text + "\\n");
  process.kill(pid, "SIGKILL");
}, stallMs);`;

export interface StallWatch {
  readonly onInput: (input: Uint8Array, run: number) => void;
  stop(): void;
}

export function watchForStall(name: string, seed: number, format: (input: Uint8Array) => string): StallWatch {
  const memory = new SharedArrayBuffer(TEXT_AT + MAX_LINE_BYTES);
  const head = new Int32Array(memory, 0, 2);
  const text = new Uint8Array(memory, TEXT_AT);
  const workerData = { memory, name: `${name}, seed ${seed}`, pid: process.pid, stallMs: STALL_MS };
  const worker = new Worker(WATCHER, { eval: true, workerData });
  worker.unref();
  return {
    onInput: (input) => {
      const { written } = new TextEncoder().encodeInto(format(input), text);
      head[1] = written;
      Atomics.add(head, 0, 1);
    },
    stop: () => void worker.terminate(),
  };
}
