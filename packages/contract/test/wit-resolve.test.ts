// What the front end's callers rely on: options, diagnostics, world selection, folders, and details of the IR.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatDiagnostic,
  loadWit,
  printWit,
  resolveWit,
  selectWorld,
  TenonError,
  WitError,
  type WitFiles,
} from "@tenon/contract";
import { asJson, fixture, nodeFiles } from "./wit-files.ts";

function faults(run: () => unknown): WitError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof WitError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

/** Files from memory, for folders that are awkward to keep in a repository. */
function memory(tree: Readonly<Record<string, string>>): WitFiles {
  return {
    readDirectory(path) {
      const inside = Object.keys(tree)
        .filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1));
      if (inside.length === 0) throw new Error(`no folder ${path}`);
      const names = new Set(inside.map((name) => name.split("/")[0] ?? ""));
      return [...names].map((name) => ({
        name,
        kind: inside.includes(name) ? ("file" as const) : ("directory" as const),
      }));
    },
    readText(path) {
      const text = tree[path];
      if (text === undefined) throw new Error(`no file ${path}`);
      return text;
    },
  };
}

describe("diagnostics", () => {
  it("show file, line, column, a frame and a hint", () => {
    const error = faults(() =>
      resolveWit("package a:b;\ninterface i {\n\ttype t = float32;\n}\n", { path: "x/y.wit" }),
    );
    assert.deepEqual(asJson(error.diagnostics), [
      {
        file: "x/y.wit",
        line: 3,
        column: 11,
        message: "type `float32` does not exist",
        hint: "it is called `f32`",
        frame: "  3 | \ttype t = float32;\n    | \t         ^^^^^^^",
      },
    ]);
    assert.match(
      formatDiagnostic(error.diagnostics[0] ?? assert.fail()),
      /^x\/y\.wit:3:11: type `float32` does not exist\n  hint: it is called `f32`\n/,
    );
    assert.equal(error.code, "wit-invalid");
    assert.ok(error instanceof TenonError);
    assert.match(error.message, /^\[wit-invalid\] x\/y\.wit:3:11: .*; it is called `f32`$/);
  });

  it("name every independent fault, and none that only follows from another", () => {
    const text = `package a:b;
interface one { type t = missing; }
interface two { use one.{t}; f: func() -> t; }
interface three { g: func(a: u8, a: u8); }
world w { import nowhere; }`;
    const error = faults(() => resolveWit(text));
    assert.deepEqual(
      error.diagnostics.map(({ line, message }) => [line, message]),
      [
        [2, "type `missing` does not exist"],
        [4, "name `a` is defined more than once"],
        [5, "interface or world `nowhere` does not exist"],
      ],
    );
  });

  it("come from every broken file of a folder", () => {
    const files = memory({ "p/a.wit": "package a:b", "p/b.wit": "interface {}", "p/deps/c.wit": "package c:d; world" });
    const error = faults(() => loadWit("p", files));
    assert.deepEqual(
      error.diagnostics.map(({ file, line }) => `${file}:${line}`),
      ["p/a.wit:1", "p/b.wit:1", "p/deps/c.wit:1"],
    );
  });

  it("give the second place where a package is there twice", () => {
    const files = memory({ "p/a.wit": "package a:b;", "p/deps/x.wit": "package c:d;", "p/deps/y.wit": "package c:d;" });
    const [first] = faults(() => loadWit("p", files)).diagnostics;
    assert.deepEqual([first?.file, first?.hint], ["p/deps/y.wit", "the other one is at p/deps/x.wit:1:9"]);
  });
});

describe("folders", () => {
  it("hold one package over several files, with deps as folders and files", () => {
    const { resolve, rootPackage } = loadWit(`${fixture("ok/shop")}/`, nodeFiles);
    assert.deepEqual(
      resolve.packages.map((pkg) => pkg.name),
      ["demo:money", "demo:stock@3.1.0", "demo:shop@1.0.0"],
    );
    assert.equal(rootPackage, 2);
    const world = resolve.worlds[selectWorld(resolve, rootPackage)];
    const imported = Object.values(world?.imports ?? {}).map(
      (item) => "interface" in item && resolve.interfaces[item.interface.id]?.name,
    );
    assert.deepEqual(imported, ["amounts", "items"], "what an import needs is imported before it");
  });

  it("may be given as a single file", () => {
    assert.equal(loadWit(fixture("ok/types.wit"), nodeFiles).resolve.interfaces[0]?.name, "types");
  });

  it("say that binary packages are not supported", () => {
    const files = memory({ "p/a.wit": "package a:b;", "p/deps/wasi.wasm": "\0asm" });
    assert.match(
      faults(() => loadWit("p", files)).diagnostics[0]?.message ?? "",
      /binary WIT packages are not supported/,
    );
  });

  it("say what is not there", () => {
    assert.throws(
      () => loadWit(fixture("nothing"), nodeFiles),
      (error) => error instanceof TenonError && error.code === "file-missing",
    );
    const broken: WitFiles = {
      ...memory({ "p/a.wit": "" }),
      readText: () => {
        throw new Error("no permission");
      },
    };
    assert.throws(
      () => loadWit("p", broken),
      (error) => error instanceof TenonError && error.code === "file-missing" && error.what.includes("p/a.wit"),
    );
    const files = memory({ "p/readme.md": "" });
    assert.match(faults(() => loadWit("p", files)).diagnostics[0]?.message ?? "", /no `package` header/);
  });
});

