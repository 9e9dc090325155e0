// `tenon contract` over folders with migrations and a support window.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { misfits } from "../../registry/test/json-schema.ts";
import { ROOT, tenon, workFolder, type Outcome } from "./run.ts";

const wit = (version: string, body: string): string =>
  `package demo:shop@${version};\n\ninterface plugin {\n${body}\n  pack: func(order: order) -> u32;\n}\n\nworld shop {\n  export plugin;\n}\n`;
const FIRST = wit("1.0.0", "  record order {\n    id: u32,\n    price: u32,\n  }");
const SECOND = wit(
  "1.0.0",
  "  record money {\n    cents: u64,\n  }\n  record order {\n    id: u32,\n    price: money,\n  }",
);
const migration = (down: string): string =>
  `export default {
  from: "1.0.0",
  to: "2.0.0",
  types: {
    "plugin#order": {
      up: { price: ({ price }) => ({ cents: 100n * BigInt(price) }) },
      down: { price: ({ price }) => ${down} },
    },
  },
  lossy: ["plugin#money.cents"],
};
`;
/** Total: no price of 1.0.0 is as high. */
const GOOD = migration("Number(price.cents / 100n > 0xffff_ffffn ? 0xffff_ffffn : price.cents / 100n)");

class Folder {
  readonly path: string = workFolder();

