// Plugin folders and policy -> builder plugins registered with one host, none of them started yet.
import process from "node:process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { TenonError } from "@tenon/contract";
import { createHost, traitsFor, type Host, type LogEntry } from "@tenon/host";
import type { AnyDriver } from "@tenon/host/driver";
import { MANIFEST_FILE, selectArtifact, type ArtifactEntry } from "@tenon/registry";
import { withDenial, withGrant, type GrantChange } from "../config/grants.ts";
import { readBuilderManifest, type BuilderManifest } from "../config/manifest.ts";
import { grantsOf, NO_POLICY, type Grants, type Policy, type PluginPolicy } from "../config/policy.ts";
import { plugin as contract, type LogLevel } from "../generated/plugin.ts";
import type { BuildContext } from "./build-context.ts";
import { projectFunctions } from "./project-functions.ts";
import { RegisteredPlugin, type BuilderPlugin } from "./registered-plugin.ts";
import { reportFunctions } from "./report-functions.ts";
import { toolFunctions } from "./tool-functions.ts";

export interface PluginSetOptions {
  readonly drivers: readonly AnyDriver[];
  /** Folders whose subfolders hold plugins. */
  readonly folders: readonly string[];
  readonly policy: Policy;
  /** Changes of one run, by plugin id or its last part. */
  readonly changes?: ReadonlyMap<string, PolicyChange>;
  /** Lines that plugins print outside of a build, such as while they start. */
  readonly onLog?: (plugin: string, level: LogLevel, text: string) => void;
}

export interface PolicyChange {
  readonly boundary?: string;
  readonly isTrusted?: boolean;
  readonly grants: readonly GrantChange[];
  readonly denials: readonly GrantChange[];
}

export interface PluginSet extends AsyncDisposable {
  readonly plugins: readonly BuilderPlugin[];
  /** A plugin that could not be registered, and why; the others work without it. */
  readonly broken: readonly { readonly folder: string; readonly error: TenonError }[];
  /** By id, or by its last part where only one plugin has it. Throws usage. */
  get(name: string): BuilderPlugin;
  close(): Promise<void>;
}

/**
 * Registers every plugin of the folders. A bad manifest costs its own plugin only. Throws file-missing for a missing folder
 * and usage for changes to a plugin that is not there.
 */
export function openPluginSet(options: PluginSetOptions): PluginSet {
  const sets = new Map<string, RegisteredPlugin>();
  const host = createHost({
    drivers: options.drivers,
    // Plugins of others are built against this contract; only who works on it runs it before it is frozen.
    contracts: process.env["NODE_ENV"] === "development" ? "any" : "frozen",
    // A plugin's mistake must not become the host's: results are checked even where the compiler has.
    validate: true,
    onLog: (entry) => (sets.get(entry.plugin) ?? options).onLog?.(entry.plugin, levelOf(entry), entry.text),
  });
  const broken: { folder: string; error: TenonError }[] = [];
  for (const folder of options.folders.flatMap(pluginFolders)) {
    try {
      const made = register(host, folder, options, sets);
      sets.set(made.id, made);
    } catch (thrown) {
      const error = TenonError.from(thrown);
      // What was asked for on this run is not to be passed over.
      if (error.code === "usage") throw error;
      broken.push({ folder, error });
    }
  }
  const plugins = [...sets.values()];
  // A misspelt denial must not go unnoticed.
  if (broken.length === 0) for (const name of options.changes?.keys() ?? []) findPlugin(plugins, name, broken);
  const close = (): Promise<void> => host.close();
  return { plugins, broken, get: (name) => findPlugin(plugins, name, broken), close, [Symbol.asyncDispose]: close };
}

function pluginFolders(parent: string): string[] {
  const folder = resolve(parent);
  if (!existsSync(folder)) throw new TenonError("file-missing", `the plugin folder ${folder} is not there`);
  if (existsSync(join(folder, MANIFEST_FILE))) return [folder];
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  return names
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, MANIFEST_FILE)));
}

function register(
  host: Host,
  folder: string,
  options: PluginSetOptions,
  known: ReadonlyMap<string, RegisteredPlugin>,
): RegisteredPlugin {
  const manifest = readBuilderManifest(folder);
  const { id } = manifest;
  const change = options.changes?.get(id) ?? options.changes?.get(id.split("/")[1]!);
  const policy = options.policy.get(id) ?? NO_POLICY;
  if (known.has(id))
    throw new TenonError("config-invalid", `${folder} has the plugin id ${id} of another folder`, { plugin: id });
  const available = options.drivers.map((driver) => driver.boundary);
  const artifact =
    change?.boundary === undefined
      ? selectArtifact(manifest, available, policy.boundary)
      : artifactAsked(manifest, available, change.boundary);
  const driver = options.drivers.find(({ boundary }) => boundary === artifact.boundary);
  const { isolation } = policy;
  const placed = isolation === undefined ? artifact.artifact : { ...artifact.artifact, isolation };
  const made = new RegisteredPlugin({
    manifest,
    boundary: artifact.boundary,
    traits: driver === undefined ? undefined : traitsFor(driver, placed),
    isTrusted: change?.isTrusted ?? policy.isTrusted,
    grants: grantsFor(manifest, policy, change),
    onLog: options.onLog,
  });
  const context = (): BuildContext => made.context;
  made.plugin = host.register(contract, {
    id,
    boundary: artifact.boundary,
    artifact: placed,
    folder: manifest.folder,
    imports: { report: reportFunctions(context), project: projectFunctions(context), tools: toolFunctions(context) },
    limits: manifest.limits,
  });
  return made;
}

function grantsFor(manifest: BuilderManifest, policy: PluginPolicy, change: PolicyChange | undefined): Grants {
  const granted = (change?.grants ?? []).reduce(withGrant, grantsOf(manifest, policy));
  return (change?.denials ?? []).reduce(withDenial, granted);
}

/** What the command line asks for and is not there is the command line's mistake, not the plugin's. */
function artifactAsked(manifest: BuilderManifest, available: readonly string[], boundary: string): ArtifactEntry {
  try {
    return selectArtifact(manifest, available, boundary);
  } catch (cause) {
    const { what, hint } = TenonError.from(cause);
    throw new TenonError("usage", what, { hint, plugin: manifest.id, cause });
  }
}

function findPlugin(plugins: readonly BuilderPlugin[], name: string, broken: PluginSet["broken"]): BuilderPlugin {
  const found = plugins.filter((one) => one.id === name || one.id.split("/")[1] === name);
  if (found.length === 1) return found[0]!;
  const what = found.length === 0 ? `there is no plugin ${name}` : `several plugins are called ${name}`;
  const notes = broken.map(({ folder, error }) => `${folder}: ${error.message}`);
  throw new TenonError("usage", what, {
    hint: `use one of ${plugins.map((one) => one.id).join(", ") || "none"}`,
    notes,
  });
}

function levelOf(entry: LogEntry): LogLevel {
  // Build tools tell their progress on standard error.
  if (entry.stream === "stderr" && entry.level === "warn") return "info";
  if (entry.level === "warn") return "warning";
  return entry.level === "trace" ? "debug" : entry.level;
}
