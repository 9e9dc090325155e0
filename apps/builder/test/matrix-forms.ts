// The plugin of fixtures/every-version, built for one version of the builder contract in each of its forms: each once, into a
// folder that goes with the process, from nothing but what `tenon` generates from that version's frozen WIT.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Contract } from "@tenon/contract";
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { VERSIONS } from "./matrix-history.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLI = at("../../../packages/cli/bin/tenon.js");
const SOURCE = at("fixtures/every-version/plugin.c");
const SERVE = at("fixtures/every-version/serve.mjs");

interface Compiler {
  readonly program: string;
  readonly args: readonly string[];
}

const NATIVE: Compiler = { program: "cc", args: ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1"] };
const WASM: Compiler = {
  program: "clang",
  args: [
    "--target=wasm32",
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-O2",
    "-ffreestanding",
    "-nostdlib",
    "-mbulk-memory",
  ],
};

/** One form of the plugin: the boundary, and how it is made for a version. */
export interface Form {
  readonly boundary: string;
  /** Why it cannot be built here; undefined where it can. */
  readonly lacks: string | undefined;
  readonly artifact: (version: string) => unknown;
  /** Whether a linker takes it by its types, whatever version it was built for. */
  readonly isLinked?: true;
  /** Where starting it takes too long to do so in all of them; by default all. */
  readonly hosts?: readonly string[];
}

const made = new Map<string, unknown>();
let root: string | undefined;

function folderOf(...parts: readonly string[]): string {
  if (root === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "tenon-history-"));
    root = folder;
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return join(root, ...parts);
}

function run(program: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${error?.message ?? ""}${stdout}${stderr}`);
}

function tenon(...args: readonly string[]): void {
  run(process.execPath, [CLI, ...args]);
}

/** The WIT as it was frozen. */
function witOf(version: string): string {
  return at(`../../../contracts/builder/frozen/${version}/builder.wit`);
}

function once<T>(name: string, make: (version: string) => T): (version: string) => T {
  return (version) => {
    const key = `${name} ${version}`;
    if (!made.has(key)) made.set(key, make(version));
    return made.get(key) as T;
  };
}

/** `-DVERSION=130` for 0.1.3, as plugin.c has it. */
function defines(version: string): readonly string[] {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  return [`-DVERSION=${minor * 100 + patch * 10}`, `-DVERSION_TEXT="${version}"`];
}

const javascript = once("javascript", (version) => {
  const folder = folderOf(version, "javascript");
  tenon("codegen", witOf(version), "--js", "--out", folder, "--runtime", import.meta.resolve("tenon/contract"));
  return folder;
});

const library = once("library", (version) => {
  const folder = folderOf(version, "library");
  tenon("codegen", witOf(version), "--c", "--out", folder);
  const file = join(folder, "history.so");
  const { program, args } = NATIVE;
  run(program, [...args, "-fPIC", "-shared", "-DAS_LIBRARY", ...defines(version), `-I${folder}`, "-o", file, SOURCE]);
  return { library: file, digest: `sha256:${createHash("sha256").update(readFileSync(file)).digest("hex")}` };
});

function scaffold(version: string, boundary: string): string {
  const folder = folderOf(version, boundary);
  tenon("new", "plugin", "history", "--lang", "c", "--boundary", boundary, "--wit", witOf(version), "--dir", folder);
  return folder;
}

const program = once("program", (version) => {
  const folder = scaffold(version, "stdio");
  const file = join(folder, "history");
  const parts = ["contract.c", "json.c", "wire.c"].map((name) => join(folder, name));
  // The generated code is compiled as its users do; warnings in it are not this plugin's.
  const { program: compiler, args } = NATIVE;
  const own = ["-DAS_PROGRAM", ...defines(version), `-I${folder}`];
  run(compiler, [...args, ...own, "-o", file, SOURCE, ...parts, "-lm"]);
  return file;
});

const component = once("component", (version) => {
  const folder = scaffold(version, "wasm");
  const core = join(folder, "core.wasm");
  const parts = ["contract.c", "abi.c"].map((name) => join(folder, name));
  const link = ["-Wl,--no-entry,--strip-debug", "-o", core];
  run(WASM.program, [...WASM.args, ...defines(version), `-I${folder}`, ...link, SOURCE, ...parts]);
  const file = join(folder, "history.wasm");
  tenon("wrap", core, "--wit", witOf(version), "--out", file);
  return file;
});

/** The definition that an `import` host loads: the generated contract of that version, and what the plugin does. */
async function definition(version: string): Promise<PluginDefinition> {
  const generated = (await import(pathToFileURL(join(javascript(version), "plugin.js")).href)) as { plugin: Contract };
  const { implement } = (await import(new URL("fixtures/every-version/behaviour.mjs", import.meta.url).href)) as {
    implement: (version: string) => never;
  };
  return definePlugin(generated.plugin, implement(version));
}

function lacking({ program: compiler }: Compiler): string | undefined {
  if (process.platform !== "linux") return "the C plugins of the tests are written for Linux";
  if (process.env["CI"] === "true" || spawnSync(compiler, ["--version"]).status === 0) return undefined;
  return `${compiler} is not installed`;
}

const served = (version: string, ...more: readonly string[]): readonly string[] => [
  process.execPath,
  SERVE,
  javascript(version),
  version,
  ...more,
];

/** By the name that the published table has. */
export const FORMS = {
  import: {
    boundary: "import",
    lacks: undefined,
    artifact: async (version: string) => ({ module: await definition(version) }),
  },
  component: {
    boundary: "component",
    lacks: lacking(WASM),
    artifact: (version) => ({ module: component(version) }),
    isLinked: true,
  },
  "stdio JSON": { boundary: "stdio", lacks: lacking(NATIVE), artifact: (version) => ({ command: [program(version)] }) },
  "stdio frames": {
    boundary: "stdio",
    lacks: undefined,
    artifact: (version) => ({ command: served(version) }),
  },
  dylib: {
    boundary: "dylib",
    lacks: lacking(NATIVE),
    artifact: (version) => {
      const { library: file, digest } = library(version);
      return { library: file, isolation: "inline", trusted: digest };
    },
  },
  "dylib process": {
    boundary: "dylib",
    lacks: lacking(NATIVE),
    artifact: (version) => ({ library: library(version).library }),
    hosts: VERSIONS.slice(-1),
  },
  grpc: { boundary: "grpc", lacks: undefined, artifact: (version) => ({ command: served(version, "grpc") }) },
} satisfies Readonly<Record<string, Form>>;
