// C plugins for the tests -> shared libraries, each built once per compiler and kind, against a header made from the WIT.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ArtifactKind } from "@tenon/verify";
import { builtOnce, versionOf } from "../../../scripts/built-once.mjs";
import { FAULT_WIT, type FaultArtifact } from "@tenon/verify/faults";

const CLI = fileURLToPath(new URL("../../cli/bin/tenon.js", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../verify/src/plugins/conformance.c", import.meta.url));
const FAULTS = fileURLToPath(new URL("../../verify/src/plugins/faults.c", import.meta.url));
export const CONFORMANCE_WIT: string = fileURLToPath(new URL("../../../contracts/conformance", import.meta.url));

export interface Compiler {
  readonly program: string;
  readonly flags: readonly string[];
}

/** One source for all four. */
export const COMPILERS: readonly Compiler[] = [
  { program: "gcc", flags: ["-std=c11"] },
  { program: "clang", flags: ["-std=c11"] },
  { program: "g++", flags: ["-xc++", "-std=c++17"] },
  { program: "clang++", flags: ["-xc++", "-std=c++17"] },
];

/** Why this compiler cannot be used here; false where it can. In CI it has to be there. */
export function lacks({ program }: Compiler): string | false {
  if (process.platform !== "linux") return "the C plugins of the tests are written for Linux";
  if (process.env["CI"] === "true" || spawnSync(program, ["--version"]).status === 0) return false;
  return `${program} is not installed`;
}

let folder: string | undefined;

function workFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "tenon-native-test-"));
    folder = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return folder;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, stdout, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${error?.message ?? ""}${stdout}${stderr}`);
}

/** A folder with the header of a contract, and the header's text. */
export function headerOf(wit: string, name: string): { readonly folder: string; readonly text: string } {
  const into = join(workFolder(), name);
  if (!existsSync(into)) run(process.execPath, [CLI, "codegen", wit, "--c", "--out", into]);
  return { folder: into, text: readFileSync(join(into, "plugin.h"), "utf8") };
}

/** Builds one C file against the header in `include`; the path of the library. */
export function build(compiler: Compiler, source: string, include: string, defines: readonly string[] = []): string {
  const out = join(include, `${compiler.program}${defines.join("")}.so`);
  if (!existsSync(out)) {
    const { program, flags } = compiler;
    const args = [
      ...flags,
      "-Wall",
      "-Wextra",
      "-Werror",
      "-O1",
      "-shared",
      "-fPIC",
      "-pthread",
      ...defines.map((name) => `-D${name}`),
    ];
    const inputs = [versionOf(program, "--version"), args.join(" "), readFileSync(source), ...headers(include)];
    const built = builtOnce("native", inputs, (folder) =>
      run(program, [...args, `-I${include}`, source, "-o", join(folder, "plugin.so")]),
    );
    copyFileSync(join(built, "plugin.so"), out);
  }
  return out;
}

function headers(folder: string): readonly Buffer[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".h"));
  return names.sort().map((name) => readFileSync(join(folder, name)));
}

/** The library of contracts/conformance of one kind. */
export function conformanceLibrary(compiler: Compiler, kind: ArtifactKind): string {
  const { folder: include, text } = headerOf(CONFORMANCE_WIT, "conformance");
  if (kind !== "other-contract") {
    return build(compiler, SOURCE, include, kind === "conformance" ? [] : [`KIND_${kind.toUpperCase()}`]);
  }
  const other = join(workFolder(), "other-contract");
  mkdirSync(other, { recursive: true });
  copyFileSync(SOURCE, join(other, "conformance.c"));
  writeFileSync(join(other, "plugin.h"), text.replace(/abi:sha256:[0-9a-f]{64}/, `abi:sha256:${"0".repeat(64)}`));
  return build(compiler, SOURCE, other);
}

/** Why there is no library of the fault catalogue here; false where there is. */
export function lacksFaultsLibrary(): string | false {
  return lacks(COMPILERS[0]!);
}

/** The library of the fault catalogue of one kind. */
export function faultsLibrary(kind: FaultArtifact): string {
  const wit = join(workFolder(), "faults.wit");
  writeFileSync(wit, FAULT_WIT);
  const { folder: include } = headerOf(wit, "faults");
  return build(COMPILERS[0]!, FAULTS, include, kind === "start-spins" ? ["KIND_START_SPINS"] : []);
}

export function trustOf(library: string): string {
  return `sha256:${createHash("sha256").update(readFileSync(library)).digest("hex")}`;
}
