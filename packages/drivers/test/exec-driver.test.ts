// The `exec` driver: what loads, what a run's end becomes, what cancellation and closing leave behind.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { execDriver, type ExecArtifact, type RunMapping } from "@tenon/drivers/exec";
import { createHost, type Limits, type LogEntry } from "@tenon/host";
import { takeSnapshot, unchanged } from "@tenon/verify";

const { resolve } = resolveWit(
  "package t:t; interface job { run: func(script: string) -> result<string, string>; } world w { export job; }",
);
const contract = contractFromResolve(resolve, 0);
const folder = mkdtempSync(join(tmpdir(), "exec-driver-"));
const logs: LogEntry[] = [];
const host = createHost({ drivers: [execDriver], onLog: (entry) => logs.push(entry) });
let count = 0;

/** A plugin whose one function runs a shell script that the test gives. */
const sh = (mapping: Partial<RunMapping> = {}, more: Partial<ExecArtifact> = {}): ExecArtifact => ({
  program: "/bin/sh",
  functions: {
    "job.run": {
      args: ["-c", "{script:raw}"],
      exit: { "0": { ok: "{stdout:trim}" }, "3": { err: "{stderr:trim}" } },
      ...mapping,
    },
  },
  ...more,
});
const load = (artifact: unknown, limits: Partial<Limits> = {}, own?: string) =>
  host.load(contract, { id: `job-${++count}`, boundary: "exec", artifact, limits, folder: own });
async function run(script: string, artifact: ExecArtifact = sh(), limits: Partial<Limits> = {}): Promise<unknown> {
  const plugin = await load(artifact, limits);
  try {
    return await plugin.invoke("job.run", [script]);
  } finally {
    await plugin.close();
  }
}
function file(name: string, content: string | Uint8Array, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

after(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});
const skip = process.platform === "win32" ? "the programs are of Unix" : false;

describe("loading an exec plugin", { skip }, () => {
  const elf = (machine: number): Uint8Array => {
    const head = Buffer.alloc(64);
    head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    head.writeUInt16LE(machine, 18);
    return head;
  };
  const foreign = process.arch === "arm64" ? 62 : 183;
  const REFUSED: readonly (readonly [what: string, program: () => string, code: string, message: RegExp])[] = [
    [
      "a name that is nowhere in PATH",
      () => "no-such-program-anywhere",
      "file-missing",
      /no-such-program-anywhere was not found; install it/,
    ],
    ["a path that is not there", () => "./nothing", "file-missing", /was not found/],
    [
      "a file without the right to run",
      () => file("plain", "#!/bin/sh\n", 0o644),
      "start-failed",
      /may not be executed/,
    ],
    [
      "a script whose interpreter is missing",
      () => file("script", "#!/opt/none/python9 -u\n"),
      "start-failed",
      /needs the interpreter \/opt\/none\/python9/,
    ],
    [
      "a script for env whose program is missing",
      () => file("env-script", "#!/usr/bin/env -S python-none -u\n"),
      "start-failed",
      /needs python-none, which is not in PATH/,
    ],
    ["text that is no script", () => file("text", "hello\n"), "artifact-invalid", /neither a program nor a script/],
    [
      "a program for another processor",
      () => file("foreign", elf(foreign)),
      "artifact-invalid",
      /is a program for (?:arm64|x64), and this machine/,
    ],
  ];
  for (const [what, program, code, message] of REFUSED) {
    test(what, async () =>
      assert.rejects(load({ ...sh(), program: program(), base: folder }), { code, message, sideEffects: "none" }),
    );
  }
  test("names the folders that were searched", async () => {
    await assert.rejects(load({ ...sh(), program: "nope-nope", path: [folder] }), (error: { notes: string[] }) =>
      error.notes.includes(`searched ${folder}`),
    );
  });
  test("a program beside the manifest, in a folder above it, and with fixed arguments", async () => {
    file("say", '#!/bin/sh\necho "$@"\n');
    const below = join(folder, "a/b");
    const functions = { "job.run": { args: ["--", "{script}"], exit: { "0": { ok: "{stdout:trim}" } } } };
    for (const artifact of [
      { program: ["./say", "{base}"], base: folder },
      { program: ["say", "{base}"], base: below, path: ["../a/../../x", "."] },
    ]) {
      assert.deepEqual(await run("hi", { ...artifact, functions }), { tag: "ok", val: `${artifact.base} -- hi` });
    }
    const plugin = await load({ program: ["./say", "{base}"], functions }, {}, folder);
    const val = `${folder} -- hi`;
    assert.deepEqual(await plugin.invoke("job.run", ["hi"]), { tag: "ok", val }, "base is the plugin's folder");
    await plugin.close();
  });
});

