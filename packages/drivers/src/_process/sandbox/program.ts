// A command -> the file that runs, and what of the machine it is made of: its interpreter and the libraries beside it.
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import type { Command } from "../command.ts";
import { spawnError } from "../spawn-error.ts";
import type { Seen } from "./mechanism.ts";
import { isBelow, realPath, seenAt, SYSTEM_PATH } from "./view.ts";

export interface ConfinedProgram {
  /** Absolute. */
  readonly file: string;
  readonly seen: readonly Seen[];
  /** Folders outside of the system's in which interpreters are that a first line only names. */
  readonly path: readonly string[];
}

/** Beside the `bin` of an installation: libraries, and the mark of a virtual environment of Python. */
const BESIDE_BIN = ["lib", "lib64", "libexec", "pyvenv.cfg"];
/** Scripts of scripts of scripts. */
const MAX_INTERPRETERS = 4;
/** Linux reads no longer first lines (BINPRM_BUF_SIZE). */
const MAX_LINE = 256;

/**
 * Looks in the system's folders before those of PATH: what is there is seen with all that belongs to it. `base` is where
 * relative paths start. Throws as starting it would: file-missing, artifact-invalid or start-failed.
 */
export function confinedProgram(command: Command, base: string): ConfinedProgram {
  const file = lookedUp(command.program, base);
  if (file === undefined) throw spawnError({ code: "ENOENT" }, command);
  try {
    accessSync(file, constants.X_OK);
  } catch (error) {
    throw spawnError(error, command);
  }
  const chain = chainOf(file, MAX_INTERPRETERS);
  const path = chain.slice(1).map((one) => dirname(one));
  return { file, seen: chain.flatMap(partsOf), path: path.filter((folder) => !SYSTEM_PATH.includes(folder)) };
}

function lookedUp(name: string, base: string): string | undefined {
  const own = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  const places = name.includes("/")
    ? [resolve(base, name)]
    : [...SYSTEM_PATH, ...own].map((folder) => join(folder, name));
  return places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true);
}

/** A script, its interpreter, and that one's. */
function chainOf(file: string, interpreters: number): readonly string[] {
  const next = interpreters === 0 ? undefined : interpreterOf(file);
  return [file, ...(next === undefined ? [] : chainOf(next, interpreters - 1))];
}

function partsOf(file: string): readonly Seen[] {
  const parts = [file, realPath(file)].flatMap((one) => [one, ...besideBin(one)]);
  return parts.flatMap((part) => seenAt(part));
}

/** A home has a `bin` too, and beside it what nobody is to see. */
function besideBin(file: string): readonly string[] {
  const prefix = dirname(dirname(file));
  if (basename(dirname(file)) !== "bin" || hasHome(prefix)) return [];
  return BESIDE_BIN.map((name) => join(prefix, name)).filter((path) => existsSync(path));
}

function hasHome(folder: string): boolean {
  try {
    return isBelow(homedir(), folder);
  } catch {
    // A user whom the system does not know has none, as in a container that runs as any number.
    return false;
  }
}

/** Of a script; undefined for everything else. */
function interpreterOf(file: string): string | undefined {
  const [interpreter = "", ...words] = firstLine(file).split(/[ \t]+/);
  if (!interpreter.startsWith("/")) return undefined;
  if (basename(interpreter) !== "env") return interpreter;
  const name = words.find((word) => !word.startsWith("-") && !word.includes("="));
  return name === undefined ? interpreter : lookedUp(name, "/");
}

/** What stands behind `#!`; empty where the file has none, or may be started and not read. */
function firstLine(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      const head = Buffer.alloc(MAX_LINE);
      const text = head.toString("latin1", 0, readSync(descriptor, head));
      return text.startsWith("#!") ? text.slice(2).split("\n", 1)[0]!.trim() : "";
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The kernel will say what is wrong with it.
    return "";
  }
}
