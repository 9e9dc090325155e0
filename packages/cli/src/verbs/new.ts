// `tenon new plugin`: a name, a language and a contract -> a folder with a plugin that works.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { printWit } from "@tenon/contract";
import { readWorld, type WitSelection, type WorldSource } from "../contract-source.ts";
import { usage } from "../failure.ts";
import { c } from "../scaffold/c.ts";
import { javascript, typescript } from "../scaffold/javascript.ts";
import { python } from "../scaffold/python.ts";
import { rust } from "../scaffold/rust.ts";
import { makeScaffold, writeScaffold, type Generator, type Scaffold } from "../scaffold/scaffold.ts";
import { paintFor, say, sayJson } from "../terminal.ts";

const LANGUAGES: ReadonlyMap<string, Generator> = new Map([
  ["ts", typescript],
  ["js", javascript],
  ["python", python],
  ["rust", rust],
  ["c", c],
]);

interface Options extends WitSelection {
  readonly lang: string;
  readonly wit?: string;
  readonly boundary?: string;
  readonly dir?: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .usage("plugin [name] --lang <lang> [options]")
    .argument("<what>", "what to make: plugin")
    .argument("[name]", "its name, lower case with hyphens", "my-plugin")
    .requiredOption("--lang <lang>", `the language: ${[...LANGUAGES.keys()].join(", ")}`)
    .option("--wit <path>", "the contract to implement; default: a small one that greets")
    .option("--world <name>", "the world, where the WIT has several")
    .option("--boundary <name>", "the boundary to prefer, where the language has a choice")
    .option("--dir <folder>", "where to make it; default: a folder of its name")
    .option("--features <names>", "turn on @unstable features of the WIT, separated by commas")
    .option("--all-features", "turn on all of them")
    .addHelpText(
      "after",
      `
Every function of the contract gets a stub with its types and docs, and the plugin can be called at once. Python, Rust
and C need nothing but their own standard library: they speak JSON lines over a pipe (the stdio boundary).

Examples:
  tenon new plugin hello --lang ts
  tenon new plugin my-builder --lang rust --wit contracts/builder
  tenon new plugin hello --lang python --dir plugins/hello && tenon call plugins/hello greet Ada`,
    )
    .action((what: string, name: string, options: Options) => create(what, name, options));
}

function create(what: string, name: string, options: Options): void {
  if (what !== "plugin") throw usage(`tenon makes plugins, not ${what}: tenon new plugin NAME --lang LANG`, "new");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw usage(
      `${JSON.stringify(name)} is no name for a plugin; use lower-case words with hyphens, such as my-plugin`,
      "new",
    );
  }
  const generator = LANGUAGES.get(options.lang);
  if (generator === undefined)
    throw usage(`there is no scaffold for --lang ${options.lang}; there is ${[...LANGUAGES.keys()].join(", ")}`, "new");
  const { boundary } = options;
  if (boundary !== undefined && !generator.boundaries.includes(boundary)) {
    throw usage(`a scaffold in ${options.lang} runs behind ${generator.boundaries.join(", ")}, not ${boundary}`, "new");
  }
  const wit = options.wit ?? fileURLToPath(new URL("../../templates/hello.wit", import.meta.url));
  const source = readWorld(wit, options);
  const scaffold = makeScaffold(
    generator,
    { name, source, isHello: options.wit === undefined },
    witText(wit, source),
    boundary,
  );
  const folder = options.dir ?? name;
  writeScaffold(folder, scaffold.files);
  if (options.json) sayJson(jsonOf(name, folder, options.lang, scaffold));
  else explain(folder, scaffold);
}

/** One file goes along as it is, comments and all; a folder with its dependencies becomes one file. */
function witText(path: string, source: WorldSource): string {
  return statSync(path).isDirectory() ? printWit(source.resolve, source.rootPackage) : readFileSync(path, "utf8");
}

function jsonOf(name: string, folder: string, lang: string, { files, artifacts, build, test }: Scaffold): unknown {
  return {
    name,
    folder,
    lang,
    boundaries: artifacts.map(({ boundary }) => boundary),
    files: files.map(({ path }) => path),
    build,
    test,
  };
}

function explain(folder: string, { files, build, main, needs }: Scaffold): void {
  const paint = paintFor(process.stdout);
  for (const { path } of files) say(`${paint.green("wrote")} ${join(folder, path)}`);
  const steps = build.filter((step) => step !== "npm install" || !hasTenon(folder));
  say(`\nIt needs ${needs}. Next:\n`);
  for (const step of [`cd ${folder}`, ...steps, "tenon call .", `# then open ${main}`]) say(`  ${step}`);
}

/** In a project that has tenon already there is nothing to install. */
function hasTenon(folder: string): boolean {
  const paths = createRequire(resolve(folder, "package.json")).resolve.paths("tenon") ?? [];
  return paths.some((path) => statSync(join(path, "tenon"), { throwIfNoEntry: false }) !== undefined);
}
