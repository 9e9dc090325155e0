// R16, R17 and R20: a host that is told to end, that is killed, or cannot start a program.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createHost } from "@tenon/host";
import { eventually, rejection } from "@tenon/verify";
import { faultContract, takeBaseline } from "@tenon/verify/faults";
import { execArtifact, FAULT_DRIVERS } from "./fault-boundaries.ts";
import { COMPILERS, lacks } from "./native-plugins.ts";

const skip = process.platform === "linux" ? false : "looks for processes under /proc";
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Starts the host, sends the signals some time apart once its calls are under way, and waits for its end. */
async function signalled(args: readonly string[], signals: readonly NodeJS.Signals[]): Promise<Ended> {
  const host = spawn(process.execPath, [fixture("host-with-signals.mjs"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  host.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const exit = once(host, "close") as Promise<[number | null]>;
  await eventually("the calls are under way", () => /children .*\n/.test(output) && /thread/.test(output), 20_000);
  const children = /children (.*)/.exec(output)![1]!.split(" ");
  assert.ok(children.length >= 1 && children.every(isAlive));
  for (const signal of signals) {
    host.kill(signal);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const [code] = await exit;
  await eventually(`processes ${children.join(", ")} are gone`, () => !children.some(isAlive), 2000);
  return { code, lines: output.trim().split("\n").slice(1) };
}

describe("R17: a host that gets a signal", { skip }, () => {
  test("refuses new calls, lets those in flight end and exits with 143", { timeout: 60_000 }, async () => {
    const { code, lines } = await signalled(["20000", "answer"], ["SIGTERM"]);
    assert.equal(code, 143);
    assert.deepEqual([...lines].sort(), ["child 42", "new host-shutdown", "thread 4"]);
  });

  test("gives up what does not end in its grace", { timeout: 60_000 }, async () => {
    const { code, lines } = await signalled(["200", "never"], ["SIGTERM"]);
    assert.equal(code, 143);
    assert.deepEqual([...lines].sort(), ["child session-closed", "new host-shutdown", "thread 4"]);
  });

  test("twice ends at once, with the code of the second", { timeout: 60_000 }, async () => {
    const begin = performance.now();
    const { code } = await signalled(["50000", "never"], ["SIGTERM", "SIGINT"]);
    assert.equal(code, 130);
    assert.ok(performance.now() - begin < 45_000, "it did not wait for its grace");
  });

  test("leaves no listener once it is closed", async () => {
    const before = process.listenerCount("SIGTERM");
    const host = createHost({ drivers: [] });
    const handler = host.shutdownOn();
    assert.equal(process.listenerCount("SIGTERM"), before + 1);
    handler[Symbol.dispose]();
    assert.equal(process.listenerCount("SIGTERM"), before);
    host.shutdownOn({ signals: ["SIGTERM"] });
    await host.close();
    assert.equal(process.listenerCount("SIGTERM"), before);
  });
});

test("R16: a host that is killed leaves no process behind", { skip, timeout: 60_000 }, async () => {
  const { code } = await signalled(["1000", "never"], ["SIGKILL"]);
  assert.equal(code, null);
});

/** The head of a program for another machine: ELF's `e_machine` (elf(5)) of an IA-64. */
function foreignProgram(): string {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(50, 18);
  head.writeUInt32LE(1, 20);
  return head.toString("latin1");
}

/** A program that is linked to a library which has gone since; nothing where there is no compiler. */
function lackingLibrary(folder: string): readonly (readonly [what: string, program: string])[] {
  const [compiler] = COMPILERS;
  const reason = lacks(compiler!);
  if (reason !== false) {
    console.log(`no program that needs a library which is not there: ${reason}`);
    return [];
  }
  const run = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(compiler!.program, args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  writeFileSync(join(folder, "gone.c"), "int gone(void) { return 0; }\n");
  writeFileSync(join(folder, "needs.c"), "int gone(void); int main(void) { return gone(); }\n");
  run("-shared", "-fPIC", "gone.c", "-o", "libgone.so");
  run("needs.c", "-L.", "-lgone", "-o", "needs");
  rmSync(join(folder, "libgone.so"));
  return [["needs a library that is not there", join(folder, "needs")]];
}

describe("R20: a program that cannot be started", () => {
  const folder = mkdtempSync(join(tmpdir(), "tenon-spawn-"));
  const file = (name: string, text: string, mode: number): string => {
    writeFileSync(join(folder, name), text, "latin1");
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  const programs: readonly (readonly [what: string, program: string])[] = [
    ["is not there", join(folder, "nothing")],
    ["may not be run", file("denied", "#!/bin/sh\n", 0o600)],
    ["is no program", file("text", "\u007fELF and nothing more", 0o700)],
    ["needs an interpreter that is not there", file("script", "#!/nowhere/sh\n", 0o700)],
    ["is a folder", folder],
    ["is for another processor", file("foreign", foreignProgram(), 0o700)],
    ["is being written", file("written", "#!/bin/sh\n", 0o700)],
    ...lackingLibrary(folder),
  ];
  let writing: number | undefined;
  before(() => (writing = openSync(join(folder, "written"), "r+")));
  after(() => closeSync(writing!));
  for (const [what, program] of programs) {
    for (const boundary of ["stdio", "exec", "grpc"]) {
      test(`${boundary}: ${what}: one attempt, one answer`, { skip, timeout: 30_000 }, async () => {
        const baseline = takeBaseline({ mayHoldLoop: false });
        const events: string[] = [];
        const host = createHost({ drivers: FAULT_DRIVERS, onEvent: ({ type }) => events.push(type) });
        const artifact = boundary === "exec" ? { ...execArtifact, program } : { command: [program] };
        const plugin = host.register(faultContract, {
          id: "p",
          boundary,
          artifact,
          imports: { host: { tick: () => 0, nest: () => 0, hang: () => 0 } },
        });
        const error = await rejection(
          plugin.faults.ping(1),
          "start-failed",
          "file-missing",
          "artifact-invalid",
          "plugin-crashed",
          "exit-unexpected",
        );
        assert.match(
          [error.message, ...error.notes].join("\n"),
          new RegExp(program.replace(/[/.]/g, "\\$&")),
          "it names the program",
        );
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.ok(events.filter((type) => type === "start-failed" || type === "crashed").length <= 1, events.join());
        assert.ok(!events.includes("restarting"), "nobody asked again");
        await host.close();
        await baseline.holds();
      });
    }
  }
  test("the folder of these tests goes", () => rmSync(folder, { recursive: true }));
});
