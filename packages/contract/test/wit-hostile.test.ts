// WIT that was written to break a parser: a diagnostic or a result, in bounded time, and nothing else.
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { formatDiagnostic, normalizeResolve, printWit, resolveWit, WitError } from "@tenon/contract";
import { fixture, nodeFiles } from "./wit-files.ts";

const N = 100_000;
const head = "package a:b;\n";

function repeat(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join("");
}

/** The first diagnostic's message, or undefined where the text resolves; any other error fails the test. */
function verdict(text: string): string | undefined {
  try {
    const { resolve, rootPackage } = resolveWit(text, { allFeatures: true });
    printWit(resolve, rootPackage);
    normalizeResolve(resolve);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof WitError, String(error));
    assert.ok(error.message.length < 1000, "a message stays short");
    for (const diagnostic of error.diagnostics)
      assert.ok(formatDiagnostic(diagnostic).length < 2000, "a frame stays short");
    return error.diagnostics[0]?.message;
  }
}

const rejected: readonly (readonly [name: string, text: () => string, message: RegExp])[] = [
  [
    "types nested 100,000 deep",
    () => `${head}interface i { type t = ${"list<".repeat(N)}u8${">".repeat(N)}; }`,
    /type nesting too deep/,
  ],
  ["packages nested 100,000 deep", () => head + repeat(N, (i) => `package a:b${i} {`), /package nesting too deep/],
  ["braces that never close", () => head + "{".repeat(N), /found `\{`/],
  ["comments that never close", () => head + "/*".repeat(N), /unterminated block comment/],
  [
    "20,000 aliases in a row",
    () => `${head}interface i { type t0 = u8; ${repeat(20_000, (i) => `type t${i + 1} = t${i};`)} }`,
    /more than 500 deep/,
  ],
  [
    "a cycle of 20,000 aliases",
    () => `${head}interface i { ${repeat(20_000, (i) => `type t${i} = t${(i + 1) % 20_000};`)} }`,
    /depends on itself/,
  ],
  [
    "a type that doubles 60 times",
    () => `${head}interface i { type t0 = u8; ${repeat(60, (i) => `type t${i + 1} = tuple<t${i}, t${i}>;`)} }`,
    /expands to more than/,
  ],
  [
    "interfaces that use each other 5,000 deep",
    () =>
      `${head}interface i0 { type u = u8; } ${repeat(5000, (i) => `interface i${i + 1} { use i${i}.{u as p}; type u = u8; }`)} world w { import i5000; }`,
    /interfaces use each other/,
  ],
  ["2,000 worlds that include each other", () => head + includeChain(2000), /expand to more than/],
  ["5,000 packages in a chain", () => head + packageChain(5000), /packages depend on each other/],
  ["a name of 10 MB", () => `${head}interface i { ${"x".repeat(1e7)} }`, /expected `:`/],
  ["an unknown type of 10 MB", () => `${head}interface i { type t = ${"x".repeat(1e7)}; }`, /does not exist/],
  [
    "a name of 5,000,000 words",
    () => `${head}interface i { type t = ${"x-".repeat(5e6)}; }`,
    /identifiers must have characters/,
  ],
  ["a version of 10 MB", () => `package a:b@${"1".repeat(1e7)}.0.0;`, /expected a version/],
  [
    "a list length of 10 MB",
    () => `${head}interface i { type t = list<u8, ${"1".repeat(1e7)}>; }`,
    /invalid list size/,
  ],
  ["a string without end", () => `${head}@external-id("${"a".repeat(1e7)}`, /no end on its line/],
  ["an attribute 100,000 times", () => `${head}${"@since(version = 1.0.0)".repeat(N)} interface i {}`, /@since twice/],
  ["__proto__ as a name", () => `${head}interface i { __proto__: func(); }`, /invalid character/],
  ["toString as a name", () => `${head}interface i { toString: func(); }`, /mixes lower and upper case/],
  ["a right-to-left override", () => `${head}interface i { /* \u202e */ }`, /U\+202E/],
  ["a control character", () => `${head}interface i { \u0007 }`, /U\+0007/],
  ["a replacement character", () => `${head}interface \ufffd {}`, /unexpected character/],
  ["half a surrogate pair", () => `${head}interface \ud800 {}`, /unexpected character/],
  ["a name with a letter that is not ASCII", () => `${head}interface na\u00efve {}`, /invalid character/],
  [
    "a label that looks like an index",
    () => `${head}interface x {} world w { import x; import interface-0: func(); }`,
    /interface-0/,
  ],
];

