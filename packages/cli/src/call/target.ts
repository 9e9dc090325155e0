// What a command line names as the plugin -> the contract, the boundary and the artifact to load.
import { accessSync, closeSync, constants, readSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { contractFromDescriptor, describeThrown, TenonError, type Contract } from "@tenon/contract";
import type { Limits } from "@tenon/host";
import type { Policy } from "@tenon/policy";
import { checkContract, MANIFEST_FILE, readManifest, type ContractEntry, type Manifest } from "@tenon/registry";
import { readWorld, type WitSelection } from "../contract-source.ts";
import { readForeignProgram, type ForeignOptions } from "../foreign/options.ts";
import { placeManifest } from "../policy/decide-artifact.ts";
import { usage } from "../usage.ts";
import { probeModule } from "../inspect/module-probe.ts";
import { openForeign, statOf, unreadable } from "../foreign-file.ts";
import { checkBoundary, loadDriver } from "./drivers.ts";

export interface TargetOptions extends WitSelection {
  readonly wit?: string | undefined;
  /** Where the caller knows it: then neither the command line nor the plugin is asked. */
  readonly contract?: Contract | undefined;
  readonly boundary?: string | undefined;
  /** The program and its arguments, for plugins that are a command line. */
  readonly command?: readonly string[] | undefined;
  /** Say where plugins with a manifest run; none where nobody has said anything. */
  readonly policies: readonly Policy[];
  /** Set for go-plugin programs that were not made for Tenon. */
  readonly foreign?: ForeignOptions | undefined;
}

export interface Target {
  readonly id: string;
  readonly contract: Contract;
  readonly boundary: string;
  readonly artifact: Readonly<Record<string, unknown>>;
  /** Of a plugin that has one. */
  readonly manifest?: Manifest;
  readonly folder?: string;
  readonly limits: Partial<Limits>;
  /** Whether its messages are protobuf's of others, whose JSON leaves out what has its default. */
  readonly isForeign?: boolean;
}

/** Magic number and version; a component has another version. */
const CORE_MODULE = "\0asm\u0001\0\0\0";
const JS_EXTENSIONS: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"]);

/** Throws usage, file-missing, config-invalid, WitError, start-failed (a module that does not load). */
export async function findTarget(plugin: string | undefined, options: TargetOptions): Promise<Target> {
  checkBoundary(options.boundary);
  if (options.foreign !== undefined) return foreignTarget(plugin, options.foreign, options.command);
  if (options.command !== undefined) return commandTarget(options.command, options);
  if (plugin === undefined) throw usage("name a plugin: a folder, a tenon.json, a module, or --command", "call");
  const stats = statOf(plugin);
  if (stats === undefined) throw unreadable(plugin, { code: "ENOENT" });
  if (stats.isDirectory()) {
    const manifest = join(plugin, MANIFEST_FILE);
    if (statOf(manifest) !== undefined) return manifestTarget(readManifest(manifest), options);
    throw new TenonError("file-missing", `${plugin} is a folder without a tenon.json`, {
      hint: "name the plugin's folder, its manifest or its module",
      sideEffects: "none",
    });
  }
  if (extname(plugin) === ".json") return manifestTarget(readManifest(plugin), options);
  return fileTarget(resolve(plugin), options);
}

async function foreignTarget(
  plugin: string | undefined,
  options: ForeignOptions,
  command: readonly string[] | undefined,
): Promise<Target> {
  const words = command ?? (plugin === undefined ? [] : [resolve(plugin)]);
  const [program] = words;
  if (program === undefined) throw usage("name the program, or write its command behind --", "call");
  const { contract, artifact } = await readForeignProgram(words, options, "call");
  return { id: basename(program), contract, boundary: "grpc", artifact, limits: {}, isForeign: true };
}

/** One entry of the manifest, by preference or by `--boundary`; the contract from `--wit`, the manifest or the module. */
async function manifestTarget(manifest: Manifest, options: TargetOptions): Promise<Target> {
  const { boundary, artifact } = placeManifest(manifest, options.policies, options.boundary);
  const { id, limits, folder } = manifest;
  const contract = await contractOfManifest(manifest, artifact, boundary, options);
  return { id, contract, boundary, artifact, manifest, folder, limits };
}

async function contractOfManifest(
  manifest: Manifest,
  artifact: Target["artifact"],
  boundary: string,
  options: TargetOptions,
): Promise<Contract> {
  // What the command line names is the user's choice, whatever the manifest says.
  const chosen = chosenContract(options);
  if (chosen !== undefined) return chosen;
  const named = manifest.contracts.find((entry) => isWorld(entry, options.world)) ?? manifest.contracts[0];
  const { module } = artifact;
  const contract =
    named?.wit === undefined
      ? await contractOfModule(typeof module === "string" ? module : undefined, boundary, manifest.id)
      : readWorld(named.wit, { ...options, world: options.world ?? `${named.package}/${named.world}` }).contract;
  checkContract(manifest, contract.id);
  return contract;
}

function chosenContract(options: TargetOptions): Contract | undefined {
  return options.contract ?? (options.wit === undefined ? undefined : readWorld(options.wit, options).contract);
}

/** `world` as `--world` takes it: a label, or a full id. */
function isWorld(entry: ContractEntry, world: string | undefined): boolean {
  return world === entry.world || world?.split("@")[0] === `${entry.package}/${entry.world}`;
}

async function fileTarget(path: string, options: TargetOptions): Promise<Target> {
  const id = basename(path, extname(path));
  const head = headOf(path);
  const guest = guestOf(path, head);
  if (guest !== undefined) return guestTarget(path, guest, options);
  const isModule = JS_EXTENSIONS.has(extname(path));
  const boundary = options.boundary ?? (isModule ? "import" : "stdio");
  if (await takesModule(boundary)) {
    const contract = chosenContract(options) ?? (await contractOfModule(path, boundary, id));
    return { id, contract, boundary, artifact: { module: path }, limits: {} };
  }
  if (!isModule && !isExecutable(path)) {
    throw new TenonError("config-invalid", `${path} is neither a module nor a program that can be run`, {
      hint: 'give its interpreter: --command "python3 plugin.py", or make it executable',
      sideEffects: "none",
    });
  }
  return commandTarget(isModule ? [process.execPath, path] : [path], { ...options, boundary });
}

/** Whether plugins of a boundary are modules of JavaScript: values cross there without being turned into bytes. */
async function takesModule(boundary: string): Promise<boolean> {
  const { encoding } = (await loadDriver(boundary)).traits;
  return encoding === "native" || encoding === "structured-clone";
}

interface GuestFile {
  readonly boundary: string;
  /** The key of the artifact that has the path. */
  readonly key: "module" | "script";
}

/** What a sandbox runs, by its first bytes, or by its name where text has none. */
function guestOf(path: string, head: string): GuestFile | undefined {
  if (head.startsWith(CORE_MODULE)) return { boundary: "wasm", key: "module" };
  if (head.startsWith("\0asm")) return { boundary: "component", key: "module" };
  return extname(path) === ".lua" ? { boundary: "lua", key: "script" } : undefined;
}

function guestTarget(path: string, { boundary, key }: GuestFile, options: TargetOptions): Target {
  if (options.boundary !== undefined && options.boundary !== boundary)
    throw usage(`${path} is for the ${boundary} boundary, not for ${options.boundary}`, "call");
  const contract = chosenContract(options);
  if (contract === undefined)
    throw usage(`${path} does not say its contract: add --wit PATH (and --world NAME if it has several)`, "call");
  return { id: basename(path, extname(path)), contract, boundary, artifact: { [key]: path }, limits: {} };
}

function commandTarget(command: readonly string[], options: TargetOptions): Target {
  const contract = chosenContract(options);
  if (contract === undefined)
    throw usage("a program does not say its contract: add --wit PATH (and --world NAME if it has several)", "call");
  const [program = ""] = command;
  return {
    id: basename(program) || program,
    contract,
    boundary: options.boundary ?? "stdio",
    artifact: { command },
    limits: {},
  };
}

/** The contract that a `definePlugin` module carries. Where nothing isolates it, this process loads it anyway; else a child asks it. */
async function contractOfModule(module: string | undefined, boundary: string, id: string): Promise<Contract> {
  if (module !== undefined) {
    const isHere = (await loadDriver(boundary)).traits.isolation === "none";
    const contract = isHere ? await importContract(module) : await probeContract(module);
    if (contract !== undefined) return contract;
  }
  throw new TenonError("config-invalid", `plugin ${id} does not say which contract it speaks`, {
    hint: 'add --wit PATH, name a "wit" in its tenon.json, or make its default export a definePlugin value',
    sideEffects: "none",
  });
}

async function importContract(module: string): Promise<Contract | undefined> {
  let loaded: { readonly default?: { readonly contract?: Partial<Contract> } };
  try {
    loaded = (await import(pathToFileURL(module).href)) as typeof loaded;
  } catch (cause) {
    if (statOf(module) === undefined) throw unreadable(module, { code: "ENOENT" });
    throw new TenonError("start-failed", `${module} does not load: ${describeThrown(cause)}`, {
      hint: "mend the module or install what it imports",
      sideEffects: "none",
      cause,
    });
  }
  const contract = loaded.default?.contract;
  return typeof contract?.digest === "string" && Array.isArray(contract.exports) ? (contract as Contract) : undefined;
}

async function probeContract(module: string): Promise<Contract | undefined> {
  if (statOf(module) === undefined) throw unreadable(module, { code: "ENOENT" });
  const facts = await probeModule(module);
  if ("error" in facts) {
    const hint = "mend the module, or add --wit PATH so that it need not be asked for its contract";
    throw new TenonError("start-failed", `${module} does not load: ${facts.error}`, { hint, sideEffects: "none" });
  }
  return facts.contract === undefined ? undefined : contractFromDescriptor(facts.contract);
}

function headOf(path: string): string {
  const head = Buffer.alloc(8);
  const fd = openForeign(path);
  try {
    return head.toString("latin1", 0, readSync(fd, head));
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    closeSync(fd);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}

/** A command line as one text -> its words: blanks separate, quotes keep together; nothing is expanded, no shell runs. */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/gsy;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = pattern.lastIndex;
    words.push(
      (match[1] ?? "").replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
        (_all, double?: string, single?: string, one?: string) =>
          double !== undefined ? double.replace(/\\(.)/gs, "$1") : (single ?? one ?? ""),
      ),
    );
  }
  if (text.slice(end).trim() !== "" || words.length === 0)
    throw usage(`--command ${JSON.stringify(text)} is not a command line; check its quotes`, "call");
  return words;
}
