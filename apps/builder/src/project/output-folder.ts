// A build's output: made in a fresh folder beside the real one, and put in its place only when the build succeeded.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";

/** In every output folder, so that no other folder is ever replaced. */
const MARKER = ".tenon-build.json";

export interface OutputFolder {
  /** Where the plugin writes; a real path. */
  readonly staging: string;
  /** Replaces the earlier output and returns the folder's path. `note` goes into the marker. */
  publish(note: Readonly<Record<string, unknown>>): string;
  /** Removes what was made; the earlier output stays. Idempotent, and nothing after `publish`. */
  discard(): void;
}

/** Throws config-invalid where `out` is a folder that no build made, or a file. */
export function openOutput(out: string): OutputFolder {
  const target = resolve(out);
  checkReplaceable(target);
  const parent = dirname(target);
  try {
    mkdirSync(parent, { recursive: true });
    removeStale(parent, basename(target));
    const staging = realpathSync(mkdtempSync(join(parent, `${stagingPrefix(basename(target))}${process.pid}-`)));
    return new Staging(staging, target);
  } catch (cause) {
    throw new TenonError("config-invalid", `no output folder can be made at ${target}`, {
      hint: "choose another with --out",
      cause,
    });
  }
}

/** Removes an output folder; false where there is none. Throws config-invalid for a folder that no build made. */
export function removeOutput(out: string): boolean {
  const target = resolve(out);
  if (!existsSync(target)) return false;
  checkReplaceable(target);
  rmSync(target, { recursive: true });
  return true;
}

class Staging implements OutputFolder {
  readonly staging: string;
  readonly #target: string;
  #isDone = false;

  constructor(staging: string, target: string) {
    this.staging = staging;
    this.#target = target;
  }

  publish(note: Readonly<Record<string, unknown>>): string {
    writeFileSync(join(this.staging, MARKER), `${JSON.stringify(note, null, 2)}\n`);
    const old = `${this.staging}-old`;
    const hadOld = existsSync(this.#target);
    if (hadOld) renameSync(this.#target, old);
    try {
      renameSync(this.staging, this.#target);
    } catch (error) {
      if (hadOld) renameSync(old, this.#target);
      throw error;
    }
    this.#isDone = true;
    rmSync(old, { recursive: true, force: true });
    return this.#target;
  }

  discard(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // A cancelled plugin may still be writing into it.
    rmSync(this.staging, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }
}

function checkReplaceable(target: string): void {
  let entries: string[];
  try {
    entries = readdirSync(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new TenonError("config-invalid", `${target} is no folder that a build could be put in`, {
      hint: "choose another with --out",
      cause: error,
    });
  }
  if (entries.length === 0 || entries.includes(MARKER)) return;
  throw new TenonError("config-invalid", `${target} has files in it that no build made`, {
    hint: "choose another folder with --out, or empty this one",
  });
}

function stagingPrefix(name: string): string {
  return `.${name}.tenon-`;
}

/** What a killed build left. */
function removeStale(parent: string, name: string): void {
  const prefix = stagingPrefix(name);
  for (const entry of readdirSync(parent)) {
    const pid = entry.startsWith(prefix) ? Number.parseInt(entry.slice(prefix.length), 10) : NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    rmSync(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
