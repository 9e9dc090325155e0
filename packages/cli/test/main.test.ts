// The face of `tenon`: version, help, and command lines that are wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT, run, tenon, BIN, workFolder } from "./run.ts";

const VERBS = ["wit", "codegen", "contract", "inspect", "call", "run", "new", "wrap", "doctor"];

describe("the command line", { concurrency: 2 }, () => {
  test("--version prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "packages/cli/package.json"), "utf8")) as {
      version: string;
    };
    assert.deepEqual(await tenon(["--version"]), { code: 0, signal: null, out: `${version}\n`, err: "" });
  });

  test("without a verb the help is the answer", async () => {
    const [none, asked] = [await tenon([]), await tenon(["--help"])];
    assert.equal(none.out, asked.out);
    assert.deepEqual([none.code, asked.code], [0, 0]);
    for (const verb of VERBS) assert.match(asked.out, new RegExp(`^  ${verb} `, "m"));
  });

  for (const verb of VERBS) {
    test(`help ${verb} has an example and --json`, async () => {
      const [help, option] = [await tenon(["help", verb]), await tenon([verb, "--help"])];
      assert.equal(help.code, 0);
      assert.equal(help.out, option.out);
      assert.match(help.out, /^Examples:\n {2}tenon /m);
      assert.match(help.out, /--json/);
      assert.doesNotMatch(help.out, /\u001b/);
    });
  }

  test("an unknown verb is refused with the one that was meant", async () => {
    const { code, out, err } = await tenon(["inspekt", "x"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /unknown command 'inspekt'\n\(Did you mean inspect\?\)/);
  });

  test("wrong command lines exit with 2, and are JSON for those who asked for it", async () => {
    assert.equal((await tenon(["wit"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "x", "--lang", "cobol"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "../x", "--lang", "c"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "x", "--lang", "c", "--boundary", "worker"])).code, 2);
    const { code, out } = await tenon(["doctor", "--jon", "--json"]);
    assert.equal(code, 2);
    assert.equal((JSON.parse(out) as { code: string }).code, "usage");
  });

  test(
    "what never ends, or never starts, is refused",
    { skip: process.platform === "win32" && "no pipes" },
    async () => {
      const folder = workFolder();
      assert.equal((await run("mkfifo", ["pipe.wit"], { cwd: folder })).code, 0);
      await symlink("loop", join(folder, "loop"));
      for (const [verb, file, reason] of [
        ["wit", "pipe.wit", /^error: \[file-missing\] pipe\.wit is a named pipe; name a file\n$/],
        ["inspect", "loop", /^error: \[file-missing\] loop is a link that leads to itself; mend the link\n$/],
        ["run", "/dev/zero", /^error: \[resource-exhausted\] \/dev\/zero is larger than 256 MiB; .*\n$/],
      ] as const) {
        const { code, err } = await tenon([verb, file], { cwd: folder });
        assert.equal(code, 1);
        assert.match(err, reason);
      }
    },
  );

  test("a reader that has seen enough is no failure", { skip: process.platform === "win32" && "no sh" }, async () => {
    const script = `"${process.execPath}" "${BIN}" wit contracts/builder --json | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { out, err } = await run("bash", ["-c", script], { cwd: ROOT });
    assert.equal(out, "{\n0\n");
    assert.equal(err, "");
  });
});
