// Temporary copies of the sample projects, edits of their files, and runs of the built command line.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { AccessSet, Grants } from "@tenon/policy";
import { tenonBuild } from "../dist/cli/tenon-build.js";

export const PROJECTS: string = fileURLToPath(new URL("../projects", import.meta.url));
export const FIXTURES: string = fileURLToPath(new URL("fixtures", import.meta.url));
const BIN = fileURLToPath(new URL("../bin/tenon-build.js", import.meta.url));

// Nobody's own policy has a say in the tests, and nobody's audit log has lines of them.
const HOME = mkdtempSync(join(tmpdir(), "tenon-builder-home-"));
after(() => rmSync(HOME, { recursive: true, force: true }));
process.env["XDG_CONFIG_HOME"] = HOME;
process.env["XDG_STATE_HOME"] = HOME;

/** A folder that is removed after the file's tests; a real path. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tenon-builder-test-")));
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** A copy of a sample project that may be changed. */
export function copyProject(name: string): string {
  const folder = join(scratchFolder(), name);
  cpSync(join(PROJECTS, name), folder, { recursive: true });
  return folder;
}

/** Replaces a text that must stand in the file exactly once, and returns its line, from 1. */
export function edit(project: string, file: string, from: string, to: string): number {
  const path = join(project, file);
  const text = readFileSync(path, "utf8");
  const at = text.indexOf(from);
  if (at < 0 || text.indexOf(from, at + 1) >= 0)
    throw new Error(`${JSON.stringify(from)} does not stand in ${file} exactly once`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  return text.slice(0, at).split("\n").length;
}

/** Every file below a folder with its content, so that two states can be compared. */
export function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const plain = files.filter((file) => statSync(join(folder, file)).isFile());
  return Object.fromEntries(plain.map((file) => [file, readFileSync(join(folder, file), "base64")]));
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly done: Promise<CommandResult>;
  /** Resolves when standard error has matched; rejects when the command ends before. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts `tenon-build` as a person would. cargo's cache goes to a folder of the tests. */
export function startBuild(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  const waiting: {
    pattern: RegExp;
    resolve: (match: RegExpExecArray) => void;
    reject: (error: Error) => void;
    from: number;
  }[] = [];
  let consumed = 0;
  const look = (): void => {
    for (const wait of [...waiting]) {
      const match = wait.pattern.exec(stderr.slice(wait.from));
      if (match === null) continue;
      consumed = wait.from + match.index + match[0].length;
      waiting.splice(waiting.indexOf(wait), 1);
      wait.resolve(match);
    }
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    look();
  });
  const done = new Promise<CommandResult>((resolve) => {
    child.on("close", (code) => {
      for (const { pattern, reject } of waiting) reject(new Error(`ended without ${pattern}: ${stderr}`));
      resolve({ code, stdout, stderr });
    });
  });
  const saw = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      waiting.push({ pattern, resolve, reject, from: consumed });
      look();
    });
  return { child, done, saw };
}

/** The same in this process: much faster, for everything that needs no signal and no program of its own on the terminal. */
export async function buildHere(args: readonly string[]): Promise<CommandResult> {
  const [stdout, stderr] = [collector(), collector()];
  const signal = new AbortController().signal;
  const code = await tenonBuild(args, { stdout: stdout.stream, stderr: stderr.stream, signal });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector() {
  let collected = "";
  const write = (chunk: Buffer, _: unknown, done: () => void): void => {
    collected += chunk.toString("utf8");
    done();
  };
  return { stream: new Writable({ write }), text: () => collected };
}

export function build(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  return startBuild(args, env).done;
}

/** Grants as `decide` makes them: everything of one set but what the other has. */
export function grantsOf(grant: AccessSet, deny: AccessSet = {}): Grants {
  return {
    allow: [{ rule: "no rule grants it", isNarrowing: false, sets: [{ rule: "grant", set: grant }] }],
    deny: [{ rule: "deny", set: deny }],
  };
}

/** Arguments that bring in the plugin that does what no plugin should. */
export const ODD: readonly string[] = ["--plugins", join(FIXTURES, "plugins"), "--trust", "odd"];

export function oddProject(): string {
  const folder = join(scratchFolder(), "odd");
  cpSync(join(FIXTURES, "odd-project"), folder, { recursive: true });
  return folder;
}

/** What a person sees must be one sentence with what to do, never a stack. */
export function assertSentence(stderr: string, pattern: RegExp): void {
  const line = stderr.split("\n").find((one) => one.startsWith("tenon-build: "));
  assert.match(line ?? stderr, pattern);
  assert.doesNotMatch(stderr, /^\s+at /m);
}
