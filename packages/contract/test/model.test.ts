// Resolve -> Contract: ids, keys, aliases, shared types, resources and who owns them.
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractFromDescriptor, contractFromResolve, contractToDescriptor } from "@tenon/contract";
import type { Contract, ContractFunction, ContractInterface } from "@tenon/contract";
import { contractOf, resolved } from "./contract-of.ts";

const SUITE = join(dirname(fileURLToPath(import.meta.url)), "../../../../shared/data/wit-suite/ok");

function find(side: readonly ContractInterface[], key: string): ContractInterface {
  const found = side.find((one) => one.key === key);
  ok(found, `no interface ${key} among ${side.map((one) => one.key).join()}`);
  return found;
}

function func(one: ContractInterface, name: string): ContractFunction {
  const found = one.functions.find((each) => each.name === name);
  ok(found, `no function ${name} among ${one.functions.map((each) => each.name).join()}`);
  return found;
}

test("ids carry versions, keys do not; functions of the world stand under the empty id", () => {
  const contract = contractOf(`package a:b@1.2.3;
    interface one { f: func(); }
    world w { import one; export two: interface { g: async func(); } export run: func(x: u8) -> bool; }`);
  strictEqual(contract.id, "a:b/w@1.2.3");
  deepStrictEqual(
    contract.imports.map(({ id, key }) => [id, key]),
    [["a:b/one@1.2.3", "one"]],
  );
  deepStrictEqual(
    contract.exports.map(({ id, key }) => [id, key]),
    [
      ["", ""],
      ["two", "two"],
    ],
  );
  const run = func(find(contract.exports, ""), "run");
  deepStrictEqual(run, {
    name: "run",
    kind: "freestanding",
    isAsync: false,
    params: [{ name: "x", type: { kind: "u8" } }],
    result: { kind: "bool" },
  });
  strictEqual(func(find(contract.exports, "two"), "g").isAsync, true);
});

test("aliases are gone and equal types are one object, across interfaces too", () => {
  const contract = contractOf(`package a:b;
    interface types { type bytes = list<u8>; type data = bytes; record pair { a: data, b: list<u8> } }
    interface i { use types.{pair, data as blob}; f: func(x: pair, y: blob) -> list<u8>; }
    interface j { use types.{pair}; g: func() -> pair; }
    world w { export i; export j; }`);
  const f = func(find(contract.exports, "i"), "f");
  const [x, y] = f.params;
  ok(x?.type.kind === "record");
  deepStrictEqual(y?.type, { kind: "list", element: { kind: "u8" } });
  strictEqual(x.type.fields[0]?.type, y.type);
  strictEqual(x.type.fields[1]?.type, f.result);
  strictEqual(func(find(contract.exports, "j"), "g").result, x.type);
});

test("interfaces that only carry types are left out", () => {
  const contract = contractOf(`package a:b; interface types { record p { x: u8 } }
    interface i { use types.{p}; f: func(p: p); } world w { import types; export i; }`);
  deepStrictEqual(contract.imports, []);
  deepStrictEqual(
    contract.exports.map((one) => one.key),
    ["i"],
  );
});

test("resources: kinds of functions, and handles named by interface", () => {
  const contract = contractOf(`package a:b@1.0.0;
    interface i { resource r { constructor(); m: async func(); s: static func() -> r; } t: func(r: borrow<r>); }
    world w { export i; }`);
  const i = find(contract.exports, "i");
  deepStrictEqual(i.resources, ["r"]);
  const kinds = new Map(i.functions.map(({ name, kind, resource, isAsync }) => [name, [kind, resource, isAsync]]));
  deepStrictEqual(
    kinds,
    new Map([
      ["[constructor]r", ["constructor", "r", false]],
      ["[method]r.m", ["method", "r", true]],
      ["[static]r.s", ["static", "r", false]],
      ["t", ["freestanding", undefined, false]],
    ]),
  );
  deepStrictEqual(func(i, "[static]r.s").result, { kind: "own", resource: "a:b/i@1.0.0#r", owner: "plugin" });
  deepStrictEqual(func(i, "[method]r.m").params[0]?.type, {
    kind: "borrow",
    resource: "a:b/i@1.0.0#r",
    owner: "plugin",
  });
});

