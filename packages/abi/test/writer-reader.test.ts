// The buffers below the codecs: reuse, growth, limits, shared memory, engines without code generation.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Reader, Writer, compileValue } from "@tenon/abi";
import { list, p } from "./types.ts";

const text = compileValue(p("string"));
const bytes = compileValue(list(p("u8")));

test("a writer is used again without new memory, and lets go of large buffers", () => {
  const writer = new Writer();
  text.encode("x".repeat(900), writer);
  const { buffer } = writer;
  for (let round = 0; round < 100; round++) {
    writer.reset();
    text.encode("x".repeat(900), writer);
  }
  assert.equal(writer.buffer, buffer);
  bytes.encode(new Uint8Array(3 * 2 ** 20), writer);
  writer.reset();
  assert.ok(writer.buffer.length <= 2 ** 20);
});

test("a writer stops at its limit and keeps what was there", () => {
  const writer = new Writer({ maxBytes: 2000 });
  text.encode("abc", writer);
  assert.throws(() => bytes.encode(new Uint8Array(2000), writer), { code: "resource-exhausted" });
  assert.equal(writer.length, 4);
  bytes.encode(new Uint8Array(1990), writer);
  assert.equal(new Writer({ maxBytes: 200_000 }).buffer.length, 1024);
  const exact = new Writer({ maxBytes: 100_020 });
  text.encode("x".repeat(100_000), exact);
  assert.equal(exact.length, 100_003);
});

test("headers are left open and filled in later; taken messages stay as they are", () => {
  const writer = new Writer();
  const taken = Array.from({ length: 50 }, (_, index) => {
    const at = writer.skip(4);
    text.encode(`message ${index}`.repeat(40), writer);
    writer.setU32(at, writer.length - 4);
    return writer.take();
  });
  for (const [index, message] of taken.entries()) {
    assert.equal(new DataView(message.buffer, message.byteOffset).getUint32(0, true), message.length - 4);
    assert.equal(text.decode(new Reader().reset(message, 4)), `message ${index}`.repeat(40));
  }
});

test("shared memory is written in place, spills when full, and is copied before it is read", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(256), 16, 64);
  const writer = new Writer({ into: shared });
  for (const value of ["short", "h\u00e9llo", "\u00e9".repeat(30), "x".repeat(63), "\u00e9"]) {
    writer.reset();
    text.encode(value, writer);
    assert.equal(writer.isSpilled, false, value);
    assert.equal(text.decode(new Reader().reset(shared, 0, writer.length)), value);
  }
  writer.reset();
  text.encode("x".repeat(64), writer);
  assert.equal(writer.isSpilled, true);
  assert.equal(text.decode(new Reader().reset(writer.bytes())), "x".repeat(64));
  writer.reset();
  assert.equal(writer.isSpilled, false);
  bytes.encode([1, 2, 3], writer);
  const value = bytes.decode(new Reader({ canAlias: true }).reset(shared, 0, 4)) as Uint8Array;
  shared.fill(9);
  assert.deepEqual(value, new Uint8Array([1, 2, 3]));
});

test("text and rest carry a message's tail without a length", () => {
  const writer = new Writer();
  writer.u8(7);
  writer.text("caf\u00e9 ".repeat(50));
  const reader = new Reader().reset(writer.bytes());
  assert.equal(reader.u8(), 7);
  assert.equal(reader.rest(), "caf\u00e9 ".repeat(50));
  assert.throws(() => new Reader().reset(new Uint8Array([0xff])).rest(), { code: "protocol-error" });
});

test("where code generation is disallowed, closures serve", () => {
  const script = `
    const { compileValue, Reader, Writer } = await import("@tenon/abi");
    const codec = compileValue({ kind: "list", element: { kind: "tuple", items: [{ kind: "u32" }, { kind: "string" }] } });
    const writer = new Writer();
    codec.encode([[300, "x"]], writer);
    console.log(JSON.stringify([codec.isGenerated, codec.decode(new Reader().reset(writer.bytes()))]));`;
  const args = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script];
  const out = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" });
  assert.equal(out.trim(), '[false,[[300,"x"]]]');
});

test("without Node's Buffer the portable paths give the same bytes and text", () => {
  const script = `
    delete globalThis.Buffer;
    const { compileValue, fromJson, Reader, toJson, Writer } = await import("@tenon/abi");
    const type = { kind: "list", element: { kind: "tuple", items: [{ kind: "string" }, { kind: "list", element: { kind: "u8" } }] } };
    const codec = compileValue(type);
    const texts = ["", "plain", "x".repeat(5000), "h\\u00e9llo \\u{1f30a}", "\\ufeffabc"];
    const writer = new Writer();
    const shared = new Writer({ into: new Uint8Array(new SharedArrayBuffer(8192)) });
    const value = texts.map((text, index) => [text, new Uint8Array(index).fill(200)]);
    codec.encode(value, writer);
    codec.encode(value, shared);
    const back = [codec.decode(new Reader().reset(writer.bytes())), codec.decode(new Reader().reset(shared.bytes())), fromJson(type, toJson(type, value))];
    console.log(JSON.stringify([typeof Buffer, back.every((copy) => JSON.stringify(copy) === JSON.stringify(value)), toJson(type, value)[4][1]]));`;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  assert.equal(out.trim(), '["undefined",true,"yMjIyA=="]');
});
