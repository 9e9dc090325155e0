// Resources, streams, futures and error contexts: numbers to the guest, whatever their owner makes of them to the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLift, compileLower } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreValue } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract";
import type { ErrorCode, HandleType } from "@tenon/contract";
import { forwarder, instantiate } from "./canonical-guests.ts";
import { fn, list, map, option, p, record, tuple, variant } from "./types.ts";

const own: HandleType = { kind: "own", resource: "a:b/c#file", owner: "host" };
const borrow: HandleType = { ...own, kind: "borrow" };

function codeOf(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown.code;
  }
}

for (const codegen of [true, false]) {
  const mode = codegen ? "generated" : "closures";

  test(`${mode}: resources go through the handle codec, checked before anything is lowered`, () => {
    const table: unknown[] = [];
    const log: string[] = [];
    const handles = {
      check: (value: unknown, type: HandleType) => {
        log.push(`check ${type.kind}`);
        if (value === "dropped") throw new TenonError("handle-invalid", "dropped");
      },
      lower: (value: unknown, type: HandleType) => {
        log.push(`lower ${type.kind}`);
        return table.push(value) - 1;
      },
      lift: (handle: number, type: HandleType) => {
        log.push(`lift ${type.kind}`);
        return table[handle];
      },
    };
    const type = tuple(
      own,
      list(borrow),
      option(own),
      variant({ r: own, n: null }),
      map(p("u8"), own),
      record({ f: borrow }),
    );
    const func = fn({ self: borrow, more: type }, type);
    const guestEnv: { env?: CanonicalEnv } = {};
    const host = compileLower(
      func,
      {
        get memory() {
          return guestEnv.env?.memory as never;
        },
        get realloc() {
          return guestEnv.env?.realloc as never;
        },
        handles,
      },
      (_self, more) => more,
      { codegen },
    );
    const guest = instantiate(forwarder(func), { host: { call: host } });
    guestEnv.env = guest.env();
    const call = compileLift(func, guest.env({ handles }), guest.exports["call"] as never, { codegen });
    const value = ["a", ["b", "c"], "d", { tag: "r", val: "e" }, new Map([[1, "f"]]), { f: "g" }];
    assert.deepEqual(call("self", value), value);
    assert.equal(log.filter((line) => line.startsWith("lower")).length, 8 + 7);
    assert.ok(log.slice(0, 8).every((line) => line.startsWith("check")));
    log.length = 0;
    assert.equal(
      codeOf(() => call("self", ["a", ["b", "dropped"], "d", { tag: "n" }, new Map(), { f: "g" }])),
      "handle-invalid",
    );
    assert.ok(!log.some((line) => line.startsWith("lower")));
    assert.equal(
      codeOf(() => compileLift(func, guest.env(), () => 0, { codegen })("self", value)),
      "boundary-unsupported",
    );
    assert.equal(
      codeOf(() => call(undefined, value)),
      "value-invalid",
    );
  });

  test(`${mode}: error contexts, streams and futures go through codecs of their own`, () => {
    const func = fn({ e: p("error-context"), s: { kind: "stream", element: p("u8") } }, { kind: "future" });
    const env: CanonicalEnv = {
      errorContexts: { lower: (message) => message.length, lift: () => "" },
      streams: {
        lower: (value) => (value as { id: number }).id,
        lift: (handle, type) => ({ id: handle, kind: type.kind }),
      },
    };
    const seen: CoreValue[] = [];
    const call = compileLift(func, env, (...flat) => (seen.push(...flat), -1), { codegen });
    assert.deepEqual(call("four", { id: 9 }), { id: 2 ** 32 - 1, kind: "future" });
    assert.deepEqual(seen, [4, 9]);
    assert.equal(
      codeOf(() => compileLift(func, {}, () => 0, { codegen })("x", { id: 1 })),
      "boundary-unsupported",
    );
  });
}
