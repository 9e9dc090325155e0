// Resources, streams and futures between versions of a contract, behind `import`, where objects and iterables cross as they are.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createAdapter, createContractHistory, defineMigration } from "@tenon/abi/adapt";
import { TenonError, resolveWit } from "@tenon/contract";
import { takeSnapshot, type Snapshot } from "@tenon/contract/evolution";
import { importDriver } from "@tenon/drivers/import";
import { createHost, type Plugin } from "@tenon/host";

const snapshot = (text: string): Snapshot => {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
};
const wit = (version: string, carts: string, shelf: string): Snapshot =>
  snapshot(`package test:shop@${version};
interface shelf { ${shelf} }
interface carts { use shelf.{item}; ${carts} }
world plugin { import shelf; export carts; }`);

const OLDER = wit(
  "1.0.0",
  "resource cart { constructor(size: u32); count: func() -> u32; add: func(item: borrow<item>) -> bool; } join: func(a: borrow<cart>, b: own<cart>) -> own<cart>;",
  "resource item { price: func() -> u32; }",
);
const NEWER = wit(
  "1.1.0",
  "resource cart { constructor(size: u64); /// @renamed-from count\n total: func() -> u64; add: func(item: borrow<item>) -> option<bool>; } join: func(a: borrow<cart>, b: own<cart>) -> own<cart>;",
  "resource item { price: func() -> u16; name: func() -> string; }",
);

interface OldItem {
  price(): number;
}
class OldCart {
  #sum: number;
  isClosed = false;
  constructor(size: number) {
    assert.equal(typeof size, "number");
    this.#sum = size;
  }
  count(): number {
    return this.#sum;
  }
  add(item: OldItem): boolean {
    assert.equal((item as { name?: unknown }).name, undefined);
    this.#sum += item.price();
    return true;
  }
  [Symbol.dispose](): void {
    this.isClosed = true;
  }
}
const made: OldCart[] = [];
const older = {
  carts: {
    Cart: class extends OldCart {
      constructor(size: number) {
        super(size);
        made.push(this);
      }
    },
    join: (a: OldCart, b: OldCart) => {
      assert.ok(a instanceof OldCart && b instanceof OldCart);
      return a.count() > b.count() ? a : b;
    },
  },
};

/** The host's own resource. */
class Item {
  #price: number;
  constructor(price: number) {
    this.#price = price;
  }
  price(): number {
    return this.#price;
  }
  name(): string {
    return "pen";
  }
}

interface NewCart extends Disposable {
  total(): bigint;
  add(item: Item): boolean | undefined;
}

async function load(host: ReturnType<typeof createHost>): Promise<Plugin<unknown>> {
  const adapter = createAdapter(OLDER, NEWER);
  const imports = { shelf: { price: (item: Item) => item.price(), name: (item: Item) => item.name() } };
  const options = { id: "carts", boundary: "import", artifact: { module: older }, imports, adapter };
  return host.load(adapter.host, options);
}

describe("resources", () => {
  test("methods convert, and a handle is the same object each time, on its way back too", async () => {
    await using host = createHost({ drivers: [importDriver] });
    const plugin = await load(host);
    const create = (size: bigint): Promise<NewCart> =>
      plugin.invoke("carts.[constructor]cart", [size]) as Promise<NewCart>;
    const cart = await create(5n);
    assert.equal(cart.total(), 5n);
    assert.equal(cart.add(new Item(7)), true);
    assert.equal(cart.total(), 12n);
    const bigger = await plugin.invoke("carts.join", [cart, await create(6n)]);
    assert.equal(bigger, cart);
    cart[Symbol.dispose]();
    assert.equal(made[0]?.isClosed, true);
    await assert.rejects(create(2n ** 40n), (error) => error instanceof TenonError && error.code === "value-invalid");
  });
});

