// Descriptors: there and back, small, and total on foreign JSON.
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { describe, test } from "node:test";
import { contractFromDescriptor, contractToDescriptor, TenonError } from "@tenon/contract";
import type { ContractDescriptor } from "@tenon/contract";
import { contractOf } from "./contract-of.ts";

const contract = contractOf(`
package acme:tool@1.2.0;

interface types {
  resource blob { constructor(data: list<u8>); size: func() -> u64; merge: static func(parts: list<blob>) -> blob; }
  record point { x: f32, y: f32 }
}
interface host { use types.{blob, point}; draw: async func(at: point, what: borrow<blob>); }
interface work {
  use types.{point};
  variant shape { none, dot(point), poly(list<point>) }
  enum colour { red, green }
  flags rights { read, write }
  type grid = list<u8, 4>;
  all: func(a: shape, b: colour, c: rights, d: grid, e: map<string, point>, f: option<option<u8>>, g: tuple<char, bool>)
    -> result<list<shape>, string>;
  waits: async func(s: stream<u8>, f: future) -> result<_, error-context>;
}
world plugin { import types; import host; export work; export ping: func(); }
`);

const good = JSON.parse(JSON.stringify(contractToDescriptor(contract))) as Record<string, unknown>;

test("a contract comes back equal, with equal types as one object", () => {
  const back = contractFromDescriptor(good);
  deepStrictEqual(back, contract);
  deepStrictEqual(contractToDescriptor(back), good);
  const work = back.exports.find((one) => one.key === "work");
  const all = work?.functions.find((func) => func.name === "all");
  const shape = all?.params[0]?.type;
  const result = all?.result;
  ok(result?.kind === "result" && result.ok?.kind === "list");
  strictEqual(result.ok.element, shape);
});

test("a type that is used often is stored once", () => {
  const { types } = contractToDescriptor(contract);
  strictEqual(new Set(types.map((type) => JSON.stringify(type))).size, types.length);
  strictEqual(types.filter((type) => "record" in type).length, 1);
});

test("a descriptor whose content was changed is refused by its digest", () => {
  const changed = JSON.parse(JSON.stringify(good).replace('"red"', '"blue"')) as unknown;
  throws(
    () => contractFromDescriptor(changed),
    /^TenonError: \[contract-invalid\] the descriptor of .* but its content has/,
  );
});

/** A descriptor with one export of one function, around `types`. */
function around(types: unknown, more: Partial<Record<keyof ContractDescriptor, unknown>> = {}): unknown {
  return { tenon: 1, id: "a:b/c", digest: "abi:sha256:0", types, exports: [], imports: [], ...more };
}
function withFunction(func: unknown, resources: unknown = [], types: unknown = []): unknown {
  return around(types, { exports: [{ id: "a:b/i", resources, functions: [func] }] });
}

