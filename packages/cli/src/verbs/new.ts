// `tenon new plugin`: a name, a language and a contract -> a folder with a plugin that works.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { printWit } from "@tenon/contract";
import { readWorld, type WitSelection, type WorldSource } from "../contract-source.ts";
import { usage } from "../usage.ts";
import { c } from "../scaffold/c.ts";
import { assemblyscript } from "../scaffold/assemblyscript.ts";
import { cDylib } from "../scaffold/c-dylib.ts";
import { cWasm } from "../scaffold/c-wasm.ts";
import { go } from "../scaffold/go.ts";
import { javascriptComponent } from "../scaffold/javascript-component.ts";
import { javascript, typescript } from "../scaffold/javascript.ts";
import { lua } from "../scaffold/lua.ts";
import { python } from "../scaffold/python.ts";
import { rustComponent, rustWasm } from "../scaffold/rust-wasm.ts";
import { rust } from "../scaffold/rust.ts";
import { makeScaffold, writeScaffold, type Generator, type MadeScaffold } from "../scaffold/scaffold.ts";
import { columns, paintFor, say, sayJson } from "../terminal.ts";

/** What there is for each language; the first is made where no boundary is asked for. */
const LANGUAGES: ReadonlyMap<string, readonly Generator[]> = new Map([
  ["ts", [typescript]],
  ["js", [javascript, javascriptComponent]],
  ["python", [python]],
  ["rust", [rust, rustComponent, rustWasm]],
  ["c", [c, cWasm, cDylib]],
  ["go", [go]],
  ["assemblyscript", [assemblyscript]],
  ["lua", [lua]],
]);

interface Options extends WitSelection {
  readonly lang?: string;
  readonly list?: boolean;
  readonly wit?: string;
  readonly boundary?: string;
  readonly dir?: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .usage("plugin [name] --lang <lang> [options]")
    .argument("[what]", "what to make: plugin")
    .argument("[name]", "its name, lower case with hyphens", "my-plugin")
    .option("--lang <lang>", `the language: ${[...LANGUAGES.keys()].join(", ")}`)
    .option("--boundary <name>", "where it is to run; default: the first that the language has (--list)")
    .option("--list", "print the languages with their boundaries and what each needs")
    .option("--wit <path>", "the contract to implement; default: a small one that greets")
    .option("--world <name>", "the world, where the WIT has several")
    .option("--dir <folder>", "where to make it; default: a folder of its name")
    .option("--features <names>", "turn on @unstable features of the WIT, separated by commas")
    .option("--all-features", "turn on all of them")
    .addHelpText(
      "after",
      `
Every function of the contract gets a stub with its types and docs, and the plugin can be called at once.

Examples:
  tenon new --list
  tenon new plugin hello --lang ts
  tenon new plugin my-builder --lang rust --boundary component --wit contracts/builder
  tenon new plugin hello --lang python --dir plugins/hello && tenon call plugins/hello greet Ada`,
    )
    .action((what: string | undefined, name: string, options: Options) =>
      options.list === true ? list(options) : create(what, name, options),
    );
}

function create(what: string | undefined, name: string, options: Options): void {
  if (what !== "plugin")
    throw usage(`tenon makes plugins, not ${what ?? "nothing"}: tenon new plugin NAME --lang LANG`, "new");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw usage(
      `${JSON.stringify(name)} is no name for a plugin; use lower-case words with hyphens, such as my-plugin`,
      "new",
    );
  }
  const { lang, boundary } = options;
  const generator = choose(lang, boundary);
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
  if (options.json) sayJson(jsonOf(name, folder, lang ?? "", scaffold));
  else explain(folder, scaffold);
}

/** Throws usage, with what there is. */
function choose(lang: string | undefined, boundary: string | undefined): Generator {
  const known = [...LANGUAGES.keys()].join(", ");
  if (lang === undefined) throw usage(`say the language with --lang: ${known}`, "new");
  const all = LANGUAGES.get(lang);
  if (all === undefined) throw usage(`there is no scaffold for --lang ${lang}; there is ${known}`, "new");
  const found = boundary === undefined ? all[0] : all.find((one) => one.boundaries.includes(boundary));
  if (found !== undefined) return found;
  const boundaries = all.flatMap((one) => one.boundaries).join(", ");
  throw usage(`a scaffold in ${lang} runs behind ${boundaries}, not ${boundary}`, "new");
}

function list(options: Options): void {
  const rows = [...LANGUAGES].flatMap(([lang, all]) =>
    all.map((one, index) => ({ lang, boundaries: one.boundaries, isDefault: index === 0, needs: one.needs })),
  );
  if (options.json) sayJson(rows);
  else
    say(columns(rows.map((row) => [row.lang, row.boundaries.join(", "), row.isDefault ? "default" : "", row.needs])));
}

/** One file goes along as it is, comments and all; a folder with its dependencies becomes one file, and a pipe has been read. */
function witText(path: string, source: WorldSource): string {
  return statSync(path).isFile() ? readFileSync(path, "utf8") : printWit(source.resolve, source.rootPackage);
}

function jsonOf(
  name: string,
  folder: string,
  lang: string,
  { files, artifacts, build, test, needs }: MadeScaffold,
): unknown {
  return {
    name,
    folder,
    lang,
    boundaries: artifacts.map(({ boundary }) => boundary),
    files: files.map(({ path }) => path),
    build,
    test,
    needs,
  };
}

function explain(folder: string, { files, build, main, needs }: MadeScaffold): void {
  const paint = paintFor(process.stdout);
  for (const { path } of files) say(`${paint.green("wrote")} ${join(folder, path)}`);
  const missing = missingPackages(folder, files.find(({ path }) => path === "package.json")?.text ?? "{}");
  // Where this Tenon is a checkout, npm need not have any.
  const install = missing.includes("tenon") && existsSync(CHECKOUT) ? `npm install ${quoted(CHECKOUT)}` : "npm install";
  const steps = build.flatMap((step) => (step !== "npm install" ? [step] : missing.length > 0 ? [install] : []));
  say(`\nIt needs ${needs}. Next:\n`);
  for (const step of [`cd ${quoted(folder)}`, ...steps, "tenon call .", `# then open ${main}`]) say(`  ${step}`);
}

const CHECKOUT = fileURLToPath(new URL("../../../tenon", import.meta.url));

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** What a folder's package.json asks for and no `node_modules` above it has. */
function missingPackages(folder: string, packageJson: string): readonly string[] {
  const { dependencies, devDependencies } = JSON.parse(packageJson) as Readonly<
    Record<string, Readonly<Record<string, string>> | undefined>
  >;
  const paths = createRequire(resolve(folder, "package.json")).resolve.paths("tenon") ?? [];
  return Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !paths.some((path) => existsSync(join(path, name))),
  );
}
