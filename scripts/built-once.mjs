// Sources, commands and compilers -> a folder with what was built of them, kept by their digest: two runs of the tests, and two files of
// one run, build the same thing once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../node_modules/.cache/tenon/builds", import.meta.url));
const UNUSED_MS = 7 * 24 * 3_600_000;

/**
 * The folder into which `make(folder)` has written what `inputs` become; they are all that it may depend on, with the system and the
 * versions that `versionOf` says. What is in it stays as it is: copy what is to be changed. Throws what `make` throws, and keeps nothing then.
 * @param {string} name
 * @param {readonly (string | Uint8Array)[]} inputs
 * @param {(folder: string) => void} make
 */
export function builtOnce(name, inputs, make) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const input of inputs) hash.update(`\n${input.length}\n`).update(input);
  const folder = join(CACHE, `${name}-${hash.digest("hex").slice(0, 32)}`);
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  mkdirSync(CACHE, { recursive: true });
  forgetOld();
  const made = mkdtempSync(join(CACHE, "making-"));
  try {
    make(made);
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another process has built the same meanwhile.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * Every file below `folder` with its path, as inputs. `isInput` leaves files out, by their path within.
 * @param {string} folder
 * @param {(path: string) => boolean} isInput
 */
export function filesAsInputs(folder, isInput = (_path) => true) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => isInput(relative(folder, path)) && statSync(path).isFile())
    .sort()
    .flatMap((path) => [relative(folder, path), readFileSync(path)]);
}

const versions = new Map();

/** What a compiler says of itself; empty where it is not there, which its use will tell. */
export function versionOf(program, ...args) {
  const command = [program, ...args].join(" ");
  if (!versions.has(command)) versions.set(command, spawnSync(program, args, { encoding: "utf8" }).stdout ?? "");
  return versions.get(command);
}

/** What nobody has asked for in a week; and what was not finished. */
function forgetOld() {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (Date.now() - statSync(path).mtimeMs > UNUSED_MS) rmSync(path, { recursive: true, force: true });
  }
}
