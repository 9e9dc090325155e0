// Both ends of the shared memory in one thread: order, limits, and a writer that lies.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { TenonError } from "@tenon/contract";
import { SharedLink } from "../dist/worker/link.js";
import { createMemory, endsOf } from "../dist/worker/memory.js";
import { RingReader } from "../dist/worker/ring-reader.js";
import { RingWriter } from "../dist/worker/ring-writer.js";
import { LearningSpin } from "../dist/worker/spin.js";

const RING = 4096;

/** A frame of `size` bytes after its length field, which says what it is. */
function frame(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(4 + size);
  new DataView(bytes.buffer).setUint32(0, size, true);
  for (let index = 0; index < size; index++) bytes[4 + index] = (index * 7 + seed) & 0xff;
  return bytes;
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const open: (() => void)[] = [];
after(() => open.forEach((close) => close()));

interface Pair {
  readonly memory: SharedArrayBuffer;
  readonly host: SharedLink;
  readonly guest: SharedLink;
  readonly got: Uint8Array[];
  readonly clones: unknown[];
}

function pair(ringBytes = RING): Pair {
  const memory = createMemory(ringBytes);
  const frames = new MessageChannel();
  const bells = new MessageChannel();
  open.push(() => [frames, bells].forEach(({ port1, port2 }) => (port1.close(), port2.close())));
  const policy = new LearningSpin({ maxMicroseconds: 0, settleMicroseconds: 0, cores: 1 });
  const host = new SharedLink({
    memory,
    side: "host",
    port: frames.port1,
    bell: bells.port1,
    policy,
    maxFrameBytes: 100_000,
  });
  const guest = new SharedLink({
    memory,
    side: "guest",
    port: frames.port2,
    bell: bells.port2,
    policy,
    maxFrameBytes: 100_000,
  });
  const got: Uint8Array[] = [];
  const clones: unknown[] = [];
  host.receiveTo({
    frame: (bytes, _isOwned, start, end) => got.push(bytes.slice(start, end)),
    clone: (message) => clones.push(message),
  });
  return { memory, host, guest, got, clones };
}

const send = (link: SharedLink, one: Uint8Array): void => link.send(one, one.length);
const put = (writer: RingWriter, one: Uint8Array): boolean => writer.write(one, one.length);

describe("ring", () => {
  test("frames of all sizes arrive in order and whole, however far the reader is behind", () => {
    const { host, guest, got } = pair();
    const next = random(1);
    const sent: Uint8Array[] = [];
    for (let round = 0; round < 4000; round++) {
      const size = 2 + next(next(20) === 0 ? 9000 : 300);
      const one = frame(size, round);
      send(guest, one);
      sent.push(one.subarray(4));
      host.drain(next(4));
    }
    while (host.take());
    assert.equal(got.length, sent.length);
    for (const [index, one] of sent.entries()) assert.deepEqual(got[index], one, `frame ${index}`);
  });

  test("clones and frames of any size come in the order in which they were sent", () => {
    const { host, guest, got, clones } = pair();
    const order: string[] = [];
    host.receiveTo({
      frame: (bytes, _isOwned, start, end) => order.push(`frame ${got.push(bytes.slice(start, end))}`),
      clone: (message) => order.push(`clone ${clones.push(message)}`),
    });
    const next = random(7);
    const expected: string[] = [];
    for (let round = 0, frames = 0, messages = 0; round < 2000; round++) {
      if (next(2) === 0) {
        guest.post({ round }, []);
        expected.push(`clone ${++messages}`);
      } else {
        send(guest, frame(2 + next(next(20) === 0 ? 9000 : 300), round));
        expected.push(`frame ${++frames}`);
      }
      host.drain(next(3));
    }
    while (host.take());
    assert.deepEqual(order, expected);
    assert.deepEqual(clones[0], { round: expected.indexOf("clone 1") });
  });

  test("a frame as large as the ring fits, one byte more goes beside it", () => {
    const memory = createMemory(RING);
    const writer = new RingWriter(endsOf(memory, "guest"));
    assert.equal(put(writer, frame(RING - 4, 1)), true);
    assert.equal(put(writer, frame(2, 1)), false, "the ring is full");
    assert.equal(new RingReader(endsOf(memory, "host")).next(), "frame");
    assert.equal(put(new RingWriter(endsOf(createMemory(RING), "guest")), frame(RING - 3, 1)), false);
  });

  test("large frames go beside the ring and are the receiver's, small ones come in memory that is used again", () => {
    const { host, guest } = pair(256 * 1024);
    const seen: string[] = [];
    host.receiveTo({
      frame: (bytes, isOwned, start, end) => seen.push(`${end - start} ${isOwned} ${bytes.length}`),
      clone: () => seen.push("clone"),
    });
    for (const size of [10, 65_532, 65_533, 99_000, 10]) send(guest, frame(size, 1));
    host.drain(10);
    assert.deepEqual(seen, [
      "10 false 65536",
      "65532 false 65536",
      "65533 true 65537",
      "99000 true 99004",
      "10 true 14",
    ]);
  });

  test("counters that pass 2^32 change nothing", () => {
    const { host, guest, got } = pair(256 * 1024);
    // Each frame into an empty ring moves the counters by a whole ring.
    for (let round = 0; round < 40_000; round++) {
      send(guest, frame(8, round));
      host.take();
    }
    assert.equal(got.length, 40_000);
    assert.deepEqual(got.at(-1), frame(8, 39_999).subarray(4));
  });

  test("a frame beside the ring over the limit is refused", () => {
    const { host, guest } = pair();
    send(guest, frame(100_001, 1));
    assert.throws(
      () => host.take(),
      (error: unknown) => error instanceof TenonError && error.code === "protocol-error",
    );
  });

  test("an announced frame that does not come is refused", () => {
    const { memory, host } = pair();
    new RingWriter(endsOf(memory, "guest")).publishBeside();
    assert.throws(
      () => host.take(),
      (error: unknown) => error instanceof TenonError && error.code === "protocol-error",
    );
  });
});

describe("ring with a hostile other side", () => {
  test("whatever stands in the memory, taking ends, stays in bounds and fails by protocol-error only", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const next = random(seed);
      const { memory, host, guest, got } = pair();
      open.pop()?.();
      send(guest, frame(2 + next(200), seed));
      const words = new Int32Array(memory, 128, 32);
      const all = new Uint8Array(memory);
      const interesting = [0, 1, 7, 8, -1, -8, RING, RING - 8, -RING, 2 ** 31 - 1, -(2 ** 31)];
      for (let change = 0; change < 1 + next(6); change++) {
        if (next(3) > 0) words[next(8)] = next(2) === 0 ? interesting[next(interesting.length)]! : next(2 ** 32) | 0;
        else all[256 + RING + next(64)] = next(256);
      }
      try {
        for (let taken = 0; taken < 50 && host.take(); taken++);
      } catch (error) {
        assert.ok(error instanceof TenonError && error.code === "protocol-error", `seed ${seed}: ${String(error)}`);
      }
      for (const one of got) assert.ok(one.length < RING);
    }
  });

  test("a reader that lies about what it took cannot make the writer leave its ring", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const next = random(seed);
      const memory = createMemory(RING);
      const { outgoing } = endsOf(memory, "host");
      const outside = new Uint8Array(memory, outgoing.byteOffset + RING);
      const writer = new RingWriter(endsOf(memory, "host"));
      const lies = new Int32Array(memory, 128, 32);
      try {
        for (let round = 0; round < 30; round++) {
          if (!put(writer, frame(2 + next(1500), seed))) writer.publishBeside();
          lies[3] = next(2) === 0 ? next(2 * RING) : next(2 ** 32) | 0;
          lies[4] = next(40);
        }
      } catch (error) {
        assert.ok(error instanceof TenonError && error.code === "protocol-error", `seed ${seed}: ${String(error)}`);
      }
      assert.ok(
        outside.every((byte) => byte === 0),
        `seed ${seed} wrote outside`,
      );
    }
  });
});
