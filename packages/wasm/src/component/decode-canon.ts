// The canonical definitions of a component (component-model Binary.md, "Canonical Definitions").
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";
import type { AsyncCanonAst, CanonAst, CanonOption } from "./ast.ts";
import { readResult } from "./decode-types.ts";

/** Builtins of the asynchronous part: code -> name and the immediates that follow, in order. */
const BUILTINS: Readonly<Record<number, readonly [name: string, ...immediates: Immediate[]]>> = {
  0x05: ["task.cancel"],
  0x06: ["subtask.cancel", "async"],
  0x09: ["task.return", "result", "options"],
  0x0a: ["context.get", "storage", "slot"],
  0x0b: ["context.set", "storage", "slot"],
  0x0c: ["thread.yield", "cancellable"],
  0x0d: ["subtask.drop"],
  0x0e: ["stream.new", "type"],
  0x0f: ["stream.read", "type", "options"],
  0x10: ["stream.write", "type", "options"],
  0x11: ["stream.cancel-read", "type", "async"],
  0x12: ["stream.cancel-write", "type", "async"],
  0x13: ["stream.drop-readable", "type"],
  0x14: ["stream.drop-writable", "type"],
  0x15: ["future.new", "type"],
  0x16: ["future.read", "type", "options"],
  0x17: ["future.write", "type", "options"],
  0x18: ["future.cancel-read", "type", "async"],
  0x19: ["future.cancel-write", "type", "async"],
  0x1a: ["future.drop-readable", "type"],
  0x1b: ["future.drop-writable", "type"],
  0x1c: ["error-context.new", "options"],
  0x1d: ["error-context.debug-message", "options"],
  0x1e: ["error-context.drop"],
  0x1f: ["waitable-set.new"],
  0x20: ["waitable-set.wait", "cancellable", "memory"],
  0x21: ["waitable-set.poll", "cancellable", "memory"],
  0x22: ["waitable-set.drop"],
  0x23: ["waitable.join"],
  0x24: ["backpressure.inc"],
  0x25: ["backpressure.dec"],
  0x26: ["thread.index"],
  0x27: ["thread.new-indirect", "type", "table"],
  0x28: ["thread.resume-later"],
  0x29: ["thread.suspend", "cancellable"],
  0x2a: ["thread.suspend-then-resume", "cancellable"],
  0x2b: ["thread.yield-then-resume", "cancellable"],
  0x2c: ["thread.suspend-then-promote", "cancellable"],
  0x2d: ["thread.yield-then-promote", "cancellable"],
  0x40: ["thread.spawn-ref", "shared", "type"],
  0x41: ["thread.spawn-indirect", "shared", "type", "table"],
  0x42: ["thread.available-parallelism", "shared"],
};
type Immediate =
  | "async"
  | "cancellable"
  | "shared"
  | "result"
  | "options"
  | "storage"
  | "slot"
  | "type"
  | "memory"
  | "table";

export function readCanon(reader: BinaryReader): CanonAst {
  const at = reader.at;
  const code = reader.u8("a canonical definition");
  switch (code) {
    case 0x00: {
      reader.expect(0x00, "a core function to lift");
      const func = reader.u32("a core function");
      const options = reader.vec("options", () => readOption(reader));
      return { op: "lift", func, options, type: reader.u32("a type") };
    }
    case 0x01: {
      reader.expect(0x00, "a function to lower");
      const func = reader.u32("a function");
      return { op: "lower", func, options: reader.vec("options", () => readOption(reader)) };
    }
    case 0x02:
      return { op: "resource.new", type: reader.u32("a resource type") };
    // 0x07 is `resource.drop async` of earlier drafts, which no tool writes any more.
    case 0x03:
      return { op: "resource.drop", type: reader.u32("a resource type") };
    case 0x04:
      return { op: "resource.rep", type: reader.u32("a resource type") };
    default:
      return readBuiltin(reader, code, at);
  }
}

function readBuiltin(reader: BinaryReader, code: number, at: number): AsyncCanonAst {
  const known = BUILTINS[code];
  if (known === undefined) reader.fail(`expected a canonical definition, found ${hex(code)}`, at);
  const [name, ...immediates] = known;
  const found: Record<string, unknown> = { op: "async", name };
  for (const immediate of immediates) readImmediate(reader, immediate, found);
  // Every key was written by readImmediate with the type that the interface gives it.
  return found as unknown as AsyncCanonAst;
}

function readImmediate(reader: BinaryReader, immediate: Immediate, found: Record<string, unknown>): void {
  const at = reader.at;
  switch (immediate) {
    case "async":
      found["isAsync"] = reader.flag("whether a builtin is async");
      return;
    case "cancellable":
      found["isCancellable"] = reader.flag("whether a builtin is cancellable");
      return;
    case "shared":
      reader.flag("whether a builtin is shared");
      return;
    case "result":
      found["result"] = readResult(reader);
      return;
    case "options":
      found["options"] = reader.vec("options", () => readOption(reader));
      return;
    case "storage": {
      const code = reader.u8("the type of a context slot");
      if (code !== 0x7f && code !== 0x7e) reader.fail(`expected i32 or i64, found ${hex(code)}`, at);
      found["storage"] = code === 0x7f ? "i32" : "i64";
      return;
    }
    default:
      found[immediate] = reader.u32(`the ${immediate} of a builtin`);
  }
}

function readOption(reader: BinaryReader): CanonOption {
  const at = reader.at;
  const code = reader.u8("a canonical option");
  switch (code) {
    case 0x00:
      return { option: "encoding", encoding: "utf8" };
    case 0x01:
      return { option: "encoding", encoding: "utf16" };
    case 0x02:
      return { option: "encoding", encoding: "latin1+utf16" };
    case 0x03:
      return { option: "memory", index: reader.u32("a core memory") };
    case 0x04:
      return { option: "realloc", index: reader.u32("a core function") };
    case 0x05:
      return { option: "post-return", index: reader.u32("a core function") };
    case 0x06:
      return { option: "async" };
    case 0x07:
      return { option: "callback", index: reader.u32("a core function") };
    default:
      return reader.fail(`expected a canonical option, found ${hex(code)}`, at);
  }
}