describe("an exec call", { skip }, () => {
  test("exit codes become results, others exit-unexpected with stderr", async () => {
    assert.deepEqual(await run("echo out"), { tag: "ok", val: "out" });
    assert.deepEqual(await run("echo why >&2; exit 3"), { tag: "err", val: "why" });
    await assert.rejects(
      run("echo '\u001b[31mbad luck' >&2; exit 9"),
      (error: { code: string; notes: string[]; message: string; call: string }) => {
        assert.equal(error.code, "exit-unexpected");
        assert.match(error.message, /ended with exit code 9/);
        assert.deepEqual(error.notes, ["\\x1b[31mbad luck"]);
        assert.equal(error.call, "job.run");
        return true;
      },
    );
  });
  test("a signal is a crash of the run, or a result where it is mapped", async () => {
    await assert.rejects(run("kill -SEGV $$"), { code: "plugin-crashed", message: /killed by SIGSEGV/ });
    assert.deepEqual(await run("kill -SEGV $$", sh({ exit: { signal: { err: "{signal|}" } } })), {
      tag: "err",
      val: "SIGSEGV",
    });
    assert.deepEqual(await run("exit 137", sh({ exit: { "137": { ok: "mine" }, signal: { err: "{signal|}" } } })), {
      tag: "ok",
      val: "mine",
    });
    assert.deepEqual(await run("exit 200", sh({ exit: { "*": { ok: "{exit-code}" } } })), { tag: "ok", val: "200" });
  });
  test("too much output is resource-exhausted, and the program is gone", async () => {
    await assert.rejects(
      run("echo $$ >&2; yes", sh(), { maxMessageBytes: 100_000 }),
      (error: { code: string; notes: string[] }) => {
        assert.equal(error.code, "resource-exhausted");
        assert.equal(isAlive(Number(error.notes[0])), false);
        return true;
      },
    );
  });
  test("output that cannot be read is protocol-error with the place", async () => {
    const json = sh({ stdout: "json", exit: { "0": { ok: { $stdout: "a.b" } } } });
    assert.deepEqual(await run(`echo '{"a":{"b":"c"}}'`, json), { tag: "ok", val: "c" });
    await assert.rejects(run("echo '{'", json), { code: "protocol-error", message: /stdout is no JSON/ });
    await assert.rejects(run(`echo '{"a":{"b":1}}'`, json), { code: "protocol-error", message: /stdout\.a\.b/ });
    await assert.rejects(run(`printf '\\377'`, json), { code: "protocol-error", message: /not UTF-8/ });
    const wave = sh({ stdout: "wave", exit: { "0": { $stdout: true } } });
    assert.deepEqual(await run(`echo 'err("no")'`, wave), { tag: "err", val: "no" });
    await assert.rejects(run("echo 'err(1)'", wave), { code: "protocol-error", message: /no WAVE text/ });
  });
  test("arguments longer than the system takes, and a folder that is gone", async () => {
    await assert.rejects(run("x".repeat(300_000)), {
      code: "resource-exhausted",
      sideEffects: "none",
      message: /longer than the system allows/,
    });
    await assert.rejects(run("true", sh({ cwd: "{script:raw}/nope" })), {
      code: "file-missing",
      message: /the folder .*true\/nope/,
    });
    await assert.rejects(run("a\0b"), { code: "value-invalid", sideEffects: "none" });
  });
  test("a program that vanished since the load", async () => {
    const program = file("vanishing", "#!/bin/sh\n");
    const plugin = await load({ ...sh(), program });
    rmSync(program);
    await assert.rejects(plugin.invoke("job.run", ["x"]), {
      code: "file-missing",
      message: /vanishing is not there/,
      sideEffects: "none",
    });
    await plugin.close();
  });
  test("only listed variables reach the program", async () => {
    process.env["TENON_TEST_SECRET"] = "s3cret";
    const shown = (artifact: ExecArtifact) => run('echo "$TENON_TEST_SECRET|$FOO|$BAR"', artifact);
    assert.deepEqual(await shown(sh()), { tag: "ok", val: "||" });
    assert.deepEqual(
      await shown(
        sh(
          { env: { BAR: "it's {script:stem}".slice(0, 4) } },
          { env: { FOO: "f{base:base}" }, base: "/x/y", inherit: ["TENON_TEST_SECRET", "NOT_SET"] },
        ),
      ),
      { tag: "ok", val: "s3cret|fy|it's" },
    );
    delete process.env["TENON_TEST_SECRET"];
  });
  test("runs in an empty folder of its own that goes with the session", async () => {
    const { val } = (await run("pwd; ls -A | wc -l")) as { val: string };
    const [own = "", files] = val.split("\n");
    assert.equal(files?.trim(), "0");
    assert.equal(existsSync(own), false);
  });
  test("stderr is logged as it comes, whole lines at a time", async () => {
    logs.length = 0;
    await run("printf 'a\\nb' >&2; sleep 0.05; printf 'c\\n' >&2; printf 'last' >&2");
    assert.deepEqual(
      logs.map(({ stream, text }) => `${stream} ${text}`),
      ["stderr a", "stderr bc", "stderr last"],
    );
  });
});

