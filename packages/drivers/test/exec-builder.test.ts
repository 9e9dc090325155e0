// Command lines as builder plugins, by the manifests of docs/spec/exec-mapping.md alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { execDriver } from "@tenon/drivers/exec";
import { createHost } from "@tenon/host";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const { resolve } = resolveWit(readFileSync(join(ROOT, "contracts/builder/frozen/0.1.0/builder.wit"), "utf8"));
const contract = contractFromResolve(
  resolve,
  resolve.worlds.findIndex(({ name }) => name === "plugin"),
);
const page = readFileSync(join(ROOT, "docs/spec/exec-mapping.md"), "utf8");

function manifest(file: string): Record<string, unknown> {
  const text = page.split(`\`\`\`json file=${file}\n`)[1]?.split("\n```")[0];
  assert.ok(text !== undefined, `the page shows no ${file}`);
  return JSON.parse(text) as Record<string, unknown>;
}

const work = mkdtempSync(join(tmpdir(), "exec-builder-"));
const logs: string[] = [];
const host = createHost({ drivers: [execDriver], onLog: ({ text }) => logs.push(text) });
after(async () => {
  await host.close();
  rmSync(work, { recursive: true });
});

function project(
  name: string,
  files: Readonly<Record<string, string>>,
): { readonly folder: string; readonly out: string } {
  const [folder, out] = [join(work, name), join(work, `${name}-out`)];
  mkdirSync(join(folder, "src"), { recursive: true });
  mkdirSync(out);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return { folder, out };
}

const imports = new Proxy({}, { get: () => new Proxy({}, { get: () => () => {} }) });
const load = (id: string, artifact: object) => host.load(contract, { id, boundary: "exec", artifact, imports });
const request = (folder: string, outDir: string, more: object = {}) => ({
  project: folder,
  entry: undefined,
  target: undefined,
  release: false,
  outDir,
  options: [],
  ...more,
});

