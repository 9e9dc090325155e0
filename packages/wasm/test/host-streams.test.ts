// Streams and futures between the host and a component: async iterables and promises on this side, handles on that one.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TenonError } from "@tenon/contract";
import { compileModulesSync, instantiate, planComponent } from "@tenon/wasm";
import type { HostImport, LinkedComponent } from "@tenon/wasm";
import { streamComponent } from "@tenon/wasm/testing";
import { wat } from "./wat.ts";

const STREAMS = streamComponent(wat);
const PLAN = planComponent(STREAMS);
const MODULES = compileModulesSync(PLAN, STREAMS);

function open(fetch: (n: number) => unknown = () => []): LinkedComponent {
  return instantiate(PLAN, MODULES, { fetch: fetch as HostImport });
}
const call = (linked: LinkedComponent, name: string, ...args: unknown[]): Promise<unknown> =>
  linked.func("", name)?.(...args) as Promise<unknown>;

async function errorOf(work: () => unknown): Promise<TenonError> {
  try {
    await work();
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was thrown");
}

async function* slowly<T>(...values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) {
    await turn();
    yield value;
  }
}

describe("streams that the host gives", () => {
  test("chunks, single values and plain arrays arrive whole and in order", async () => {
    const chunks = [Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(), Uint8Array.of(6)];
    assert.equal(await call(open(), "sum", slowly(...chunks)), 21);
    assert.equal(await call(open(), "sum", slowly(250, 5)), 255);
    assert.equal(await call(open(), "sum", [1, 2, 3]), 6);
    const readable = new ReadableStream({ start: (it) => (it.enqueue(new Uint8Array(1000).fill(2)), it.close()) });
    assert.equal(await call(open(), "sum", readable), 2000);
  });

  test("strings go into memory of the component's own", async () => {
    assert.equal(await call(open(), "lengths", slowly("ab", "", "äö", "12345")), 2 + 0 + 4 + 5);
  });

  test("a host function may return one", async () => {
    assert.equal(
      await call(
        open((n) => slowly(n, n)),
        "sum-fetched",
        20,
      ),
      40,
    );
  });

  test("what is no stream is refused before the component is entered", async () => {
    const linked = open();
    for (const wrong of [7, "text", {}, undefined]) {
      assert.equal((await errorOf(() => call(linked, "sum", wrong))).code, "value-invalid");
    }
    assert.equal(await call(linked, "sum", [1]), 1);
  });

  test("a chunk that does not fit, and a source that throws, end the component with an error that says so", async () => {
    const wrong = await errorOf(() => call(open(), "sum", slowly(1, 256)));
    assert.equal(wrong.code, "host-function-failed");
    assert.match(wrong.what, /chunk/);
    const broken = async function* (): AsyncGenerator<number> {
      yield 1;
      throw new Error("the disk is gone");
    };
    const linked = open();
    assert.match((await errorOf(() => call(linked, "sum", broken()))).what, /the disk is gone/);
    assert.ok(linked.trap !== undefined);
  });

  test("a source is not read ahead of the component by more than a chunk", async () => {
    let pulled = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield Uint8Array.of(++pulled);
    };
    const stream = (await call(open(), "pass", source())) as AsyncIterable<Uint8Array>;
    await turn();
    await turn();
    assert.ok(pulled <= 1, `${pulled} chunks were read before anybody asked`);
    for await (const chunk of stream) if (chunk[0] === 5) break;
    assert.ok(pulled <= 6, String(pulled));
  });

  test("the generator of a stream that nobody reads on runs its finally", async () => {
    let isClosed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Uint8Array.of(1);
      } finally {
        isClosed = true;
      }
    };
    const stream = (await call(open(), "pass", source())) as AsyncIterable<Uint8Array>;
    for await (const chunk of stream) if (chunk.length > 0) break;
    await turn();
    assert.ok(isClosed);
  });
});

describe("streams that a component gives", () => {
  test("come in chunks, at the host's pace, until they end", async () => {
    const stream = (await call(open(), "count", 5)) as AsyncIterable<Uint32Array>;
    const seen: number[] = [];
    for await (const chunk of stream) {
      assert.ok(chunk instanceof Uint32Array);
      seen.push(...chunk);
      await turn();
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
  });

  test("leaving the loop early tells the component, which goes on living", async () => {
    const linked = open();
    const stream = (await call(linked, "count", 1_000_000)) as AsyncIterable<Uint32Array>;
    for await (const chunk of stream) if ((chunk.at(-1) ?? 0) >= 10) break;
    await turn();
    assert.equal(await call(linked, "sum", [2]), 2);
    for await (const chunk of stream) assert.fail(`a cancelled stream gave ${chunk.length} more`);
  });

  test("can be passed on: within its component, to another one, and after a part was read", async () => {
    const linked = open();
    const again = async (to: LinkedComponent): Promise<unknown> =>
      await call(to, "sum", await call(linked, "pass", slowly(1, 2, 3)));
    assert.equal(await again(linked), 6);
    assert.equal(await again(open()), 6);
    const begun = (await call(linked, "pass", slowly(1, 2, 3))) as AsyncIterable<Uint8Array>;
    await begun[Symbol.asyncIterator]().next();
    assert.equal(await call(open(), "sum", begun), 5);
  });

  test("end with the component: the reader learns what it ended of, and sources are closed", async () => {
    let isClosed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield Uint8Array.of(1);
      } finally {
        isClosed = true;
      }
    };
    const linked = open();
    const counted = (await call(linked, "count", 5)) as AsyncIterable<Uint32Array>;
    const summed = call(linked, "sum", source());
    linked.end(new TenonError("session-closed", "it was closed"));
    assert.equal((await errorOf(() => summed)).code, "session-closed");
    const cut = await errorOf(async () => {
      for await (const chunk of counted) assert.ok(chunk.length > 0);
    });
    assert.equal(cut.code, "session-closed");
    await turn();
    assert.ok(isClosed);
  });

  test("an open stream is no deadlock: the host may read it later", async () => {
    const linked = open();
    const stream = (await call(linked, "count", 2)) as AsyncIterable<Uint32Array>;
    await turn();
    assert.equal(linked.trap, undefined);
    const seen: number[] = [];
    for await (const chunk of stream) seen.push(...chunk);
    assert.deepEqual(seen, [0, 1]);
  });
});

describe("futures", () => {
  test("are promises both ways, and values that are there already", async () => {
    assert.equal(await call(open(), "later", turn(41)), 42);
    assert.equal(await call(open(), "later", 1), 2);
    assert.equal(await call(open(), "promise"), 7);
  });

  test("a promise that rejects, or gives what does not fit, ends the component", async () => {
    assert.match((await errorOf(() => call(open(), "later", Promise.reject(new Error("no luck"))))).what, /no luck/);
    assert.equal((await errorOf(() => call(open(), "later", turn("x")))).code, "host-function-failed");
  });
});