describe("ending an exec call", { skip }, () => {
  test("a deadline kills the process and what it started, and keeps the plugin", async () => {
    const plugin = await load(sh(), { cancelGraceMs: 30 });
    const pids = join(folder, "pids");
    const pending = plugin.invoke(
      "job.run",
      [`trap '' TERM; sleep 60 & echo $$ $! > ${pids}.new; mv ${pids}.new ${pids}; wait; wait`],
      { deadlineMs: 400 },
    );
    const other = plugin.invoke("job.run", ["sleep 0.6; echo fine"]);
    await assert.rejects(pending, { code: "deadline-exceeded" });
    assert.deepEqual(await other, { tag: "ok", val: "fine" });
    for (const pid of readFileSync(pids, "utf8").trim().split(" ")) await until(() => !isAlive(Number(pid)));
    assert.equal(plugin.state, "ready");
    await plugin.close();
  });
  test("a manifest's own time limit", async () => {
    await assert.rejects(run("sleep 60", sh({ "timeout-ms": 40 })), {
      code: "deadline-exceeded",
      message: /longer than the 40 ms of its manifest/,
    });
  });
  test("closing ends what runs", async () => {
    const plugin = await load(sh());
    const pending = assert.rejects(plugin.invoke("job.run", ["sleep 60"]), { code: "session-closed" });
    await plugin.close();
    await pending;
  });
  test("nothing is left after many plugins and calls of every end", async () => {
    const cycle = async (): Promise<void> => {
      await Promise.allSettled(["echo", "exit 9", "kill -KILL $$", "sleep 60 &", "cat"].map((script) => run(script)));
      await assert.rejects(run("sleep 60", sh({ "timeout-ms": 20 })));
    };
    await cycle();
    const [before, files] = [takeSnapshot(), ownFiles()];
    for (let i = 0; i < 3; i++) await cycle();
    await unchanged(before);
    // Another test's programs may run at this moment; theirs go as well.
    const made = ownFiles().filter((name) => !files.includes(name));
    await until(() => !ownFiles().some((name) => made.includes(name)));
  });
});

function ownFiles(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("tenon-run-"));
}

/** A zombie is dead: who reaps orphans, and when, is up to the system. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, "it did not happen within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