const accepted: readonly (readonly [name: string, text: () => string])[] = [
  ["comments nested 100,000 deep", () => head + "/*".repeat(N) + "*/".repeat(N)],
  ["a million enum cases", () => `${head}interface i { enum e { ${repeat(1e6, (i) => `c${i},`)} } }`],
  ["30,000 functions", () => `${head}interface i { ${repeat(30_000, (i) => `fn${i}: func(a: u32) -> u32;`)} }`],
  ["100,000 parameters", () => `${head}interface i { f: func(${repeat(N, (i) => `p${i}: u8,`)}); }`],
  ["a comment of 10 MB in one line", () => `// ${"x".repeat(1e7)}\n${head}`],
  ["10 MB of blanks", () => " ".repeat(1e7) + head],
  ["an external id of 10 MB", () => `${head}@external-id("${"a".repeat(1e7)}") interface i {}`],
];

function includeChain(length: number): string {
  return `world w0 { import fn: func(); } ${repeat(length, (i) => `world w${i + 1} { include w${i}; import fn${i}: func(); }`)}`;
}

/** Each package needs the next one, so that the first needs them all. */
function packageChain(length: number): string {
  const link = (i: number): string => `package p:x${i} { interface i {} world w { import p:x${i + 1}/i; } }`;
  return `${repeat(length, link)} package p:x${length} { interface i {} }`;
}

describe("hostile WIT", () => {
  for (const [name, text, message] of rejected)
    it(`rejects ${name}`, () => assert.match(verdict(text()) ?? "accepted", message));
  for (const [name, text] of accepted) it(`accepts ${name}`, () => assert.equal(verdict(text()), undefined));

  it("keeps names of Object.prototype as plain keys", () => {
    const text = `${head}interface %constructor { record valueof { %constructor: u8 } has-own-property: func(); %constructor: func(); }
      world w { import %constructor; import tostring: func(); }`;
    const { resolve } = resolveWit(text);
    const [iface, world] = [resolve.interfaces[0], resolve.worlds[0]];
    assert.deepEqual(Object.keys(iface?.functions ?? {}), ["has-own-property", "constructor"]);
    assert.deepEqual(Object.keys(world?.imports ?? {}), ["interface-0", "tostring"]);
    for (const map of [
      iface?.types,
      iface?.functions,
      world?.imports,
      world?.exports,
      resolve.packages[0]?.interfaces,
    ]) {
      assert.equal(Object.getPrototypeOf(map), null);
    }
    assert.equal(Object.hasOwn(Object.prototype, "valueof"), false);
  });

  it("clips the frame of a fault far to the right, and keeps its column", () => {
    const text = `${head}interface i { ${" ".repeat(1e6)}type t = missing; ${" ".repeat(1e6)}}`;
    assert.throws(
      () => resolveWit(text),
      (error) => {
        assert.ok(error instanceof WitError);
        const [first] = error.diagnostics;
        assert.equal(first?.column, 14 + 1e6 + "type t = ".length + 1);
        const [source = "", marks = ""] = first?.frame.split("\n") ?? [];
        assert.ok(source.length < 120 && source.includes("type t = missing"));
        assert.equal(source.indexOf("missing"), marks.indexOf("^"));
        return true;
      },
    );
  });
});

describe("mutated WIT", () => {
  it("gives a result or a WitError, whatever bytes are cut, doubled or exchanged", () => {
    const texts = ["ok", "fail"].flatMap((folder) =>
      readdirSync(fixture(folder))
        .map((name) => fixture(`${folder}/${name}`))
        .filter((path) => statSync(path).isFile())
        .map((path) => nodeFiles.readText(path)),
    );
    const random = seeded(20260822);
    let accepted = 0;
    for (let round = 0; round < 6000; round += 1) {
      const text = mutate(texts[random(texts.length)] ?? "", texts[random(texts.length)] ?? "", random);
      if (verdict(text) === undefined) accepted += 1;
    }
    // Both ends are worth nothing: neither a parser that refuses all of it nor one that swallows it.
    assert.ok(accepted > 300 && accepted < 4000, `${accepted} of 6000 accepted`);
  });
});

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const INSERTS = [
  "\0",
  "%",
  "<",
  ">",
  "{",
  "}",
  '"',
  "\\",
  "/*",
  "*/",
  "//",
  "@",
  "-",
  "\u202e",
  "\ud83d",
  "__proto__",
  "9".repeat(40),
  "borrow<r>",
];

function mutate(text: string, other: string, random: (below: number) => number): string {
  const [from, to] = [random(text.length), random(text.length)].sort((a, b) => a - b) as [number, number];
  const lines = text.split("\n");
  switch (random(6)) {
    case 0:
      return text.slice(0, from) + text.slice(Math.min(to, from + random(20)));
    case 1:
      return text.slice(0, from) + (INSERTS[random(INSERTS.length)] ?? "") + text.slice(from);
    case 2:
      return text.slice(0, to) + other.slice(random(other.length));
    case 3:
      lines.splice(random(lines.length), 0, lines[random(lines.length)] ?? "");
      return lines.join("\n");
    case 4:
      lines.splice(random(lines.length), 1);
      return lines.join("\n");
    default: {
      const words = text.match(/[a-z0-9-]+/g) ?? [];
      return text.replace(words[random(words.length)] ?? "", words[random(words.length)] ?? "");
    }
  }
}
