// A world, a language and a name -> the files of a plugin that builds, loads and answers.
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract";
import { MANIFEST_FILE, splitContractId } from "@tenon/registry";
import { modelOf, type PluginModel } from "./model.ts";
import type { WorldSource } from "../contract-source.ts";

export interface ScaffoldFile {
  readonly path: string;
  readonly text: string;
  readonly isExecutable?: boolean;
}

/** An entry of `tenon.json`; the other keys are the driver's. */
export interface ScaffoldArtifact {
  readonly id: string;
  readonly boundary: string;
  readonly [key: string]: unknown;
}

/** What a language makes of a contract. */
export interface Scaffold {
  readonly files: readonly ScaffoldFile[];
  /** The preferred one first. */
  readonly artifacts: readonly ScaffoldArtifact[];
  /** Commands, run in the plugin's folder. */
  readonly build: readonly string[];
  readonly test: readonly string[];
  /** The file to open first. */
  readonly main: string;
}

/** A scaffold of one generator, with all files. */
export interface MadeScaffold extends Scaffold {
  readonly needs: string;
}

export interface ScaffoldOptions {
  /** The plugin's name: a label. */
  readonly name: string;
  readonly source: WorldSource;
  /** Whether the contract is the small one that comes with Tenon, whose functions have ready bodies. */
  readonly isHello: boolean;
}

export interface Generator {
  readonly boundaries: readonly string[];
  /** What has to be installed. */
  readonly needs: string;
  generate(model: PluginModel, options: ScaffoldOptions): Scaffold;
}

/** A file of `templates/`, whole. */
export function template(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../templates/${path}`, import.meta.url)), "utf8");
}

/** The files of a folder in `templates/`. */
export function templates(folder: string): readonly { readonly name: string; readonly text: string }[] {
  const names = readdirSync(fileURLToPath(new URL(`../../templates/${folder}`, import.meta.url))).sort();
  return names.map((name) => ({ name, text: template(`${folder}/${name}`) }));
}

/** The file that a linker makes of a shared library of this name on this machine. */
export function sharedLibrary(name: string): string {
  if (process.platform === "win32") return `${name}.dll`;
  return `lib${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}

/** All files with their texts; `wit` is the contract's text as it goes into the plugin's folder. */
export function makeScaffold(
  generator: Generator,
  options: ScaffoldOptions,
  wit: string,
  boundary: string | undefined,
): MadeScaffold {
  const model = modelOf(options.source);
  const made = generator.generate(model, options);
  const artifacts = prefer(made.artifacts, boundary);
  const scaffold = { ...made, artifacts, needs: generator.needs };
  const { id, digest } = model.contract;
  const { package: packageName, world, version } = splitContractId(id);
  const manifest = {
    schema: 1,
    id: `local/${options.name}`,
    version: "0.1.0",
    description: `A plugin for ${id}.`,
    contracts: [
      {
        package: packageName,
        world,
        ...(version !== undefined && { range: `^${version}` }),
        built: { ...(version !== undefined && { version }), abi: digest },
        wit: "${plugin}/contract.wit",
      },
    ],
    artifacts,
  };
  const files = [
    ...made.files,
    { path: MANIFEST_FILE, text: `${JSON.stringify(manifest, null, 2)}\n` },
    { path: "contract.wit", text: wit },
    { path: "README.md", text: readme(scaffold, model, options) },
  ];
  return { ...scaffold, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function prefer(artifacts: readonly ScaffoldArtifact[], boundary: string | undefined): readonly ScaffoldArtifact[] {
  if (boundary === undefined) return artifacts;
  const chosen = artifacts.filter((one) => one.boundary === boundary);
  return [...chosen, ...artifacts.filter((one) => one.boundary !== boundary)];
}

function readme(
  { build, test, needs, main, artifacts }: MadeScaffold,
  { contract, exports }: PluginModel,
  { name, isHello }: ScaffoldOptions,
): string {
  const first = exports[0]?.functions[0]?.path ?? "";
  const example = isHello ? "greeter.greet Ada" : first;
  const steps = (title: string, commands: readonly string[]): string =>
    commands.length === 0 ? "" : `## ${title}\n\n\`\`\`sh\n${commands.join("\n")}\n\`\`\`\n\n`;
  return (
    `# ${name}

A Tenon plugin for \`${contract.id}\`. Its functions are in [${main}](${main}); the contract is [contract.wit](contract.wit), and
[tenon.json](tenon.json) says what it is and where it can run (${artifacts.map(({ boundary }) => boundary).join(", ")}). It needs ${needs}.

${steps("Build", build)}## Call

\`\`\`sh
tenon call .               # the functions
tenon call . ${example}
\`\`\`

${steps("Test", test)}`.trimEnd() + "\n"
  );
}

/**
 * Writes all files beside the target and moves them there at once, so that an interrupted run leaves nothing half made.
 * Throws config-invalid when the folder has something in it already.
 */
export function writeScaffold(folder: string, files: readonly ScaffoldFile[]): void {
  const target = resolve(folder);
  if (entriesOf(target).length > 0) {
    throw new TenonError("config-invalid", `${folder} is there already and not empty`, {
      hint: "choose another name or --dir",
      sideEffects: "none",
    });
  }
  let draft: string | undefined;
  try {
    mkdirSync(dirname(target), { recursive: true });
    draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
    for (const { path, text, isExecutable } of files) {
      const place = join(draft, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text, { mode: isExecutable ? 0o777 : 0o666 });
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
  } catch (cause) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TenonError("config-invalid", `${folder} cannot be written (${code})`, {
      hint: "choose another --dir",
      cause,
      sideEffects: "none",
    });
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A file in its place counts as something; nothing there is what is wanted.
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : [folder];
  }
}