  write(path: string, text: string): void {
    const whole = join(this.path, "contract", path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
  }

  text(path: string): string {
    return readFileSync(join(this.path, path), "utf8");
  }

  run(verb: string, ...args: string[]): Promise<Outcome> {
    return tenon(["contract", verb, "contract", ...args], { cwd: this.path });
  }

  /** Frozen as 1.0.0, then changed beyond what rules bridge. */
  static async broken(): Promise<Folder> {
    const folder = new Folder();
    folder.write("shop.wit", FIRST);
    assert.equal((await folder.run("freeze")).code, 0);
    folder.write("shop.wit", SECOND);
    return folder;
  }
}

test("the contract with a history passes its check, migrations and all", async () => {
  const { code, out, err } = await tenon(["contract", "check", join(ROOT, "contracts/builder"), "--frozen"]);
  assert.equal(code, 0, out + err);
  assert.match(out, /0\.1\.0 +supported +migrated +by hand: 0\.1\.3 -> 0\.2\.0, 0\.2\.1 -> 0\.3\.0/);
});

test("the types of its migrations are those of the frozen versions", async () => {
  const folder = join(ROOT, "contracts/builder");
  for (const version of ["0.1.3", "0.2.0", "0.2.1", "0.3.0"]) {
    const out = ["--out", join(folder, "migrations/types"), "--shape", "--check"];
    const { code, err } = await tenon(["codegen", join(folder, "frozen", version), ...out]);
    assert.equal(code, 0, err);
  }
});

describe("a break", () => {
  test("passes when a migration covers it, and is frozen beside what was there", async () => {
    const folder = await Folder.broken();
    const refused = await folder.run("freeze");
    assert.match(refused.err, /MIGRATION_REQUIRED 1\.0\.0.*write a migration to 2\.0\.0/s);
    folder.write("migrations/1-2.mjs", GOOD);
    const checked = await folder.run("check", "--sarif", "out.sarif");
    assert.equal(checked.code, 0, checked.out + checked.err);
    assert.match(checked.out, /1\.0\.0 +supported +migrated +by hand: 1\.0\.0 -> 2\.0\.0/);
    assert.match(checked.out, /^m plugin#order\.price {2}u32 -> money .*\n +migrates +plugins built for 1\.0\.0$/m);
    assert.doesNotMatch(folder.text("out.sarif"), /"error"/);
    const first = folder.text("contract/frozen/1.0.0/snapshot.json");
    assert.match((await folder.run("freeze")).out, /^frozen 2\.0\.0 .*\n$/);
    assert.equal(folder.text("contract/frozen/1.0.0/snapshot.json"), first);
    assert.equal((await folder.run("check", "--frozen")).code, 0);
    folder.write("shop.wit", SECOND.replace("@1.0.0", "@2.0.0").replace("-> u32", "-> u16"));
    const next = await folder.run("check");
    assert.equal(next.code, 1);
    assert.match(
      next.out,
      /^x plugin\.pack -> result {2}u32 -> u16 {2}INT_NO_NARROW\n +breaks +plugins built for 2\.0\.0: /m,
    );
    assert.match(next.out, /MIGRATION_REQUIRED +1\.0\.0 .* come to HEAD through 2\.0\.0, which it breaks/);
  });

  test("does not pass by a migration that loses values, throws, or leads elsewhere", async () => {
    const folder = await Folder.broken();
    folder.write("migrations/1-2.mjs", migration("7"));
    const lossy = await folder.run("check", "--sarif", "out.sarif");
    assert.equal(lossy.code, 1);
    assert.match(
      lossy.out,
      /MIGRATION_ROUNDTRIP +migrations\/1-2\.mjs plugin#order\.price: down\(up\(x\)\) gives 7 for \d+/,
    );
    assert.match(folder.text("out.sarif"), /"contract\/migrations\/1-2\.mjs"/);
    folder.write("migrations/1-2.mjs", migration("Number(price.cents)"));
    assert.match(
      (await folder.run("check")).out,
      /MIGRATION_ROUNDTRIP.*down\.price of the migration fails.*expected u32/,
    );
    folder.write("migrations/1-2.mjs", GOOD.replace("2.0.0", "3.0.0"));
    assert.match(
      (await folder.run("check")).out,
      /migrations\/1-2\.mjs leads from 1\.0\.0 to 3\.0\.0, and 3\.0\.0 is no version/,
    );
    folder.write("migrations/1-2.mjs", GOOD);
    folder.write("migrations/2-3.js", GOOD.replace("export default", "module.exports ="));
    assert.match((await folder.run("check")).out, /2-3\.js leads from 1\.0\.0 to 2\.0\.0: call it 1-2/);
    rmSync(join(folder.path, "contract/migrations/2-3.js"));
    folder.write("migrations/1-2.mjs", "export default 1;");
    assert.match((await folder.run("check")).err, /config-invalid.*has no migration as its default export/);
    folder.write("migrations/1-2.mjs", "export {");
    assert.match((await folder.run("check")).err, /config-invalid.*1-2\.mjs cannot be loaded/);
  });
});

describe("the support window", () => {
  test("keeps versions from being given up, by freeze and by hand", async () => {
    const folder = await Folder.broken();
    folder.write("contract.json", JSON.stringify({ supportWindow: { majors: 1, days: 365 } }));
    const early = await folder.run("freeze", "--drop");
    assert.equal(early.code, 1);
    assert.match(
      early.err,
      /WINDOW_NO_EARLY_REMOVE 1\.0\.0: is given up, though it is supported until \d{4}-\d{2}-\d{2}/,
    );
    folder.write("contract.json", JSON.stringify({ supportWindow: { majors: 1, days: 0 } }));
    assert.match((await folder.run("freeze", "--drop")).out, /plugins built for 1\.0\.0 are given up/);
    assert.equal((await folder.run("check")).code, 0);
    folder.write("contract.json", JSON.stringify({ supportWindow: { majors: 2, days: 0 } }));
    assert.match(
      (await folder.run("check")).out,
      /WINDOW_NO_EARLY_REMOVE +1\.0\.0 .*one of the newest 2 major versions/,
    );
    folder.write("contract.json", JSON.stringify({ supportWindow: { majors: -1, days: 0 } }));
    assert.match((await folder.run("check")).err, /contract-invalid.*supportWindow\.majors/);
  });

  test("keeps what is deprecated until the day that was promised", async () => {
    const dropped = async (day: string): Promise<Outcome> => {
      const folder = new Folder();
      const deprecated = `/// @replaced-by pack\n  /// @remove-after ${day}\n  @since(version = 0.9.0)\n  @deprecated(version = 1.0.0)`;
      folder.write("shop.wit", FIRST.replace("  pack:", `  ${deprecated}\n  weigh: func() -> u32;\n  pack:`));
      const frozen = await folder.run("freeze");
      assert.equal(frozen.code, 0, frozen.err);
      folder.write("shop.wit", FIRST);
      return folder.run("check");
    };
    const early = await dropped("2999-12-31");
    assert.match(
      early.out,
      /WINDOW_NO_EARLY_REMOVE +plugin\.weigh is gone, though 1\.0\.0 promised it until 2999-12-31/,
    );
    assert.equal((await dropped("2001-12-31")).code, 0);
  });
});

test("what --sarif writes is SARIF 2.1.0", async () => {
  const schema = JSON.parse(
    readFileSync(new URL("fixtures/sarif-2.1.0.schema.json", import.meta.url), "utf8"),
  ) as Record<string, unknown>;
  const folder = await Folder.broken();
  folder.write("frozen/1.0.0/odd name.txt", "");
  await folder.run("check", "--sarif", "check.sarif");
  await tenon(["contract", "diff", "contract/frozen/1.0.0", "contract", "--sarif", "diff.sarif"], { cwd: folder.path });
  for (const name of ["check.sarif", "diff.sarif"]) {
    const log = JSON.parse(folder.text(name)) as {
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] }];
    };
    assert.deepEqual(misfits(schema, log), [], name);
    const [{ tool, results }] = log.runs;
    assert.ok(results.length > 0);
    for (const { ruleId, ruleIndex } of results) assert.equal(tool.driver.rules[ruleIndex]?.id, ruleId);
  }
});
