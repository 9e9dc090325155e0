// The types that every form is tested with: each kind alone, and the combinations that have bitten codecs before.
import type { ContractFunction, Field, PrimitiveKind, ValueType } from "@tenon/contract";

export const p = (kind: PrimitiveKind): ValueType => ({ kind });
export const list = (element: ValueType, length?: number): ValueType =>
  length === undefined ? { kind: "list", element } : { kind: "list", element, length };
export const option = (item: ValueType): ValueType => ({ kind: "option", item });
export const tuple = (...items: ValueType[]): ValueType => ({ kind: "tuple", items });
export const record = (fields: Record<string, ValueType>): ValueType => ({
  kind: "record",
  fields: Object.entries(fields).map(([name, type]): Field => ({ name, type })),
});
export const variant = (cases: Record<string, ValueType | null>): ValueType => ({
  kind: "variant",
  cases: Object.entries(cases).map(([name, type]) => (type === null ? { name } : { name, type })),
});
export const result = (ok?: ValueType, err?: ValueType): ValueType => ({
  kind: "result",
  ...(ok && { ok }),
  ...(err && { err }),
});
export const map = (key: ValueType, value: ValueType): ValueType => ({ kind: "map", key, value });
export const enumOf = (...cases: string[]): ValueType => ({ kind: "enum", cases });
export const flagsOf = (...flags: string[]): ValueType => ({ kind: "flags", flags });
export const fn = (params: Record<string, ValueType>, outcome?: ValueType): ContractFunction => ({
  name: "call",
  kind: "freestanding",
  isAsync: false,
  params: Object.entries(params).map(([name, type]) => ({ name, type })),
  ...(outcome && { result: outcome }),
});

const KINDS: readonly PrimitiveKind[] = [
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
  "error-context",
];

const shared = record({ "a-b": p("string"), n: option(p("u16")) });

export const TYPES: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ...KINDS.map((kind): [string, ValueType] => [kind, p(kind)]),
  ...KINDS.map((kind): [string, ValueType] => [`list<${kind}>`, list(p(kind))]),
  ...KINDS.map((kind): [string, ValueType] => [`list<${kind}, 3>`, list(p(kind), 3)]),
  ...KINDS.map((kind): [string, ValueType] => [`option<${kind}>`, option(p(kind))]),
  ["record", record({ path: p("string"), "target-dir": option(p("string")), level: p("u8") })],
  ["record of one number", record({ "b-c": p("s16") })],
  [
    "record of prototype names",
    record({ constructor: p("u8"), "to-string": option(p("string")), "value-of": p("bool") }),
  ],
  ["record that is all options", record({ a: option(p("u8")), b: option(option(p("u8"))) })],
  ["empty record", record({})],
  ["tuple", tuple(p("u8"), p("string"), list(p("u8")))],
  ["empty tuple", tuple()],
  ["list of zero-size values", list(tuple())],
  [
    "variant",
    variant({
      none: null,
      ok: p("string"),
      "days-left": p("u32"),
      both: tuple(p("u8"), p("u8")),
      maybe: option(p("u8")),
    }),
  ],
  [
    "variant of 200 cases",
    variant(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`c${index}`, index % 2 ? p("u8") : null]))),
  ],
  ["enum", enumOf("debug", "release", "true", "none")],
  ["enum of 300 cases", enumOf(...Array.from({ length: 300 }, (_, index) => `c${index}`))],
  ["flags", flagsOf("read", "write-all", "constructor")],
  ["flags of 8", flagsOf(..."abcdefgh")],
  ["flags of 9", flagsOf(..."abcdefghi")],
  ["flags of 70", flagsOf(...Array.from({ length: 70 }, (_, index) => `f${index}`))],
  ["option<option<u8>>", option(option(p("u8")))],
  ["option<option<option<string>>>", option(option(option(p("string"))))],
  ["option<list<option<u8>>>", option(list(option(p("u8"))))],
  ["option<result<u8>>", option(result(p("u8")))],
  ["option<variant>", option(variant({ none: null, some: p("u8") }))],
  ["result", result()],
  ["result<u8>", result(p("u8"))],
  ["result<_, string>", result(undefined, p("string"))],
  ["result<option<u8>, enum>", result(option(p("u8")), enumOf("a", "b"))],
  ["result<result<u8>, string>", result(result(p("u8")), p("string"))],
  ["map<string, u32>", map(p("string"), p("u32"))],
  ["map<char, list<u8>>", map(p("char"), list(p("u8")))],
  ["map<u64, map<bool, string>>", map(p("u64"), map(p("bool"), p("string")))],
  ["list of records", list(record({ name: p("string"), data: list(p("f32")) }))],
  ["list<list<u32>, 2>", list(list(p("u32")), 2)],
  ["shared part", tuple(shared, shared, list(shared))],
]);

export const BUILD_REQUEST: ValueType = record({
  path: p("string"),
  target: p("string"),
  args: list(p("string")),
  env: list(tuple(p("string"), p("string"))),
});
export const BUILD_RESULT: ValueType = result(
  record({ artifact: list(p("u8")), log: p("string") }),
  variant({ failed: p("string"), cancelled: null }),
);
