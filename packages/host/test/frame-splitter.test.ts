import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import { FrameSplitter, LineSplitter } from "@tenon/host/wire";

function frame(...body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, 4);
  return bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const STREAM = concat(
  frame(1, 2),
  frame(3, 4, 5),
  frame(...Array.from({ length: 300 }, (_, index) => index % 256)),
  frame(6, 7),
);
const BODIES = [[1, 2], [3, 4, 5], Array.from({ length: 300 }, (_, index) => index % 256), [6, 7]];

function split(chunks: readonly Uint8Array[], max = 1000): { bodies: number[][]; isPartial: boolean } {
  const bodies: number[][] = [];
  const splitter = new FrameSplitter(max, (body) => bodies.push([...body]));
  for (const chunk of chunks) splitter.push(chunk);
  return { bodies, isPartial: splitter.isPartial };
}

describe("frames", () => {
  test("come out alike wherever the stream is cut in two", () => {
    for (let at = 0; at <= STREAM.length; at++) {
      assert.deepEqual(
        split([STREAM.subarray(0, at), STREAM.subarray(at)]),
        { bodies: BODIES, isPartial: false },
        `cut at ${at}`,
      );
    }
  });

  test("come out alike in chunks of any size, from one byte on", () => {
    for (const size of [1, 2, 3, 5, 7, 64, STREAM.length]) {
      const chunks = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, index) =>
        STREAM.subarray(index * size, (index + 1) * size),
      );
      assert.deepEqual(split(chunks).bodies, BODIES, `chunks of ${size}`);
    }
  });

  test("an unfinished one is noticed at every length", () => {
    for (let at = 1; at < 6; at++) assert.equal(split([STREAM.subarray(0, at)]).isPartial, true);
    assert.equal(split([STREAM.subarray(0, 6)]).isPartial, false);
  });

  test("impossible lengths are refused, whole or byte by byte, before memory is taken", () => {
    const limit = 100;
    for (const length of [0, 1, limit + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
      const header = new Uint8Array(4);
      new DataView(header.buffer).setUint32(0, length, true);
      const before = process.memoryUsage().arrayBuffers;
      for (const chunks of [[concat(header, Uint8Array.of(1, 2, 3))], [...header].map((byte) => Uint8Array.of(byte))]) {
        assert.throws(
          () => split(chunks, limit),
          (error) => error instanceof TenonError && error.code === "protocol-error",
        );
      }
      assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
    }
    const largest = frame(...Array.from({ length: limit }, () => 7));
    assert.equal(split([largest], limit).bodies[0]?.length, limit);
  });
});

describe("lines", () => {
  function lines(chunks: readonly string[], max = 50): string[] {
    const out: string[] = [];
    const splitter = new LineSplitter(max, (line) => void out.push(Buffer.from(line).toString()));
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    return out;
  }

  test("come out alike wherever the text is cut, with either newline", () => {
    const text = "one\n\r\ntwo three\r\n\u00fc\n";
    const expected = ["one", "", "two three", "\u00fc"];
    for (let at = 0; at <= text.length; at++) assert.deepEqual(lines([text.slice(0, at), text.slice(at)]), expected);
    assert.deepEqual(lines([...text]), expected);
  });

  test("longer ones than the limit are refused, with or without their end", () => {
    for (const chunks of [
      ["x".repeat(51)],
      [`${"x".repeat(51)}\n`],
      Array.from({ length: 51 }, () => "x"),
      ["ok\n", "x".repeat(51)],
    ]) {
      assert.throws(
        () => lines(chunks),
        (error) => error instanceof TenonError && error.code === "protocol-error",
      );
    }
    assert.deepEqual(lines([`${"x".repeat(50)}\n`]), ["x".repeat(50)]);
  });

  test("stop hands back the rest of the chunk", () => {
    const splitter = new LineSplitter(50, () => "stop");
    assert.equal(splitter.push(Buffer.from("fir")), undefined);
    assert.equal(Buffer.from(splitter.push(Buffer.from("st\nrest\nmore")) ?? []).toString(), "rest\nmore");
  });
});
