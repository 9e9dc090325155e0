// What `npm run new:driver` writes compiles, passes the conformance cases as it is, and touches nothing that was there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { newDriver } from "../new-driver.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** An empty project with the real packages below the new driver; its own `@tenon/drivers` is found by self-reference. */
function emptyProject(): string {
  const root = mkdtempSync(join(tmpdir(), "tenon-new-driver-"));
  mkdirSync(join(root, "packages/drivers"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
  copyFileSync(join(ROOT, "tsconfig.base.json"), join(root, "tsconfig.base.json"));
  copyFileSync(join(ROOT, "packages/drivers/package.json"), join(root, "packages/drivers/package.json"));
  const tsconfig = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
    include: ["src"],
  };
  writeFileSync(join(root, "packages/drivers/tsconfig.json"), JSON.stringify(tsconfig));
  return root;
}

function run(root: string, program: string, args: readonly string[]): string {
  const env = { ...process.env };
  // Otherwise the runner below reports to the runner above instead of printing.
  delete env["NODE_TEST_CONTEXT"];
  const done = spawnSync(program, args, { cwd: root, encoding: "utf8", env });
  assert.equal(done.status, 0, `${program} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

describe("a new driver", () => {
  const root = emptyProject();
  after(() => rmSync(root, { recursive: true, force: true }));

  test("is a folder, its test, its page and its face, all new", () => {
    const written: string[] = newDriver("shared-memory", root);
    assert.deepEqual(written.sort(), [
      "docs/boundaries/shared-memory.md",
      "packages/drivers/src/shared-memory/driver.ts",
      "packages/drivers/src/shared-memory/index.ts",
      "packages/drivers/src/shared-memory/options.ts",
      "packages/drivers/test/shared-memory.test.ts",
      "packages/tenon/src/shared-memory.ts",
    ]);
  });

  test("compiles and passes the conformance cases without a change to any shared file", () => {
    run(root, join(ROOT, "node_modules/.bin/tsc"), ["-p", "packages/drivers"]);
    const tests = join(root, "packages/drivers/test/shared-memory.test.ts");
    const out = run(root, process.execPath, ["--import", "tsx", "--test", "--test-reporter=tap", tests]);
    const passed = Number(/^# pass (\d+)$/m.exec(out)?.[1]);
    assert.ok(passed > 20, out);
    assert.match(out, /^# fail 0$/m);
  });

  test("is formatted as the project is", () => {
    const written = ["packages/drivers/src", "packages/drivers/test", "docs"];
    const config = join(ROOT, ".oxfmtrc.json");
    assert.equal(
      run(root, join(ROOT, "node_modules/.bin/oxfmt"), ["-c", config, "--list-different", ...written]).trim(),
      "",
    );
  });

  test("is refused when it is there, or when its name is none", () => {
    assert.throws(() => newDriver("shared-memory", root), /shared-memory.* is there already/);
    for (const name of ["", "Upper", "../out", "a--b", "1st", "a_b"])
      assert.throws(() => newDriver(name, root), /is no name/);
  });
});
