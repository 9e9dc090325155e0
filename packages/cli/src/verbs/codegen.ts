// `tenon codegen`: a WIT world -> modules with its types and its contract, or proto3 files, written only where they changed.
import { join } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { generateLua, generateProto, generateTypeScript, type GeneratedFile } from "@tenon/contract";
import { readWorld, type WitSelection, type WorldSource } from "../contract-source.ts";
import { EXIT } from "../exit.ts";
import { frozenAs } from "../contract/lock-file.ts";
import { generateCHeader } from "../native/c-header.ts";
import { compareFile, writeChanged } from "../output-files.ts";
import { generateRustModule } from "../native/rust-module.ts";
import { modelOf } from "../scaffold/model.ts";
import { complain, paintFor, say, sayJson } from "../terminal.ts";

interface Options extends WitSelection {
  readonly out: string;
  readonly js?: boolean;
  readonly proto?: boolean;
  readonly lua?: boolean;
  readonly c?: boolean;
  readonly rust?: boolean;
  readonly shape?: boolean;
  readonly runtime?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, exit: (code: number) => void): void {
  command
    .argument("<wit>", "a WIT file, or a folder with *.wit files and deps/")
    .requiredOption("--out <dir>", "where to write; made if it is not there")
    .option("--world <name>", "the world, where the package has several")
    .option("--js", "a .js module with its .d.ts, for projects without a compiler")
    .option("--proto", "proto3 files instead, one for each interface, for gRPC plugins in any language")
    .option("--lua", "LuaLS annotations for plugins in Lua, by which an editor completes and checks")
    .option("--c", "a C header for a plugin that is a shared library")
    .option("--rust", "a Rust module for a plugin on the tenon crate")
    .option("--shape", "only types, with types and functions by path, for migrations between frozen versions")
    .option("--runtime <module>", "where the generated code imports from", "tenon/contract")
    .option("--check", "write nothing; exit with 1 if a file differs from what would be written")
    .option("--features <names>", "turn on @unstable features, separated by commas")
    .option("--all-features", "turn on all of them")
    .addHelpText(
      "after",
      `
The module is named after the world. Files that are up to date are not touched, and each is replaced as a whole.
A contract that is what \`tenon contract freeze\` froze last says so; hosts with \`contracts: "frozen"\` take no other.

Examples:
  tenon codegen contracts/builder --out src/generated
  tenon codegen plugin.wit --world plugin --out src/generated --check
  tenon codegen plugin.wit --out generated --js
  tenon codegen plugin.wit --out proto --proto
  tenon codegen plugin.wit --out . --lua
  tenon codegen plugin.wit --out src --c
  tenon codegen contract/frozen/1.3.0 --out contract/migrations/types --shape`,
    )
    .action((wit: string, options: Options) => exit(generate(wit, options)));
}

function filesOf(wit: string, source: WorldSource, options: Options): readonly GeneratedFile[] {
  if (options.c) return [generateCHeader(modelOf(source))];
  if (options.lua) return generateLua(source.resolve, source.world).files;
  if (options.proto) return generateProto(source.resolve, source.world).files;
  if (options.rust) return [generateRustModule(modelOf(source))];
  return generateTypeScript(source.resolve, source.world, {
    runtimeModule: options.runtime,
    frozen: frozenAs(wit, source.contract.digest),
    language: options.js ? "javascript" : "typescript",
    shape: options.shape,
  }).files;
}

function generate(wit: string, options: Options): number {
  const source = readWorld(wit, options);
  const { contract } = source;
  const files = filesOf(wit, source, options);
  const done = files.map(({ path: name, text }) => {
    const path = join(options.out, name);
    return { path, status: options.check ? compareFile(path, text) : writeChanged(path, text) };
  });
  const isStale = options.check === true && done.some(({ status }) => status !== "unchanged");
  if (options.json) sayJson({ contract: contract.id, digest: contract.digest, files: done });
  else {
    const paint = paintFor(process.stdout);
    for (const { path, status } of done)
      say(`${status === "unchanged" ? paint.dim(status) : paint.green(status)} ${path}`);
    if (isStale) complain(`error: generated files are not up to date; run the same command without --check`);
  }
  return isStale ? EXIT.failed : EXIT.done;
}
