// What leaves a contract's digests alone, and what changes them.
import { match, notStrictEqual, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import type { Contract, ContractInterface } from "@tenon/contract";
import { contractOf } from "./contract-of.ts";

const BASE = `
package acme:tool@1.0.0;

interface host {
  log: func(text: string);
}

interface work {
  type path = string;
  record job { source: path, level: u8, tag: option<string> }
  variant outcome { done(u64), failed(string), skipped }
  enum mode { fast, small }
  flags rights { read, write }
  resource handle {
    constructor(name: string);
    next: func(by: u32) -> u32;
    open: static func(path: path) -> result<handle, string>;
  }
  run: func(job: job, mode: mode, rights: rights) -> outcome;
  jobs: func(depth: tuple<u8, s32>) -> list<job>;
  take: func(it: handle, other: borrow<handle>);
}

world plugin {
  import host;
  export work;
  export ping: func() -> bool;
}
`;

const base = contractOf(BASE);

function find(contract: Contract, key: string): ContractInterface {
  const found = [...contract.exports, ...contract.imports].find((one) => one.key === key);
  if (found === undefined) throw new Error(`no interface ${key}`);
  return found;
}

function edit(from: string | RegExp, to: string): Contract {
  const text = BASE.replace(from, to);
  notStrictEqual(text, BASE, `the edit ${String(from)} does nothing`);
  return contractOf(text);
}

test("digests say what they are", () => {
  match(base.digest, /^abi:sha256:[0-9a-f]{64}$/);
  match(find(base, "work").digest, /^i:sha256:[0-9a-f]{64}$/);
});

describe("the digest stays", () => {
  const same: Record<string, [string | RegExp, string]> = {
    "for docs": ["  run: func", "  /// Runs the job.\n  run: func"],
    "for gates": ["  run: func", "  @since(version = 1.0.0)\n  run: func"],
    "for another package version": ["acme:tool@1.0.0", "acme:tool@2.3.4"],
    "without a package version": ["acme:tool@1.0.0", "acme:tool"],
    "for another order of functions": [/(  run: .*\n)(  jobs: .*\n)/, "$2$1"],
    "for another order of types": [/(  enum mode.*\n)(  flags rights.*\n)/, "$2$1"],
    "for another order of world items": ["  import host;\n  export work;", "  export work;\n  import host;"],
    "for another world name": ["world plugin", "world tool"],
  };
  for (const [name, [from, to]] of Object.entries(same)) {
    test(name, () => strictEqual(edit(from, to).digest, base.digest));
  }
  test("for an alias in place of its type", () => {
    const aliased = edit("source: path", "source: string");
    strictEqual(aliased.digest, base.digest);
  });
  test("for a renamed type", () => {
    strictEqual(contractOf(BASE.replaceAll(/\bmode\b(?!:)/g, "speed")).digest, base.digest);
  });
});

describe("the digest changes", () => {
  const changes: Record<string, [string | RegExp, string]> = {
    "for a function's name": ["  run: func", "  start: func"],
    "for a new function": ["  run: func", "  stop: func();\n  run: func"],
    "for a parameter's name": ["run: func(job:", "run: func(task:"],
    "for the order of parameters": ["mode: mode, rights: rights", "rights: rights, mode: mode"],
    "for a parameter's type": ["log: func(text: string)", "log: func(text: char)"],
    "for a result": ["-> outcome", "-> result<outcome>"],
    "for async": ["run: func", "run: async func"],
    "for a field's name": ["level: u8", "weight: u8"],
    "for a field's type": ["level: u8", "level: u16"],
    "for a new field": ["level: u8", "level: u8, extra: bool"],
    "for the order of fields": ["source: path, level: u8", "level: u8, source: path"],
    "for a new case": ["skipped }", "skipped, later }"],
    "for a case's payload": ["done(u64)", "done"],
    "for the order of cases": ["enum mode { fast, small }", "enum mode { small, fast }"],
    "for a flag": ["read, write", "read, write, run"],
    "for a tuple": ["tuple<u8, s32>", "tuple<s32, u8>"],
    "for a method": ["    next: func(by: u32) -> u32;\n", ""],
    "for a method that becomes static": ["next: func", "next: static func"],
    "for a constructor": ["constructor(name: string)", "constructor()"],
    "for own in place of borrow": ["other: borrow<handle>", "other: handle"],
    "for an import less": ["  import host;\n", ""],
    "for an import that becomes an export": ["import host", "export host"],
    "for a function of the world": ["export ping: func() -> bool;", "export ping: func();"],
    "for an interface's name": [/\bhost\b/g, "outside"],
    "for the package's name": ["acme:tool", "acme:tools"],
  };
  const seen = new Map<string, string>([[base.digest, "the base"]]);
  for (const [name, [from, to]] of Object.entries(changes)) {
    test(name, () => {
      const { digest } = edit(from, to);
      strictEqual(seen.get(digest), undefined, "another contract has this digest");
      seen.set(digest, name);
    });
  }
});

test("an unchanged interface keeps its digest across versions of the contract", () => {
  const next = contractOf(BASE.replace("@1.0.0", "@2.0.0").replace("level: u8", "level: u64"));
  strictEqual(find(next, "host").digest, find(base, "host").digest);
  notStrictEqual(find(next, "work").digest, find(base, "work").digest);
  notStrictEqual(next.digest, base.digest);
});

test("a change in a type that another interface defines changes the interface that uses it", () => {
  const text = (field: string): string => `
    package a:b;
    interface types { record point { ${field}: u32 } }
    interface draw { use types.{point}; line: func(to: list<point>); }
    world w { export draw; }`;
  notStrictEqual(find(contractOf(text("x")), "draw").digest, find(contractOf(text("y")), "draw").digest);
});

test("types that share many parts are hashed in linear time", () => {
  const levels = Array.from({ length: 16 }, (_, n) => `type t${n + 1} = tuple<t${n}, t${n}>;`).join("\n");
  const contract = contractOf(
    `package a:b; interface i { type t0 = u8; ${levels} f: func(x: t16); } world w { export i; }`,
  );
  match(contract.digest, /^abi:/);
});