describe("foreign JSON is refused with the place", () => {
  const cases: Record<string, [unknown, RegExp]> = {
    null: [null, /descriptor is not an object/],
    "a text": ["{}", /descriptor is not an object/],
    "a list": [[], /descriptor is not an object/],
    "an empty object": [{}, /descriptor\.tenon/],
    "another format version": [{ ...good, tenon: 2 }, /descriptor\.tenon/],
    "inherited members": [Object.create(good), /descriptor\.tenon/],
    "types that are no list": [around({ length: 3 }), /types is not a list/],
    "a type of no kind": [around([{}]), /types\[0\] is of no known kind/],
    "a type that is null": [around([null]), /types\[0\] is not an object/],
    "a reference to itself": [around([{ list: 0 }]), /types\[0\]\.list is neither/],
    "a reference forwards": [around([{ list: 1 }, { list: "u8" }]), /types\[0\]\.list is neither/],
    "a reference that is no index": [around([{ list: "u8" }, { list: -1 }]), /types\[1\]\.list is neither/],
    "a fraction as reference": [around([{ list: "u8" }, { list: 0.5 }]), /types\[1\]\.list is neither/],
    "an unknown primitive": [around([{ option: "u128" }]), /types\[0\]\.option is neither/],
    "a name from the prototype": [around([{ option: "constructor" }]), /types\[0\]\.option is neither/],
    "a field that is no pair": [around([{ record: [["a"]] }]), /types\[0\]\.record\[0\] is not a pair/],
    "a field's name that is no label": [around([{ record: [["__proto__", "u8"]] }]), /is not a WIT label/],
    "a field twice": [
      around([
        {
          record: [
            ["a", "u8"],
            ["A", "u8"],
          ],
        },
      ]),
      /types\[0\]\.record names A twice/,
    ],
    "a variant without cases": [around([{ variant: [] }]), /types\[0\]\.variant has no cases/],
    "an enum case that is a number": [around([{ enum: [1] }]), /types\[0\]\.enum\[0\] is not a text/],
    "an endless label": [around([{ flags: ["a".repeat(10_000)] }]), /is not a text of at most/],
    "a length of zero": [around([{ list: "u8", length: 0 }]), /types\[0\]\.length/],
    "a length without bound": [around([{ list: "u8", length: 1e300 }]), /types\[0\]\.length/],
    "a map with keys of floats": [around([{ map: ["f64", "u8"] }]), /keys of type f64/],
    "a handle of no resource": [around([{ own: "blob", owner: "host" }]), /names no resource/],
    "a handle of an undefined resource": [around([{ own: "a:b/i#blob", owner: "host" }]), /no interface defines/],
    "a handle of nobody": [around([{ own: "#blob", owner: "me" }]), /owned by neither/],
    "a world id that is none": [around([], { id: "../../etc" }), /^.*\bid is not an id/],
    "an interface twice": [
      around([], {
        imports: [
          { id: "a:b/i", functions: [] },
          { id: "a:b/i", functions: [] },
        ],
      }),
      /imports names a:b\/i twice/,
    ],
    "a function's name that is none": [withFunction({ name: "[get]x" }), /functions\[0\]\.name is not a WIT label/],
    "a function without a name": [withFunction({}), /functions\[0\]\.name is not a text/],
    "a method of no resource": [withFunction({ name: "[method]x.y" }), /belongs to no resource/],
    "a method without self": [withFunction({ name: "[method]x.y" }, ["x"]), /does not borrow/],
    "async that is no boolean": [withFunction({ name: "x", async: "yes" }), /async is not true/],
    "a result that is no type": [withFunction({ name: "x", result: {} }), /result is neither/],
  };
  for (const [name, [json, pattern]] of Object.entries(cases)) {
    test(name, () => {
      throws(
        () => contractFromDescriptor(json),
        (error) => {
          ok(error instanceof TenonError);
          strictEqual(error.code, "contract-invalid");
          ok(pattern.test(error.message), error.message);
          return true;
        },
      );
    });
  }
});

describe("hostile size is bounded", () => {
  test("types that nest too deep", () => {
    const deep = Array.from({ length: 5000 }, (_, index) => ({ option: index === 0 ? "u8" : index - 1 }));
    throws(() => contractFromDescriptor(around(deep)), /nests more than 100 types deep/);
  });
  test("types that double at every level", () => {
    const doubled = Array.from({ length: 60 }, (_, index) => ({
      tuple: index === 0 ? ["u8"] : [index - 1, index - 1],
    }));
    throws(() => contractFromDescriptor(around(doubled)), /more than 1000000 parts/);
  });
  test("a million entries", () => {
    const many = Array.from({ length: 1_000_000 }, () => ({ list: "u8" }));
    throws(() => contractFromDescriptor(around(many)), /above 100000 entries/);
  });
});

test("every damaged byte gives a contract-invalid error or an equal contract", () => {
  const text = JSON.stringify(good);
  let refused = 0;
  for (let at = 0; at < text.length; at += 3) {
    for (const other of ['"', "0", "[", "}", "z", "-"]) {
      let json: unknown;
      try {
        json = JSON.parse(text.slice(0, at) + other + text.slice(at + 1));
      } catch {
        continue; // not JSON any more, so it never reaches the reader
      }
      try {
        // What passes differs only where the digest does not look, such as the version in an id.
        const back = contractFromDescriptor(json);
        strictEqual(back.digest, contract.digest);
      } catch (error) {
        ok(error instanceof TenonError && error.code === "contract-invalid", String(error));
        refused += 1;
      }
    }
  }
  ok(refused > 1000, `only ${refused} damaged descriptors were refused`);
});
