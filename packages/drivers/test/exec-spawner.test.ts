// Programs started by the spawner and directly: the same run must end the same way, and leave nothing behind.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { takeSnapshot, unchanged } from "@tenon/verify";
import { startSpawner } from "@tenon/drivers/exec";
import { runDirect } from "../dist/exec/program/direct.js";
import type { ProgramRun, RunOutcome } from "../dist/exec/program/run.js";
import { shellQuoted } from "../dist/exec/program/shell.js";
import { Spawner } from "../dist/exec/program/spawner.js";

const ENV = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
const sh = (script: string, ...args: string[]): Partial<ProgramRun> => ({
  file: "/bin/sh",
  args: ["-c", script, "sh", ...args],
});
const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (data: Uint8Array): string => Buffer.from(data).toString("utf8");

function runOf(part: Partial<ProgramRun>): ProgramRun {
  return {
    file: "/bin/true",
    args: [],
    env: ENV,
    cwd: tmpdir(),
    stdin: undefined,
    maxOutputBytes: 64 * 1024 * 1024,
    killGraceMs: 50,
    signal: undefined,
    ...part,
  };
}

const SPAWNER_MODULE = import.meta.resolve("@tenon/drivers/exec").replace("index.js", "program/spawner.js");

const exit = (code: number, signal?: string): object => ({ kind: "exit", code, signal });
const AWKWARD = ["it's", "a\nb", "$(id)", "`id`", "-x", "", "*", "\\", "\u00fc\u{1f600}", '"', "!x", "a\tb"];

interface Case {
  readonly what: string;
  readonly run: () => Partial<ProgramRun>;
  readonly end: object;
  readonly stdout?: string;
  readonly stderr?: string;
}

const CASES: readonly Case[] = [
  {
    what: "arguments arrive byte for byte",
    run: () => sh('for a; do printf "[%s]" "$a"; done', ...AWKWARD),
    end: exit(0),
    stdout: AWKWARD.map((arg) => `[${arg}]`).join(""),
  },
  {
    what: "the environment is exactly what was asked",
    run: () => ({ file: "/usr/bin/env", env: { A: "it's\n$B\n" } }),
    end: exit(0),
    stdout: "A=it's\n$B\n\n",
  },
  {
    what: "names that a shell keeps for itself",
    run: () => ({ file: "/usr/bin/env", env: { UID: "7", "a.b": "c" } }),
    end: exit(0),
    stdout: "UID=7\na.b=c\n",
  },
  {
    what: "stdin, stdout and stderr",
    run: () => ({ ...sh("cat; echo e >&2; exit 3"), stdin: bytes("in\0put") }),
    end: exit(3),
    stdout: "in\0put",
    stderr: "e\n",
  },
  {
    what: "an input without bytes",
    run: () => ({ ...sh("wc -c | tr -d ' '"), stdin: bytes("") }),
    end: exit(0),
    stdout: "0\n",
  },
  { what: "no input", run: () => sh("cat"), end: exit(0), stdout: "" },
  {
    what: "an input that is not read",
    run: () => ({ ...sh("exit 4"), stdin: new Uint8Array(3_000_000) }),
    end: exit(4),
  },
  {
    what: "more input and output than pipes hold",
    run: () => ({
      ...sh("cat | wc -c | tr -d ' '; head -c 1000000 /dev/zero | tr '\\0' x >&2"),
      stdin: new Uint8Array(3_000_000),
    }),
    end: exit(0),
    stdout: "3000000\n",
    stderr: "x".repeat(1_000_000),
  },
  {
    what: "an argument of 100 KiB and thousands of small ones",
    run: () => sh("echo ${#1} $#", "y".repeat(100_000), ...Array.from({ length: 5000 }, (_, i) => `arg ${i}`)),
    end: exit(0),
    stdout: "100000 5001\n",
  },
  {
    what: "its own 127 is no failed start",
    run: () => sh("echo sh: x: not found >&2; exit 127"),
    end: exit(127),
    stderr: "sh: x: not found\n",
  },
  { what: "a signal", run: () => sh("kill -SEGV $$"), end: exit(139, "SIGSEGV"), stderr: "" },
  { what: "a program that kills its whole group", run: () => sh("kill -KILL 0"), end: exit(137, "SIGKILL") },
  {
    what: "a program that ends its group politely but not itself",
    run: () => sh("trap '' TERM; kill 0; echo alive"),
    end: exit(0),
    stdout: "alive\n",
  },
  {
    what: "a grandchild that keeps the pipes",
    run: () => sh("sleep 60 & echo parent"),
    end: exit(0),
    stdout: "parent\n",
  },
  {
    what: "a loop is ended",
    run: () => ({ ...sh("while :; do :; done"), signal: AbortSignal.timeout(30) }),
    end: { kind: "cancelled" },
  },
  {
    what: "a program that ignores the request to end",
    run: () => ({ ...sh("trap '' TERM; sleep 60; sleep 60"), signal: AbortSignal.timeout(30) }),
    end: { kind: "cancelled" },
  },
  {
    what: "cancelled before it started",
    run: () => ({ ...sh("sleep 60"), signal: AbortSignal.abort() }),
    end: { kind: "cancelled" },
  },
  { what: "a flood", run: () => ({ ...sh("yes"), maxOutputBytes: 300_000 }), end: { kind: "flooded" } },
];
const NOT_STARTED: readonly (readonly [what: string, run: Partial<ProgramRun>, errno: RegExp])[] = [
  ["a program that is not there", { file: "/nope/nothing" }, /ENOENT/],
  ["a file without the right to run", { file: "/etc/passwd" }, /EACCES/],
  ["a folder that is not there", { cwd: "/nope" }, /ENO/],
  ["arguments beyond the system's limit", { args: ["x".repeat(200_000)] }, /E2BIG/],
];