describe("esbuild by its manifest alone", () => {
  const artifact = { ...manifest("esbuild.json"), base: ROOT };
  const MAIN = 'import { greet } from "./greet";\nconsole.log(greet(NAME));\n';
  const GREET =
    "declare global { const NAME: string }\nexport const greet = (name: string): string => `Hello, ${name}`;\n";

  test("says what it is, finds its projects and its tool", async () => {
    const plugin = await load("esbuild-info", artifact);
    assert.equal(((await plugin.invoke("builder.info", [])) as { name: string }).name, "esbuild");
    assert.deepEqual(await plugin.invoke("builder.detect", [["README.md", "src/a.ts", "src/main.ts"]]), {
      language: "typescript",
      confidence: 80,
      entry: "src/main.ts",
    });
    assert.deepEqual(await plugin.invoke("builder.detect", [["Cargo.toml"]]), undefined);
    const [tool] = (await plugin.invoke("builder.check-tools", [])) as { found: boolean; version: string }[];
    assert.equal(tool?.found, true);
    assert.match(tool.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(await plugin.invoke("builder.clean", ["/p", "/o"]), { tag: "ok", val: [] });
  });

  test("builds a program that runs", async () => {
    const { folder, out } = project("good", { "src/main.ts": MAIN, "src/greet.ts": GREET });
    const plugin = await load("esbuild-good", artifact);
    const result = (await plugin.invoke("builder.build", [
      request(folder, out, { release: true, options: [["NAME", '"Ada"']] }),
    ])) as {
      tag: string;
      val: { artifacts: { path: string; size: bigint; kind: string }[]; run: { program: string; args: string[] } };
    };
    assert.equal(
      result.tag,
      "ok",
      JSON.stringify(result, (_, value) => (typeof value === "bigint" ? String(value) : value)),
    );
    assert.deepEqual(
      result.val.artifacts.map(({ path, kind }) => [path, kind]),
      [
        ["main.js", "script"],
        ["main.js.map", "auxiliary"],
      ],
    );
    assert.equal(result.val.artifacts[0]?.size, BigInt(readFileSync(join(out, "main.js")).length));
    assert.deepEqual(result.val.run, { program: "node", args: ["main.js"] });
    assert.equal(spawnSync(process.execPath, ["main.js"], { cwd: out, encoding: "utf8" }).stdout, "Hello, Ada\n");
  });

  test("gives the compiler's diagnostics as data, and warnings of a build that succeeds", async () => {
    const { folder, out } = project("bad", {
      "src/main.ts": 'import { b } from "./missing";\nlet x = b === NaN;\n',
      "src/warn.ts": "console.log(Number(1) === NaN);\n",
    });
    const plugin = await load("esbuild-bad", artifact);
    assert.deepEqual(await plugin.invoke("builder.build", [request(folder, out)]), {
      tag: "err",
      val: {
        tag: "compile-failed",
        val: [
          {
            severity: "warning",
            message: 'Comparison with NaN using the "===" operator here is always false',
            file: "src/main.ts",
            line: 2,
            column: 11,
            code: "equals-nan",
          },
          {
            severity: "error",
            message: 'Could not resolve "./missing"',
            file: "src/main.ts",
            line: 1,
            column: 19,
            code: undefined,
          },
        ],
      },
    });
    const warned = (await plugin.invoke("builder.build", [request(folder, out, { entry: "src/warn.ts" })])) as {
      tag: string;
      val: { diagnostics: { code: string }[] };
    };
    assert.equal(warned.tag, "ok");
    assert.deepEqual(
      warned.val.diagnostics.map(({ code }) => code),
      ["equals-nan"],
    );
    assert.ok(
      logs.some((line) => line.includes("Could not resolve")),
      "stderr is logged too",
    );
  });

  test("a caller's entry is no option", async () => {
    const { folder, out } = project("evil", { "src/main.ts": "" });
    const plugin = await load("esbuild-evil", artifact);
    const result = (await plugin.invoke("builder.build", [request(folder, out, { entry: "--watch" })])) as {
      val: { tag: string; val: { message: string }[] };
    };
    assert.equal(result.val.tag, "compile-failed");
    assert.match(result.val.val[0]?.message ?? "", /Could not resolve "\.\/--watch"/);
  });

  test("where it is not installed, the plugin loads and says so", async () => {
    const { path: _, ...rest } = { ...artifact, program: "no-such-esbuild" } as Record<string, unknown>;
    const plugin = await load("esbuild-missing", rest);
    assert.deepEqual(await plugin.invoke("builder.build", [request(work, work)]), {
      tag: "err",
      val: {
        tag: "tool-missing",
        val: [{ name: "esbuild", found: false, version: undefined, hint: "npm install esbuild" }],
      },
    });
  });
});

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;
describe(
  "a stand-alone program of the form `builder build PROJECT`",
  { skip: hasCargo ? false : "cargo is not installed" },
  () => {
    const BUILDER = `#!/bin/sh
# builder build [--release] --out FOLDER -- PROJECT
verb=$1; shift; out=; mode=debug; flag=
while [ $# -gt 0 ]; do case $1 in
  --release) mode=release; flag=--release; shift ;;
  --out) out=$2; shift 2 ;;
  --) project=$2; shift 2 ;;
  *) exit 64 ;;
esac; done
[ "$verb" = build ] || exit 0
cargo build --offline --quiet $flag --manifest-path "$project/Cargo.toml" --target-dir "$project/target" || exit 1
name=$(sed -n 's/^name = "\\(.*\\)"/\\1/p' "$project/Cargo.toml")
cp "$project/target/$mode/$name" "$out/$name" && echo "$name"
`;
    const CARGO = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n';
    const base = join(work, "tools");
    mkdirSync(base);
    writeFileSync(join(base, "builder"), BUILDER);
    chmodSync(join(base, "builder"), 0o755);
    const artifact = { ...manifest("builder.json"), base };

    test("builds Rust, and gives rustc's diagnostics", async () => {
      const { folder, out } = project("rust", {
        "Cargo.toml": CARGO,
        "src/main.rs": 'fn main() {\n    println!("{}", (1..=10).sum::<u32>());\n}\n',
      });
      const plugin = await load("rust", artifact);
      assert.deepEqual(await plugin.invoke("builder.detect", [["Cargo.toml", "src/main.rs"]]), {
        language: "rust",
        confidence: 100,
        entry: "Cargo.toml",
      });
      const built = (await plugin.invoke("builder.build", [request(folder, out)], { deadlineMs: 120_000 })) as {
        tag: string;
        val: { run: { program: string } };
      };
      assert.equal(
        built.tag,
        "ok",
        JSON.stringify(built, (_, value) => (typeof value === "bigint" ? String(value) : value)),
      );
      assert.equal(spawnSync(join(out, built.val.run.program), { encoding: "utf8" }).stdout, "55\n");
      cpSync(join(folder, "Cargo.toml"), join(folder, "Cargo.toml.bak"));
      writeFileSync(join(folder, "src/main.rs"), 'fn main() {\n    let x: i32 = "a";\n}\n');
      const failed = (await plugin.invoke("builder.build", [request(folder, out)], { deadlineMs: 120_000 })) as {
        val: { tag: string; val: object[] };
      };
      assert.equal(failed.val.tag, "compile-failed");
      assert.deepEqual(
        failed.val.val.find((one) => "code" in one && one.code === "E0308"),
        { severity: "error", message: "mismatched types", file: "src/main.rs", line: 2, column: 18, code: "E0308" },
      );
    });
  },
);
