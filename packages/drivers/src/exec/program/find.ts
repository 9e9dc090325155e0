// A program's name -> the file that would run, with the reason in words when it cannot.
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, parse, resolve } from "node:path";
import { TenonError } from "@tenon/contract/core";

export interface SearchPlaces {
  /** Folder that relative names start from. */
  readonly base: string;
  /** Folders searched first; a relative one is looked for in `base` and in every folder above it, as npm does. */
  readonly path: readonly string[];
}

const EXTENSIONS = process.platform === "win32" ? [".exe", ".com", ""] : [""];

/** The absolute path, or undefined with the folders that were searched. Does not look into the file. */
export function findProgram(
  name: string,
  places: SearchPlaces,
): { readonly file: string | undefined; readonly searched: readonly string[] } {
  const isPath = name.includes("/") || (process.platform === "win32" && name.includes("\\"));
  const folders = isPath ? [dirname(resolve(places.base, name))] : searchFolders(places);
  for (const folder of folders) {
    for (const extension of EXTENSIONS) {
      const file = join(folder, `${basename(name)}${extension}`);
      if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { file, searched: folders };
    }
  }
  return { file: undefined, searched: folders };
}

function searchFolders({ base, path }: SearchPlaces): string[] {
  const own = path.flatMap((folder) =>
    isAbsolute(folder)
      ? [folder]
      : above(base)
          .map((parent) => join(parent, folder))
          .filter((place) => existsSync(place)),
  );
  const system = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && isAbsolute(folder));
  return [...own, ...system];
}

function above(folder: string): string[] {
  const { root } = parse(folder);
  return folder === root ? [folder] : [folder, ...above(dirname(folder))];
}

/** `file-missing` for a program that was searched for in vain. */
export function missingProgram(name: string, searched: readonly string[]): TenonError {
  return new TenonError("file-missing", `program ${name} was not found`, {
    hint: "install it, or give its path in the manifest",
    notes: searched.slice(0, 20).map((folder) => `searched ${folder}`),
    sideEffects: "none",
  });
}

/** Throws start-failed, file-missing or artifact-invalid where the system would refuse to start the file. */
export function checkProgram(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw failed(
      existsSync(file) ? "start-failed" : "file-missing",
      `program ${file} ${existsSync(file) ? "may not be executed" : "is not there"}`,
      "check its permissions (chmod +x)",
    );
  }
  if (process.platform === "win32") {
    if (/\.(?:cmd|bat)$/i.test(file))
      throw failed("start-failed", `${file} is a batch file, which needs a shell`, "name the program that it calls");
    return;
  }
  const head = firstBytes(file);
  if (head === undefined) return;
  if (head.toString("latin1", 0, 2) === "#!") return checkInterpreter(file, head);
  if (process.platform === "linux") checkFormat(file, head);
}

function failed(code: "start-failed" | "file-missing" | "artifact-invalid", what: string, hint: string): TenonError {
  return new TenonError(code, what, { hint, sideEffects: "none" });
}

/** Undefined where the file may be executed but not read. */
function firstBytes(file: string): Buffer | undefined {
  try {
    const fd = openSync(file, constants.O_RDONLY);
    try {
      const head = Buffer.alloc(256);
      return head.subarray(0, readSync(fd, head));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

function checkInterpreter(file: string, head: Buffer): void {
  const line = head.toString("utf8", 2).split("\n", 1)[0]!.trim();
  const [interpreter = "", ...words] = line.split(/[ \t]+/);
  if (!existsSync(interpreter))
    throw failed(
      "start-failed",
      `${file} needs the interpreter ${interpreter || "(none named)"}, which is not there`,
      "install it or mend the #! line",
    );
  if (basename(interpreter) !== "env") return;
  const name = words.find((word) => !word.startsWith("-") && !word.includes("="));
  if (name !== undefined && findProgram(name, { base: "/", path: [] }).file === undefined) {
    throw failed("start-failed", `${file} needs ${name}, which is not in PATH`, `install ${name}`);
  }
}

/** e_machine of the ELF header (System V ABI, chapter 4) by Node's name for it. */
const MACHINES: Readonly<Record<string, number>> = {
  x64: 62,
  arm64: 183,
  ia32: 3,
  arm: 40,
  riscv64: 243,
  ppc64: 21,
  s390x: 22,
  loong64: 258,
};

function checkFormat(file: string, head: Buffer): void {
  const magic = head.toString("latin1", 0, 4);
  // "MZ" is left to binfmt_misc, which starts Windows programs where it is set up.
  if (magic.startsWith("MZ")) return;
  if (magic !== "\u007fELF" || head.length < 20) {
    throw failed(
      "artifact-invalid",
      `${file} is neither a program nor a script with a #! line`,
      "name a program, or add a line such as #!/bin/sh",
    );
  }
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  const own = MACHINES[process.arch];
  const isOther32 = (process.arch === "x64" && machine === 3) || (process.arch === "arm64" && machine === 40);
  if (own === undefined || machine === own || isOther32) return;
  const name = Object.keys(MACHINES).find((arch) => MACHINES[arch] === machine) ?? `machine ${machine}`;
  throw failed(
    "artifact-invalid",
    `${file} is a program for ${name}, and this machine is ${process.arch}`,
    "get the build for this machine",
  );
}