const spawner = new Spawner();
/** What `/bin/sh` is on other systems. */
const bash = new Spawner(["/bin/bash"]);
const isLinux = process.platform === "linux";
const ways: readonly (readonly [name: string, run: (run: ProgramRun) => Promise<RunOutcome>, skip: string | false])[] =
  [
    ["through the spawner", (run) => spawner.run(run), isLinux ? false : "the spawner only runs on Linux"],
    [
      "through the spawner in bash",
      (run) => bash.run(run),
      isLinux && existsSync("/bin/bash") ? false : "there is no /bin/bash, or this is not Linux",
    ],
    ["directly", runDirect, process.platform === "win32" ? "the programs are of Unix" : false],
  ];

for (const [name, run, skip] of ways) {
  describe(`a program started ${name}`, { skip }, () => {
    for (const { what, run: part, end, stdout, stderr } of CASES) {
      test(what, async () => {
        const outcome = await run(runOf(part()));
        assert.deepEqual(outcome.end, end);
        // bash alone adds this one, and cannot be told not to.
        if (stdout !== undefined) assert.equal(text(outcome.stdout).replace(/^_=.*\n/m, ""), stdout);
        if (stderr !== undefined) assert.equal(text(outcome.stderr), stderr);
      });
    }
    for (const [what, part, errno] of NOT_STARTED) {
      test(what, async () => {
        const { end } = await run(runOf(part));
        assert.ok(end.kind === "not-started", end.kind);
        assert.match(String(end.errno), errno);
      });
    }
    test("what a run leaves unread or behind gets nothing of the next", async () => {
      const thief = join(tmpdir(), `exec-thief-${process.pid}`);
      for (let i = 0; i < 3; i++) {
        await run(runOf({ ...sh("exit 0"), stdin: new Uint8Array(100_000) }));
        const steal = 'exec 3<&0; { sleep 0.05; cat <&3 >"$1"; } >/dev/null 2>&1 &';
        await run(runOf({ ...sh(steal, thief), stdin: bytes("") }));
        assert.equal(text((await run(runOf({ ...sh("sleep 0.1; cat"), stdin: bytes("secret") }))).stdout), "secret");
      }
      assert.equal(existsSync(thief) ? readFileSync(thief, "utf8") : "", "");
      rmSync(thief, { force: true });
    });
    test("output is seen as it comes", async () => {
      const seen: string[] = [];
      let first = 0;
      const began = performance.now();
      const outcome = await run(
        runOf({
          ...sh("echo one; sleep 0.3; echo two >&2"),
          onOutput: (stream, chunk) => {
            if (seen.length === 0) first = performance.now() - began;
            seen.push(`${stream} ${text(chunk)}`);
          },
        }),
      );
      assert.deepEqual(seen, ["stdout one\n", "stderr two\n"]);
      assert.ok(first < outcome.durationMs - 200, "the first line came long before the end");
    });
  });
}