describe("features", () => {
  const gates = nodeFiles.readText(fixture("ok/gates.wit"));
  const names = (features: readonly string[]): string[] => {
    const { resolve } = resolveWit(gates, { features });
    return resolve.interfaces.flatMap((iface) => [
      iface.name ?? "",
      ...Object.keys(iface.types),
      ...Object.keys(iface.functions),
    ]);
  };

  it("leave out what is unstable unless its feature is on", () => {
    assert.deepEqual(names([]), ["stable", "old", "bytes"]);
    assert.deepEqual(names(["active"]), ["stable", "old", "fresh", "bytes"]);
    assert.deepEqual(names(["off"]), ["stable", "hidden", "old", "later", "bytes", "experimental", "t"]);
    assert.equal(resolveWit(gates, { allFeatures: true }).resolve.interfaces.length, 2);
  });

  it("do not put the gate of one anonymous type on an equal one elsewhere", () => {
    const { resolve } = resolveWit(gates);
    assert.deepEqual(asJson(resolve.types), [{ name: null, kind: { list: "u8" }, owner: null }]);
  });
});

describe("worlds", () => {
  it("are chosen by name, by id, or because there is only one", () => {
    const { resolve, rootPackage } = resolveWit(nodeFiles.readText(fixture("ok/nested.wit")));
    const chosen = (name?: string): string | undefined => resolve.worlds[selectWorld(resolve, rootPackage, name)]?.name;
    assert.equal(chosen(), "both");
    assert.equal(chosen("both"), "both");
    assert.equal(chosen("demo:root/both"), "both");
    assert.equal(chosen("demo:inner/w@1.0.0"), "w");
    assert.throws(
      () => chosen("constructor"),
      /no world constructor in package demo:root; name one of: .*demo:inner\/w@1\.0\.0/,
    );
    assert.throws(() => chosen("demo:inner/w"), /several versions/);
    assert.throws(() => chosen("far:away/w"), /package far:away is not here/);
  });

  it("need a name where a package has several or none", () => {
    const several = resolveWit("package a:b; world x {} world y {}");
    assert.throws(
      () => selectWorld(several.resolve, several.rootPackage),
      /several worlds; name one of: a:b\/x, a:b\/y/,
    );
    const none = resolveWit("package a:b;");
    assert.throws(() => selectWorld(none.resolve, none.rootPackage), /no world; add a world/);
  });

  it("copy what an included world defines, under new names where they are given", () => {
    const { resolve, rootPackage } = resolveWit(
      "package a:b; world one { resource r { m: func(); } import f: func(x: r); } world two { include one with { r as s, f as g } }",
    );
    const two = resolve.worlds[selectWorld(resolve, rootPackage, "two")];
    assert.deepEqual(Object.keys(two?.imports ?? {}), ["s", "g", "[method]s.m"]);
    const item = two?.imports["s"];
    assert.deepEqual(item !== undefined && "type" in item && asJson(resolve.types[item.type]), {
      name: "s",
      kind: "resource",
      owner: { world: 1 },
    });
  });

  it("know an interface under a label from one under its id", () => {
    const { resolve } = resolveWit(
      "package a:b; interface i {} world w { import i; import copy: i; import inline: interface {} }",
    );
    assert.deepEqual(asJson(resolve.worlds[0]?.imports), {
      "interface-0": { interface: { id: 0 } },
      copy: { interface: { id: 0 } },
      inline: { interface: { id: 1 } },
    });
    assert.equal(resolve.interfaces[1]?.name, null);
  });
});

describe("text", () => {
  it("may have Windows line ends", () => {
    const { resolve } = resolveWit(
      "package a:b;\r\n\r\n/// One\r\n///   two\r\ninterface i {\r\n  f: func();\r\n}\r\n",
    );
    assert.equal(resolve.interfaces[0]?.docs?.contents, "One\n  two");
    assert.equal(
      faults(() => resolveWit("package a:b;\r\ninterface i {\r\n  f: nope;\r\n}")).diagnostics[0]?.frame.includes("\r"),
      false,
    );
  });

  it("documents items with the comments before them", () => {
    const { resolve } = resolveWit(
      "/// Of the package\npackage a:b;\n// Plain\n/* block */\ninterface i { /** one\n  two */ f: func(); }",
    );
    assert.equal(resolve.packages[0]?.docs?.contents, "Of the package");
    assert.equal(resolve.interfaces[0]?.docs?.contents, " Plain\n* block */");
    assert.equal(resolve.interfaces[0]?.functions["f"]?.docs?.contents, "one\n  two");
  });

  it("keeps external ids to the letter", () => {
    const { resolve } = resolveWit(nodeFiles.readText(fixture("ok/names.wit")));
    assert.equal(resolve.interfaces[0]?.functions["func"]?.external_id, 'a "quoted" \u{1f600} id\n');
  });

  it("prints a single package alone", () => {
    const { resolve } = loadWit(fixture("ok/shop"), nodeFiles);
    assert.equal(
      printWit(resolve, 1, { alone: true }),
      `package demo:stock@3.1.0;

interface items {
  use demo:money/amounts.{amount as price};
  record item {
    sku: string,
    cost: price,
  }
}
`,
    );
  });

  it("of a damaged Resolve is refused, not printed without end", () => {
    const kind = { list: 0 };
    const resolve = {
      worlds: [],
      interfaces: [{ name: "i", types: { t: 1 }, functions: {}, package: 0 }],
      types: [
        { name: null, kind, owner: null },
        { name: "t", kind, owner: { interface: 0 } },
      ],
      packages: [{ name: "a:b", interfaces: { i: 0 }, worlds: {} }],
    };
    assert.throws(
      () => printWit(resolve, 0),
      (error) => error instanceof TenonError && error.code === "contract-invalid",
    );
    assert.throws(
      () => printWit(resolve, 7),
      (error) => error instanceof TenonError && error.code === "contract-invalid",
    );
  });
});
