// The few host functions and resources that wasmtime's .wast tests import, by the names they use.
import { engine } from "../dist/index.js";

/** `(module (global (export "g") i32 (i32.const 100)) (func (export "f") (result i32) (i32.const 101)))` */
const SIMPLE = "0061736d010000000105016000017f030201000607017f0041e4000b07090201670300016600000a0701050041e5000b";

class Resource1 {
  constructor(rep, state) {
    this.rep = rep;
    this.state = state;
  }
  [Symbol.dispose]() {
    this.state.drops += 1;
    this.state.lastDrop = this.rep;
  }
}

export function createHost() {
  const state = { drops: 0, lastDrop: 0 };
  const resource1 = { resource: { accepts: (value) => value instanceof Resource1 } };
  const check = (is) => {
    if (!is) throw new Error("the host's assertion failed");
  };
  return {
    "host-echo-u32": (value) => value,
    "host-return-two": () => 2,
    host: {
      "return-three": () => 3,
      nested: { "return-four": () => 4 },
      "return-hi": () => "hi",
      "simple-module": { kind: "module", module: new engine.Module(Uint8Array.from(Buffer.from(SIMPLE, "hex"))) },
      resource1,
      resource2: { resource: {} },
      "resource1-again": resource1,
      "[constructor]resource1": (rep) => new Resource1(rep, state),
      "[static]resource1.assert": (resource, rep) => check(resource.rep === rep),
      "[static]resource1.last-drop": () => state.lastDrop,
      "[static]resource1.drops": () => state.drops,
      "[method]resource1.simple": (resource, rep) => check(resource.rep === rep),
      "[method]resource1.take-borrow": () => undefined,
      "[method]resource1.take-own": () => undefined,
      "[method]resource1.never-return": () => new Promise(() => undefined),
      "never-return": () => new Promise(() => undefined),
      "return-two-slowly": async () => await soon(2),
      "echo-slowly": async (value) => await soon(value),
    },
  };
}

async function soon(value) {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
}
