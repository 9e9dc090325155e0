// Hostile bytes against the whole receiving side: whatever comes, only TenonErrors leave it, and every call settles once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@tenon/abi/testing";
import { TenonError } from "@tenon/contract";
import { FRAME } from "@tenon/host/wire";
import { FREE, greeting, openSession, refOf, settle } from "./wire-fixtures.ts";

const SEED = 7_2026;
const ROUNDS = 300;

type Random = () => number;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

function frame(kind: number, id: number, ...payload: readonly number[]): number[] {
  const body = [kind, id, ...payload];
  return [body.length, 0, 0, 0, ...body];
}

/** What a well-behaved plugin could send while calls 1 to 3 are in flight. */
function goodFrames(): number[] {
  return [
    ...frame(FRAME.call, 1, 1, 0, 5),
    ...frame(FRAME.log, 0, 2, 104, 105),
    ...frame(FRAME.result, 1, 0x83, 0x7f),
    ...frame(FRAME.error, 2, ...Buffer.from('{"code":"plugin-trap","what":"x"}')),
    ...frame(FRAME.cancel, 9),
    ...frame(FRAME.drop, 4, 1),
    ...frame(FRAME.call, 2, 0, 4, 1, 2, 104, 105, 0),
    ...frame(FRAME.result, 3, 1, 1, 97),
  ];
}

const GOOD_LINES = [
  '{"jsonrpc":"2.0","id":"a","method":"host.tick","params":[5]}',
  '{"jsonrpc":"2.0","method":"log","params":{"level":"info","message":"hi"}}',
  '{"jsonrpc":"2.0","id":1,"result":3}',
  '{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"x","data":{"code":"plugin-trap"}}}',
  '{"jsonrpc":"2.0","id":7,"method":"host.tell","params":{"text":"hi","times":3}}',
  '{"jsonrpc":"2.0","id":3,"result":["a"]}',
].join("\n");

/** Changes, drops, doubles or inserts a few bytes. */
function mutate(good: readonly number[], random: Random): Uint8Array {
  const bytes = [...good];
  for (let times = below(random, 6); times >= 0; times--) {
    const at = below(random, bytes.length);
    const kind = below(random, 5);
    if (kind === 0) bytes[at] = below(random, 256);
    else if (kind === 1) bytes.splice(at, below(random, 20));
    else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + below(random, 60)));
    else if (kind === 3) bytes.splice(at, 0, ...Array.from({ length: below(random, 12) }, () => below(random, 256)));
    else bytes[at] = [0, 0x7f, 0x80, 0xff, 0x22, 0x7b, 0x5b, 0x0a][below(random, 8)]!;
  }
  return Uint8Array.from(bytes);
}

async function attack(
  encoding: "frames" | "json-rpc",
  bytes: Uint8Array,
  random: Random,
): Promise<"broken" | "survived"> {
  const { session, contract, stdout, broken } = openSession({ limits: { maxMessageBytes: 4096, maxPendingCalls: 8 } });
  stdout.write(greeting(contract, encoding));
  await session.ready;
  const calls = [
    session.call(refOf(contract, "work.add"), [1, 2], FREE),
    session.call(refOf(contract, "work.bytes"), [Uint8Array.of(1)], FREE),
    session.call(refOf(contract, "work.list-all"), [["a"]], FREE),
  ] as Promise<unknown>[];
  let settled = 0;
  const outcomes = Promise.all(
    calls.map((call) =>
      call.then(
        () => void settled++,
        (error: unknown) => {
          settled++;
          assert.ok(error instanceof TenonError, String(error));
          assert.notEqual(error.code, "internal", error.stack);
        },
      ),
    ),
  );
  for (let at = 0; at < bytes.length;) {
    const size = 1 + below(random, 100);
    stdout.write(bytes.subarray(at, at + size));
    at += size;
  }
  await settle();
  session.lose(broken[0] ?? { kind: "crashed", what: "exited with code 0" });
  await outcomes;
  assert.equal(settled, calls.length);
  for (const { what } of broken) {
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(what, /[\u0000-\u001f\u007f-\u009f]|Cannot read|is not a function|undefined/);
  }
  return broken.length > 0 ? "broken" : "survived";
}

for (const [encoding, good] of [
  ["frames", goodFrames()],
  ["json-rpc", [...Buffer.from(`${GOOD_LINES}\n`)]],
] as const) {
  test(`${encoding}: the unchanged traffic survives`, async () => {
    assert.equal(await attack(encoding, Uint8Array.from(good), () => 0.5), "survived");
  });

  test(`${encoding}: ${ROUNDS} mutations give only typed errors (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const outcomes = await Promise.all(
      Array.from({ length: ROUNDS }, () => attack(encoding, mutate(good, random), random)),
    );
    const broken = outcomes.filter((outcome) => outcome === "broken").length;
    assert.ok(broken > ROUNDS / 4 && broken < ROUNDS, `${broken} of ${ROUNDS} ended the session`);
  });

  test(`${encoding}: noise gives only typed errors (seed ${SEED + 1})`, async () => {
    const random = seededRandom(SEED + 1);
    const noise = (): Uint8Array => Uint8Array.from({ length: below(random, 300) }, () => below(random, 256));
    await Promise.all(Array.from({ length: ROUNDS }, () => attack(encoding, noise(), random)));
  });
}

test("handshakes of noise give only typed errors", async () => {
  const random = seededRandom(SEED + 2);
  const good = [...Buffer.from(greeting(openSession().contract, "frames"))];
  await Promise.all(
    Array.from({ length: ROUNDS }, async () => {
      const { session, stdout, broken } = openSession();
      stdout.end(mutate(good, random));
      await settle();
      session.lose(broken[0] ?? { kind: "crashed", what: "exited with code 0" });
      await session.ready.catch((error: unknown) => {
        assert.ok(error instanceof TenonError && error.code !== "internal", String(error));
      });
    }),
  );
});
