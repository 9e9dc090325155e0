// Plugin folders and policy -> builder plugins registered with one host, none of them started yet.
import process from "node:process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { TenonError } from "@tenon/contract";
import { createHost, traitsFor, type Host, type LogEntry, type UsageReport } from "@tenon/host";
import type { ContractHistory } from "tenon/adapt";
import { placementOf, type AuditSink, type Policy } from "@tenon/policy";
import type { AnyDriver } from "@tenon/host/driver";
import { MANIFEST_FILE, selectArtifact, type ArtifactEntry } from "@tenon/registry";
import { readBuilderManifest, type BuilderManifest } from "../config/manifest.ts";
import { decideFor, type PolicyChange } from "../config/policy.ts";
import { plugin as contract, type LogLevel } from "../generated/plugin.ts";
import type { BuildContext } from "./build-context.ts";
import { spokenVersions } from "./history.ts";
import { projectFunctions } from "./project-functions.ts";
import { RegisteredPlugin, type BuilderPlugin } from "./registered-plugin.ts";
import { reportFunctions } from "./report-functions.ts";
import { toolFunctions } from "./tool-functions.ts";

export interface PluginSetOptions {
  readonly drivers: readonly AnyDriver[];
  /** Folders whose subfolders hold plugins. */
  readonly folders: readonly string[];
  /** The user's first. */
  readonly policies: readonly Policy[];
  /** Changes of one run, by plugin id or its last part. */
  readonly changes?: ReadonlyMap<string, PolicyChange>;
  /** Lines that plugins print outside of a build, such as while they start. */
  readonly onLog?: (plugin: string, level: LogLevel, text: string) => void;
  /** One record for each use and each denial of a capability. */
  readonly onAudit?: AuditSink;
  /** Plugins of which versions are spoken with beside the host's own. */
  readonly history?: readonly ContractHistory[];
}

export interface PluginSet extends AsyncDisposable {
  readonly plugins: readonly BuilderPlugin[];
  /** A plugin that could not be registered, and why; the others work without it. */
  readonly broken: readonly { readonly folder: string; readonly error: TenonError }[];
  /** By id, or by its last part where only one plugin has it. Throws usage. */
  get(name: string): BuilderPlugin;
  /** Which contracts the plugins that ran were built for, and what they used that is deprecated. */
  usage(): UsageReport;
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
    history: options.history ?? [],
    // A plugin's mistake must not become the host's: results are checked even where the compiler has.
    validate: true,
    onAudit: (record) => options.onAudit?.(record),
    onLog: (entry) => {
      // Of which version a plugin is, reports and lists say; who builds with it need not be warned each time.
      if (entry.fields?.["verdict"] !== undefined) return;
      (sets.get(entry.plugin) ?? options).onLog?.(entry.plugin, levelOf(entry), entry.text);
    },
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
  return {
    plugins,
    broken,
    get: (name) => findPlugin(plugins, name, broken),
    usage: () => host.usage(),
    close,
    [Symbol.asyncDispose]: close,
  };
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
  const manifest = readBuilderManifest(folder, spokenVersions(contract, options.history ?? []));
  const { id } = manifest;
  const change = options.changes?.get(id) ?? options.changes?.get(id.split("/")[1]!);
  const placement = placementOf(options.policies, id);
  if (known.has(id))
    throw new TenonError("config-invalid", `${folder} has the plugin id ${id} of another folder`, { plugin: id });
  const available = options.drivers.map((driver) => driver.boundary);
  const artifact =
    change?.boundary === undefined
      ? selectArtifact(manifest, available, placement.boundary)
      : artifactAsked(manifest, available, change.boundary);
  // One of those from which the artifact was selected.
  const driver = options.drivers.find(({ boundary }) => boundary === artifact.boundary)!;
  const { isolation } = placement;
  const placed = isolation === undefined ? artifact.artifact : { ...artifact.artifact, isolation };
  const decision = decideFor(manifest, driver, placed, { policies: options.policies, change });
  const made = new RegisteredPlugin({
    manifest,
    decision,
    traits: traitsFor(driver, placed),
    onLog: options.onLog,
    onAudit: options.onAudit,
    usage: () => host.usage(),
  });
  // A refusal costs the plugin its use, which says so then; it is listed all the same.
  if (decision.refusals.length > 0) return made;
  const context = (): BuildContext => made.context;
  made.plugin = host.register(contract, {
    id,
    boundary: artifact.boundary,
    artifact: placed,
    folder: manifest.folder,
    imports: { report: reportFunctions(context), project: projectFunctions(context), tools: toolFunctions(context) },
    limits: manifest.limits,
    decision,
  });
  return made;
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