describe("streams and futures", () => {
  const LATE_OLD = snapshot(
    "package test:late@1.0.0; interface late { read: func(numbers: stream<u8>) -> stream<u8>; each: func() -> stream<string>; soon: func() -> future<u32>; } world plugin { export late; }",
  );
  const LATE_NEW = snapshot(
    "package test:late@1.1.0; interface late { read: func(numbers: stream<u32>) -> stream<u64>; each: func() -> stream<option<string>>; soon: func() -> future<u64>; } world plugin { export late; }",
  );
  let isLeft = false;
  const plugin = {
    late: {
      read: async function* (from: AsyncIterable<Uint8Array>) {
        try {
          for await (const chunk of from) {
            assert.ok(chunk instanceof Uint8Array);
            yield chunk;
          }
        } finally {
          isLeft = true;
        }
      },
      each: async function* () {
        yield "a";
      },
      soon: () => Promise.resolve(7),
    },
  };
  const load = async (host: ReturnType<typeof createHost>): Promise<Plugin<unknown>> => {
    const adapter = createAdapter(LATE_OLD, LATE_NEW);
    return host.load(adapter.host, { id: "late", boundary: "import", artifact: { module: plugin }, adapter });
  };

  test("every element converts when it comes, in chunks where they are numbers", async () => {
    await using host = createHost({ drivers: [importDriver] });
    const own = await load(host);
    const chunks = async function* () {
      yield new Uint32Array([1, 2]);
      yield new Uint32Array([3]);
    };
    const out: unknown[] = [];
    for await (const chunk of (await own.invoke("late.read", [chunks()])) as AsyncIterable<unknown>) out.push(chunk);
    assert.deepEqual(out, [new BigUint64Array([1n, 2n]), new BigUint64Array([3n])]);
    const texts: unknown[] = [];
    for await (const one of (await own.invoke("late.each", [])) as AsyncIterable<unknown>) texts.push(one);
    assert.deepEqual(texts, ["a"]);
    assert.equal(await ((await own.invoke("late.soon", [])) as Promise<unknown>), 7n);
  });

  test("who leaves early ends the plugin's stream, and an element that does not fit ends the loop with its error", async () => {
    await using host = createHost({ drivers: [importDriver] });
    const own = await load(host);
    const endless = async function* () {
      for (;;) yield new Uint32Array([1]);
    };
    isLeft = false;
    for await (const _ of (await own.invoke("late.read", [endless()])) as AsyncIterable<unknown>) break;
    assert.equal(isLeft, true);
    const tooLarge = async function* () {
      yield new Uint32Array([256]);
    };
    await assert.rejects(
      async () => {
        for await (const _ of (await own.invoke("late.read", [tooLarge()])) as AsyncIterable<unknown>);
      },
      (error) => error instanceof TenonError && /256 is no u8/.test(error.message),
    );
  });
});

test("a migration emulates a method", async () => {
  const shop = (version: string, cart: string): Snapshot =>
    snapshot(
      `package test:shop@${version}; interface carts { resource cart { constructor(); ${cart} } } world plugin { export carts; }`,
    );
  const [before, after] = [shop("1.0.0", "count: func() -> u32;"), shop("2.0.0", "is-empty: func() -> bool;")];
  const migration = defineMigration({
    from: "1.0.0",
    to: "2.0.0",
    exports: {
      "carts.[method]cart.is-empty": { emulate: { via: "carts.[method]cart.count", result: (count) => count === 0 } },
      "carts.[method]cart.count": { emulate: () => 0 },
    },
  });
  const adapter = createContractHistory({ snapshots: [before, after], migrations: [migration] }).adapter(
    before.contract.digest,
    after.contract.digest,
  );
  class Cart {
    count(): number {
      return 0;
    }
  }
  const module = { carts: { Cart } };
  await using host = createHost({ drivers: [importDriver] });
  const plugin = await host.load(adapter.host, { id: "carts", boundary: "import", artifact: { module }, adapter });
  const cart = (await plugin.invoke("carts.[constructor]cart", [])) as { isEmpty(): boolean };
  assert.equal(cart.isEmpty(), true);
});