test("a resource belongs to the side that defines it", () => {
  const contract = contractOf(`package a:b;
    interface base { resource r; }
    interface both { use base.{r}; resource s; f: func(r: r, s: s); }
    world w { import both; export both; resource own-one; export g: func(o: own-one); }`);
  const owners = (side: readonly ContractInterface[], key: string, name: string): unknown[] =>
    func(find(side, key), name).params.map(({ type }) =>
      type.kind === "own" ? [type.resource, type.owner] : type.kind,
    );
  deepStrictEqual(owners(contract.imports, "both", "f"), [
    ["a:b/base#r", "host"],
    ["a:b/both#s", "host"],
  ]);
  deepStrictEqual(owners(contract.exports, "both", "f"), [
    ["a:b/base#r", "host"],
    ["a:b/both#s", "plugin"],
  ]);
  deepStrictEqual(owners(contract.exports, "", "g"), [["#own-one", "host"]]);
  deepStrictEqual(find(contract.imports, "").resources, ["own-one"]);
});

test("one interface imported under two labels is two interfaces", () => {
  const contract = contractOf(`package a:b@1.0.0;
    interface store { resource item; get: func() -> item; }
    world w { import first: store; import second: store; }`);
  deepStrictEqual(
    contract.imports.map(({ id, key, implements: of }) => [id, key, of]),
    [
      ["first", "first", "a:b/store@1.0.0"],
      ["second", "second", "a:b/store@1.0.0"],
    ],
  );
  deepStrictEqual(func(find(contract.imports, "second"), "get").result, {
    kind: "own",
    resource: "second#item",
    owner: "host",
  });
});

test("keys that would clash take the package in", () => {
  const contract = contractOf(`package a:b;
    package x:y { interface types { f: func(); } }
    world w { export types: interface { f: func(); } export x:y/types; import run: func(); import x:y/types; }`);
  deepStrictEqual(contract.exports.map((one) => one.key).sort(), ["types", "xYTypes"]);
  deepStrictEqual(contract.imports.map((one) => one.key).sort(), ["", "types"]);
});

test("types that nest too deep are refused, aliases do not count", () => {
  const chain = (wrap: (inner: string) => string, count: number): string =>
    Array.from({ length: count }, (_, n) => `type t${n + 1} = ${wrap(`t${n}`)};`).join("\n");
  const world = (types: string, last: number): string =>
    `package a:b; interface i { type t0 = u8; ${types} f: func(x: t${last}); } world w { export i; }`;
  throws(
    () =>
      contractOf(
        world(
          chain((inner) => `list<${inner}>`, 400),
          400,
        ),
      ),
    /wit-invalid.*deep/,
  );
  const deep = func(
    find(
      contractOf(
        world(
          chain((inner) => inner, 400),
          400,
        ),
      ).exports,
      "i",
    ),
    "f",
  );
  deepStrictEqual(deep.params[0]?.type, { kind: "u8" });
});

test("a damaged resolve is refused", () => {
  const { resolve } = resolved("package a:b; interface i { type t = list<u8>; f: func(x: t); } world w { export i; }");
  throws(() => contractFromResolve(resolve, 7), /\[contract-invalid\] .*no world number 7/);
  throws(() => contractFromResolve({ ...resolve, types: [] }, 0), /\[contract-invalid\] .*no type number/);
  const circular = resolve.types.map((def, index) => ({ ...def, kind: { type: index } }));
  throws(() => contractFromResolve({ ...resolve, types: circular }, 0), /\[contract-invalid\] .*alias of itself/);
  const infinite = resolve.types.map((def, index) => ({ ...def, kind: { list: index } }));
  throws(() => contractFromResolve({ ...resolve, types: infinite }, 0), /\[wit-invalid\] .*deep/);
});

test("every world of the reference suite becomes a contract and survives its descriptor", (t) => {
  if (!existsSync(SUITE)) return t.skip("../shared/data/wit-suite is not here");
  const contracts: Contract[] = [];
  for (const name of readdirSync(SUITE).filter((file) => file.endsWith(".json"))) {
    const resolve = JSON.parse(readFileSync(join(SUITE, name), "utf8")) as Parameters<typeof contractFromResolve>[0];
    for (const world of resolve.worlds.keys()) contracts.push(contractFromResolve(resolve, world));
  }
  ok(contracts.length > 70);
  for (const contract of contracts) {
    const json = JSON.parse(JSON.stringify(contractToDescriptor(contract))) as unknown;
    deepStrictEqual(contractFromDescriptor(json), contract);
  }
});
