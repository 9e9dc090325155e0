// The face of `tenon`: version, help, and command lines that are wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT, run, tenon, BIN, workFolder } from "./run.ts";

const VERBS = [
  "wit",
  "codegen",
  "contract",
  "inspect",
  "call",
  "run",
  "serve",
  "new",
  "wrap",
  "grants",
  "audit",
  "doctor",
];

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
    test(`help ${verb} has an example, --json and the exit codes`, async () => {
      const help = await tenon(["help", verb]);
      assert.equal(help.code, 0);
      assert.match(help.out, /^Examples:\n {2}tenon /m);
      assert.match(help.out, /^Exit codes: .*2 the command line is wrong/m);
      assert.match(help.out, /--json/);
      assert.doesNotMatch(help.out, /\u001b/);
    });
  }

  test("help says what --help says, of subcommands too, and knows which there are", async () => {
    const [help, option] = [await tenon(["help", "contract", "fit"]), await tenon(["contract", "fit", "--help"])];
    assert.match(help.out, /^Usage: tenon contract fit /);
    assert.equal(help.out, option.out);
    const { code, out, err } = await tenon(["help", "contract", "dif"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^error: \[usage\] unknown command 'dif'; did you mean diff\? .*\n$/);
  });

  test("an unknown verb is refused with the one that was meant", async () => {
    const { code, out, err } = await tenon(["inspekt", "x"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(
      err,
      /^error: \[usage\] unknown command 'inspekt'; did you mean inspect\? `tenon help` has them all\n$/,
    );
  });

  test("wrong command lines exit with 2, and are JSON for those who asked for it", async () => {
    assert.equal((await tenon(["wit"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "x", "--lang", "cobol"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "../x", "--lang", "c"])).code, 2);
    assert.equal((await tenon(["new", "plugin", "x", "--lang", "c", "--boundary", "worker"])).code, 2);
    const { code, out, err } = await tenon(["doctor", "--jon", "--json"]);
    assert.deepEqual([code, err], [2, ""]);
    assert.deepEqual(JSON.parse(out), {
      code: "usage",
      what: "unknown option '--jon'",
      hint: "did you mean --json? `tenon help doctor` has them all",
      sideEffects: "none",
    });
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

  test(
    "an answer that nobody could take is a failure",
    { skip: process.platform !== "linux" && "no /dev/full" },
    async () => {
      const script = `"${process.execPath}" "${BIN}" wit contracts/builder > /dev/full`;
      const { code, err } = await run("bash", ["-c", script], { cwd: ROOT });
      assert.equal(code, 1);
      assert.match(
        err,
        /^error: \[resource-exhausted\] standard output cannot be written \(ENOSPC\); make room for it\n$/,
      );
    },
  );
});
