// `tenon contract` freeze, check, diff, next-version and explain, over folders on disk.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT, tenon, workFolder, type Outcome } from "./run.ts";

const WIT = `package demo:shop@1.0.0;

interface host {
  log: func(text: string);
}

interface plugin {
  enum size {
    small,
    large,
  }
  record order {
    id: u32,
    size: size,
  }
  pack: func(order: order) -> u32;
}

world shop {
  import host;
  export plugin;
}
`;

class Folder {
  readonly path: string = workFolder();

  constructor() {
    this.wit((text) => text);
  }

  wit(change: (text: string) => string): void {
    const path = join(this.path, "contract/shop.wit");
    mkdirSync(join(this.path, "contract"), { recursive: true });
    writeFileSync(path, change(WIT));
  }

  run(...args: string[]): Promise<Outcome> {
    return tenon(["contract", ...args], { cwd: this.path });
  }

  text(path: string): string {
    return readFileSync(join(this.path, "contract", path), "utf8");
  }
}

test("the builder contract is checked as it is, and is frozen", async () => {
  const { code, out, err } = await tenon(["contract", "check", join(ROOT, "contracts/builder"), "--frozen"]);
  assert.equal(code, 0, out + err);
  assert.match(out, /frozen as \d+\.\d+\.\d+/);
});

describe("freeze", () => {
  test("works the version out, writes it into the text and leaves what is frozen alone", async () => {
    const folder = new Folder();
    assert.equal((await folder.run("freeze", "contract")).code, 0);
    const first = folder.text("frozen/1.0.0/snapshot.json");
    assert.match((await folder.run("freeze", "contract")).out, /nothing to freeze/);
    folder.wit((text) => text.replace("id: u32,", "id: u32,\n    note: option<string>,"));
    assert.equal((await folder.run("next-version", "contract")).out, "1.1.0\n");
    assert.match((await folder.run("freeze", "contract")).out, /^frozen 1\.1\.0 /);
    assert.match(folder.text("shop.wit"), /^package demo:shop@1\.1\.0;/);
    assert.match(folder.text("frozen/1.1.0/shop.wit"), /^package demo:shop@1\.1\.0;/);
    assert.equal(folder.text("frozen/1.0.0/snapshot.json"), first);
    assert.deepEqual(readdirSync(join(folder.path, "contract/frozen")).sort(), ["1.0.0", "1.1.0"]);
    const { code, out } = await folder.run("check", "contract", "--frozen");
    assert.equal(code, 0, out);
    assert.match(out, /1\.0\.0 +supported +adapted-total/);
  });

  test("an annotation is a patch: adapters go by it, though nothing else changed", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    folder.wit((text) => text.replace("small,", "/// Fits a pocket.\n    small,"));
    assert.match((await folder.run("freeze", "contract")).out, /nothing to freeze/);
    folder.wit((text) => text.replace("small,", "/// @fallback\n    small,"));
    assert.match((await folder.run("freeze", "contract")).out, /^frozen 1\.0\.1 /);
    folder.wit((text) => text.replace("@1.0.0", "@1.0.1").replace("small,", "/// @fallback\n    small,\n    huge,"));
    assert.equal((await folder.run("next-version", "contract")).out, "1.1.0\n");
  });

  test("refuses to break plugins of a supported version, unless they are given up", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    folder.wit((text) => text.replace("large,", "large,\n    huge,"));
    const refused = await folder.run("freeze", "contract");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /MIGRATION_REQUIRED 1\.0\.0.*ENUM_CASE_NO_ADD_IN plugin#size\.huge/s);
    assert.equal((await folder.run("next-version", "contract")).out, "2.0.0\n");
    const { code, out } = await folder.run("freeze", "contract", "--drop");
    assert.equal(code, 0);
    assert.match(out, /frozen 2\.0\.0.*plugins built for 1\.0\.0 are given up/s);
    assert.equal((await folder.run("check", "contract")).code, 0);
  });

  test("what was frozen under another text is not frozen", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    const codegen = async (): Promise<string> => {
      assert.equal((await tenon(["codegen", "contract", "--out", "out"], { cwd: folder.path })).code, 0);
      return readFileSync(join(folder.path, "out/shop.ts"), "utf8");
    };
    assert.match(await codegen(), /^ {2}frozen: "1\.0\.0",$/m);
    folder.wit((text) => text.replace("id: u32,", "id: u64,"));
    assert.doesNotMatch(await codegen(), /frozen:/);
    assert.equal((await folder.run("check", "contract", "--frozen")).code, 1);
  });
});

