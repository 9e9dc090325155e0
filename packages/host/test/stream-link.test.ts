import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { StreamLink, type ByteSink, type ByteSource } from "@tenon/host/wire";

/** A sink that takes bytes only when told to. */
class Slow implements ByteSink {
  readonly writes: Uint8Array[] = [];
  writableLength = 0;
  isOpen: boolean;
  #onDrain = (): void => {};
  constructor(isOpen: boolean) {
    this.isOpen = isOpen;
  }
  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    if (!this.isOpen) this.writableLength += bytes.length;
    return this.isOpen;
  }
  drain(): void {
    this.writableLength = 0;
    this.#onDrain();
  }
  on(event: string, listener: (error: Error) => void): void {
    if (event === "drain") this.#onDrain = listener as () => void;
  }
  end(): void {}
  destroy(): void {}
}

class Source implements ByteSource {
  state = "flowing";
  #onData: (chunk: Uint8Array) => void = () => {};
  on(event: string, listener: (chunk: never) => void): void {
    if (event === "data") this.#onData = listener as (chunk: Uint8Array) => void;
  }
  emit(chunk: Uint8Array): void {
    this.#onData(chunk);
  }
  pause(): void {
    this.state = "paused";
  }
  resume(): void {
    this.state = "flowing";
  }
  destroy(): void {
    this.state = "destroyed";
  }
}

function makeLink(isOpen = true, limits: { answerMarkBytes?: number; maxWaitingBytes?: number } = {}) {
  const sink = new Slow(isOpen);
  const source = new Source();
  const faults: TenonError[] = [];
  const link = new StreamLink({
    source,
    sink,
    ...limits,
    onEnd: () => {},
    onDeaf: () => {},
    onFault: (error) => void faults.push(error),
  });
  return { link, sink, source, faults };
}

const bytesOf = (writes: readonly Uint8Array[]): number[] => writes.flatMap((write) => [...write]);

test("all that is sent in one turn is one write, in order", async () => {
  const { link, sink } = makeLink();
  const frame = Uint8Array.of(1, 2, 3);
  link.send(frame);
  frame.fill(9);
  link.sendText("\u00fc\n");
  link.send(Uint8Array.of(4));
  assert.equal(sink.writes.length, 0);
  await Promise.resolve();
  assert.equal(sink.writes.length, 1);
  assert.deepEqual(bytesOf(sink.writes), [1, 2, 3, 0xc3, 0xbc, 10, 4]);
  link.send(Uint8Array.of(5));
  await Promise.resolve();
  assert.deepEqual(bytesOf(sink.writes).slice(-1), [5]);
});

test("large messages keep their place among small ones, and owned ones are not copied", async () => {
  const { link, sink } = makeLink();
  const large = new Uint8Array(100_000).fill(7);
  link.send(Uint8Array.of(1));
  link.sendOwned(large);
  link.send(Uint8Array.of(2));
  link.send(large);
  link.sendText("x".repeat(50_000));
  await Promise.resolve();
  assert.equal(sink.writes[1], large);
  assert.notEqual(sink.writes[3], large);
  assert.deepEqual(
    sink.writes.map(({ length }) => length),
    [1, 100_000, 1, 100_000, 50_000],
  );
});

test("what was written is never overwritten, however much follows", async () => {
  const { link, sink } = makeLink();
  for (let round = 0; round < 500; round++) {
    link.send(new Uint8Array(1000).fill(round % 251));
    if (round % 3 === 0) await Promise.resolve();
  }
  await Promise.resolve();
  const all = bytesOf(sink.writes);
  assert.equal(all.length, 500_000);
  assert.ok(all.every((byte, index) => byte === Math.floor(index / 1000) % 251));
});

test("a peer that does not read its answers is not read from, until it has", () => {
  const { link, sink, source } = makeLink(false, { answerMarkBytes: 5000 });
  for (let sent = 0; sent < 5; sent++) {
    link.send(new Uint8Array(1000));
    link.countAnswer(1000);
  }
  assert.equal(source.state, "flowing");
  link.send(new Uint8Array(1000));
  link.countAnswer(1000);
  assert.equal(source.state, "paused");
  sink.drain();
  assert.equal(source.state, "flowing");
});

test("calls of our own never stop the reading, and beyond the limit they are refused", () => {
  const { link, source } = makeLink(false, { answerMarkBytes: 10, maxWaitingBytes: 50_000 });
  link.sendOwned(new Uint8Array(60_000));
  assert.equal(source.state, "flowing");
  assert.throws(
    () => link.checkRoom(),
    (error: TenonError) => error.code === "resource-exhausted" && error.sideEffects === "none",
  );
});

test("after a fault nothing is received any more", () => {
  const { link, source, faults } = makeLink();
  let received = 0;
  link.readTo(() => {
    received++;
    throw new Error("boom");
  });
  source.emit(Uint8Array.of(1));
  source.emit(Uint8Array.of(2));
  assert.equal(received, 1);
  assert.equal(faults.length, 1);
});

test("a destroyed link sends nothing and says nothing", async () => {
  const { link, sink, source } = makeLink();
  link.send(Uint8Array.of(1));
  link.destroy();
  link.send(Uint8Array.of(2));
  link.sendOwned(new Uint8Array(100_000));
  link.end();
  await Promise.resolve();
  assert.equal(sink.writes.length, 0);
  assert.equal(source.state, "destroyed");
});