describe("the spawner", { skip: isLinux ? false : "the spawner only runs on Linux" }, () => {
  after(() => Promise.all([spawner.close(), bash.close()]));

  test("runs many programs at once, each with its own answer", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => spawner.run(runOf(sh(`sleep 0.02; echo ${i}`)))),
    );
    assert.deepEqual(
      outcomes.map(({ stdout }) => text(stdout)),
      Array.from({ length: 100 }, (_, i) => `${i}\n`),
    );
  });

  test("cancelling one run leaves the others alone", async () => {
    const stop = new AbortController();
    const others = Promise.all([1, 2, 3].map((i) => spawner.run(runOf(sh(`sleep 0.15; echo ${i}`)))));
    const cancelled = spawner.run(runOf({ ...sh("sleep 60"), signal: stop.signal }));
    setTimeout(() => stop.abort(), 30);
    assert.deepEqual((await cancelled).end, { kind: "cancelled" });
    assert.deepEqual(
      (await others).map(({ stdout }) => text(stdout)),
      ["1\n", "2\n", "3\n"],
    );
  });

  test("a crash of the spawner loses the runs in flight, and the next run starts another", async () => {
    const own = new Spawner();
    try {
      assert.equal(await own.start(), true);
      const lost = own.run(runOf(sh("echo begun; sleep 60")));
      const { pid } = own;
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.kill(pid!, "SIGKILL");
      assert.deepEqual((await lost).end, { kind: "lost" });
      assert.equal(text((await own.run(runOf(sh("echo again")))).stdout), "again\n");
      assert.notEqual(own.pid, pid);
    } finally {
      await own.close();
    }
  });

  test("falls back to a direct start where its folder cannot be made", async () => {
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = "/nope";
    const own = new Spawner();
    try {
      assert.equal(text((await own.run(runOf({ ...sh("echo still"), cwd: "/" }))).stdout), "still\n");
      assert.equal(own.pid, undefined);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      await own.close();
    }
  });

  test("falls back to a direct start where the system lacks a program that it needs", async () => {
    const before = process.env["PATH"];
    const folder = mkdtempSync(join(tmpdir(), "tenon-path-"));
    process.env["PATH"] = folder;
    const own = new Spawner();
    try {
      assert.equal(text((await own.run(runOf(sh("echo still")))).stdout), "still\n");
      assert.equal(own.pid, undefined);
    } finally {
      process.env["PATH"] = before;
      await own.close();
      rmSync(folder, { recursive: true });
    }
  });

  test("leaves no process, descriptor or file behind", async () => {
    const cycle = async (): Promise<void> => {
      const own = new Spawner();
      await Promise.all([own.run(runOf(sh("sleep 0.01"))), own.run(runOf({ ...sh("cat"), stdin: bytes("x") }))]);
      const { pid } = own;
      const folder = commandLine(pid!).find((word) => word.includes("tenon-exec-"));
      assert.ok(folder !== undefined && existsSync(folder));
      await own.close();
      assert.equal(existsSync(folder), false);
    };
    await cycle();
    const before = takeSnapshot();
    for (let i = 0; i < 3; i++) await cycle();
    await unchanged(before);
  });

  test("without descriptors left every run ends, and all is well once there are some", async () => {
    const script = `import { closeSync, openSync } from "node:fs";
      import { Spawner } from ${JSON.stringify(SPAWNER_MODULE)};
      const spawner = new Spawner();
      await spawner.start();
      const run = { file: "/bin/sh", args: ["-c", "sleep 0.05"], env: ${JSON.stringify(ENV)}, cwd: "/", stdin: undefined, maxOutputBytes: 1000, killGraceMs: 50, signal: undefined };
      const held = [];
      try { for (;;) held.push(openSync("/dev/null")); } catch {}
      for (const fd of held.splice(0, 4)) closeSync(fd);
      const ends = (await Promise.all(Array.from({ length: 12 }, () => spawner.run(run)))).map(({ end }) => end);
      for (const fd of held) closeSync(fd);
      console.log(JSON.stringify({ ends, last: (await spawner.run(run)).end }));
      await spawner.close();`;
    const command = `ulimit -n 64; exec ${shellQuoted(process.execPath)} --input-type=module -e "$1"`;
    const { stdout, stderr } = await spawner.run(runOf(sh(command, script)));
    const { ends, last } = JSON.parse(text(stdout) || text(stderr)) as {
      ends: { kind: string; errno?: string }[];
      last: object;
    };
    assert.equal(ends.length, 12);
    assert.ok(
      ends.some(({ errno }) => errno === "EMFILE"),
      "descriptors did run out",
    );
    assert.ok(
      ends.every(({ kind, errno }) => kind === "exit" || errno === "EMFILE"),
      JSON.stringify(ends),
    );
    assert.deepEqual(last, { kind: "exit", code: 0 });
  });

  test("programs end with a host that is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "exec-host-"));
    const script = join(folder, "host.mjs");
    writeFileSync(
      script,
      `import { Spawner } from ${JSON.stringify(SPAWNER_MODULE)};
      void new Spawner().run({ file: "/bin/sh", args: ["-c", "echo $$ > pid; exec sleep 60"], env: ${JSON.stringify(ENV)}, cwd: ${JSON.stringify(folder)}, stdin: undefined, maxOutputBytes: 1000, killGraceMs: 50, signal: undefined });`,
    );
    const stop = new AbortController();
    const host = spawner.run(runOf({ file: process.execPath, args: [script], signal: stop.signal }));
    const pidFile = join(folder, "pid");
    await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").trim() !== "");
    const pid = Number(readFileSync(pidFile, "utf8"));
    stop.abort();
    await host;
    await until(() => !existsSync(`/proc/${pid}`));
    rmSync(folder, { recursive: true });
  });

  test("is shared and ends with its last holder", async () => {
    const [first, second] = [startSpawner(), startSpawner()];
    assert.equal(await first.ready, true);
    const before = takeSnapshot();
    await first.close();
    await first.close();
    assert.equal(takeSnapshot()["children"], before["children"]);
    await second.close();
    assert.ok((takeSnapshot()["children"] ?? 0) < (before["children"] ?? 0));
  });
});

function commandLine(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, "it did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
