// The workloads as a component's own JavaScript; it runs inside the engine that the component carries.
import { tick } from "tenon:bench/host@0.1.0";

const artifact = new Uint8Array(4096).map((_, i) => i * 7);
const log = "compiled and linked without a warning. ".repeat(7).slice(0, 256);

export const work = {
  add: (a, b) => (a + b) | 0,
  echo: (text) => text,
  build: ({ args }) => ({ artifact, log: args.length === 8 ? log : "" }),
  bytes: (data) => data,
  callbacks: (count) => {
    let n = 0;
    for (let i = 0; i < count; i++) n = tick(n);
    return n;
  },
};