describe("check", () => {
  test("fails when a frozen file changed, is gone, or was put there by hand", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    const frozen = join(folder.path, "contract/frozen");
    const kept = join(folder.path, "kept");
    cpSync(frozen, kept, { recursive: true });
    appendFileSync(join(frozen, "1.0.0/shop.wit"), "// a remark\n");
    const edited = await folder.run("check", "contract");
    assert.equal(edited.code, 1);
    assert.match(edited.out, /FROZEN_NO_EDIT +frozen\/1\.0\.0\/shop\.wit is not what was frozen/);
    cpSync(kept, frozen, { recursive: true });
    mkdirSync(join(frozen, "0.9.0"));
    writeFileSync(join(frozen, "0.9.0/shop.wit"), WIT);
    assert.match((await folder.run("check", "contract")).out, /frozen\/0\.9\.0\/shop\.wit was never frozen/);
  });

  test("--sarif names the rule and the line", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    folder.wit((text) => text.replace("large,", "large,\n    huge,"));
    assert.equal((await folder.run("check", "contract", "--sarif", "out.sarif")).code, 1);
    const log = JSON.parse(readFileSync(join(folder.path, "out.sarif"), "utf8")) as {
      readonly version: string;
      readonly runs: readonly [
        {
          readonly results: readonly {
            readonly ruleId: string;
            readonly level: string;
            readonly locations: readonly [
              {
                readonly physicalLocation: {
                  readonly region: { readonly startLine: number };
                  readonly artifactLocation: { readonly uri: string };
                };
              },
            ];
          }[];
        },
      ];
    };
    assert.equal(log.version, "2.1.0");
    const found = log.runs[0].results.find(({ ruleId }) => ruleId === "ENUM_CASE_NO_ADD_IN")!;
    const { region, artifactLocation } = found.locations[0].physicalLocation;
    const line =
      folder
        .text("shop.wit")
        .split("\n")
        .findIndex((text) => text.includes("huge")) + 1;
    assert.deepEqual([found.level, artifactLocation.uri, region.startLine], ["error", "contract/shop.wit", line]);
  });
});

describe("diff", () => {
  test("says who breaks and why, and answers by its exit code", async () => {
    const folder = new Folder();
    await folder.run("freeze", "contract");
    folder.wit((text) =>
      text.replace("-> u32", "-> u16").replace("log: func", "warn: func(text: string);\n  log: func"),
    );
    const diff = (...more: string[]): Promise<Outcome> =>
      folder.run("diff", "contract/frozen/1.0.0", "contract", ...more);
    const { code, out } = await diff();
    assert.equal(code, 1);
    assert.match(out, /adapted-partial, 1 change breaks/);
    assert.match(
      out,
      /x plugin\.pack -> result {2}INT_NO_NARROW {2}major\n +before +u32\n +after +u16\n +adapters +partial: a u32 that is no u16 is refused/,
    );
    assert.match(out, /^\+ the host offers the function host\.warn$/m);
    assert.equal((await diff("--allow", "major")).code, 0);
    const json = JSON.parse((await diff("--json", "--for", "source")).out) as {
      findings: { rule: string; fix: string }[];
    };
    assert.deepEqual(
      json.findings.map(({ rule }) => rule),
      ["INT_NO_NARROW"],
    );
  });

  test("a wrong annotation is a diagnostic with its place", async () => {
    const folder = new Folder();
    folder.wit((text) => text.replace("id: u32,", "/// The number.\n    /// @default one\n    id: u32,"));
    const { code, err } = await folder.run("diff", "contract", "contract");
    assert.equal(code, 1);
    assert.match(err, /shop\.wit:14:9: @default needs a JSON value after it/);
    folder.wit((text) => text.replace("small,", "/// @falback\n    small,"));
    assert.match(
      (await folder.run("check", "contract")).err,
      /there is no annotation @falback\n +hint: write `@fallback`/,
    );
    folder.wit((text) => text.replace("id: u32,", "/// @default -1\n    id: u32,"));
    assert.match((await folder.run("check", "contract")).err, /the default of id is no value of its type/);
  });
});

test("explain knows every rule", async () => {
  const folder = new Folder();
  const { out } = await folder.run("explain");
  const json = JSON.parse((await folder.run("explain", "--json")).out) as Record<string, unknown>;
  assert.equal(out.trim().split("\n").length, Object.keys(json).length);
  assert.match((await folder.run("explain", "enum-case-no-add-in")).out, /mark a case `@fallback`/);
  assert.equal((await folder.run("explain", "nonsense")).code, 2);
});
