// A project and a plugin -> a build report: the plugin works in a fresh folder, its claims are checked, then it is published.
import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { TenonError } from "@tenon/contract";
import type { Isolation } from "@tenon/host/driver";
import type {
  Artifact,
  BuildError,
  BuildOutput,
  BuildRequest,
  Detection,
  Diagnostic,
  Profile,
  RunCommand,
  ToolStatus,
} from "../generated/plugin.ts";
import type { BuildSink, Denial } from "../host/build-context.ts";
import type { PluginSet } from "../host/plugin-set.ts";
import type { BuilderPlugin, BuiltFor } from "../host/registered-plugin.ts";
import { locate } from "./containment.ts";
import { listFiles, MAX_FILES } from "./list-files.ts";
import { openOutput, type OutputFolder } from "./output-folder.ts";
import { selectPlugin } from "./select-plugin.ts";

/** For a build without a limit in its plugin's manifest. */
const BUILD_DEADLINE_MS = 15 * 60_000;

export interface BuildOptions {
  readonly project: string;
  /** Default: the folder `build` in the project. */
  readonly out?: string | undefined;
  /** A plugin's name; default is the one that is surest. */
  readonly plugin?: string | undefined;
  readonly target?: string | undefined;
  /** Default `debug`. */
  readonly profile?: Profile;
  /** How many compilers may run at once; default is the plugin's own. */
  readonly jobs?: number | undefined;
  readonly settings?: readonly (readonly [string, string])[];
  readonly signal?: AbortSignal;
  readonly sink?: Partial<BuildSink>;
  /** Told as soon as it is clear who builds. */
  readonly onChoice?: (plugin: BuilderPlugin, detection: Detection | undefined) => void;
}

export interface BuildReport {
  /** `built`, or the tag of the plugin's build-error. */
  readonly status: "built" | BuildError["tag"];
  readonly project: string;
  readonly plugin: string;
  readonly version: string;
  readonly boundary: string;
  readonly isolation: Isolation;
  /** The contract that the plugin was built for, and how it fits the builder's own; undefined where it was not started. */
  readonly builtFor: BuiltFor | undefined;
  readonly language: string | undefined;
  readonly durationMs: number;
  /** The published folder; undefined unless `built`. */
  readonly out: string | undefined;
  /** With their sizes as measured, whatever the plugin said. */
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
  readonly run: RunCommand | undefined;
  /** What the plugin was refused on the way. */
  readonly denials: readonly Denial[];
  /** For `tool-missing`. */
  readonly tools: readonly ToolStatus[];
  /** For `unsupported`, `io` and `internal`: the plugin's words. */
  readonly reason: string | undefined;
}

/**
 * Builds a project. The plugin's own refusals are in the report; what is thrown is a fault of the set-up or of a plugin
 * (crash, deadline, a claim that is not so), and leaves earlier outputs as untouched as a refusal does.
 */
export async function buildProject(set: PluginSet, options: BuildOptions): Promise<BuildReport> {
  const started = performance.now();
  const project = openProject(options.project);
  const signal = options.signal ?? new AbortController().signal;
  const denials: Denial[] = [];
  const scope = { project, signal, sink: completeSink(options.sink, denials) };
  const { files, isCut } = listFiles(project, "");
  if (isCut) scope.sink.log("warning", `the project has more than ${MAX_FILES} files; the rest is not looked at`);
  const { plugin, detection } =
    options.plugin === undefined
      ? await selectPlugin(options.project, files, set.plugins, scope)
      : { plugin: set.get(options.plugin), detection: undefined };
  options.onChoice?.(plugin, detection);
  const about = {
    project,
    plugin: plugin.id,
    version: plugin.manifest.version,
    boundary: plugin.boundary,
    isolation: plugin.isolation,
    language: detection?.language,
    denials,
  };
  const tools = plugin.missingPrograms();
  if (tools.length > 0)
    return {
      ...about,
      ...NOTHING,
      builtFor: plugin.builtFor(),
      status: "tool-missing",
      tools,
      durationMs: performance.now() - started,
    };
  const output = openOutput(options.out ?? join(project, "build"));
  try {
    const request = requestOf(options, project, output.staging, detection?.entry);
    const result = await plugin.use({ ...scope, staging: output.staging }, (exports) =>
      exports.builder.build(request, { signal, deadlineMs: plugin.manifest.limits.callMs ?? BUILD_DEADLINE_MS }),
    );
    const outcome = result.tag === "ok" ? publish(plugin, output, result.val) : refusal(result.val);
    return { ...about, ...outcome, builtFor: plugin.builtFor(), durationMs: performance.now() - started };
  } finally {
    output.discard();
  }
}

/** Throws file-missing with what is wrong about the path. */
export function openProject(path: string): string {
  try {
    const real = realpathSync(resolve(path));
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    throw new TenonError("file-missing", `there is no project folder ${path}`, { cause });
  }
  throw new TenonError("file-missing", `${path} is a file; a project is a folder`, {
    hint: "name the folder that holds it",
  });
}

function requestOf(options: BuildOptions, project: string, staging: string, entry: string | undefined): BuildRequest {
  const { target, profile = "debug", jobs } = options;
  const settings = (options.settings ?? []).map(([name, value]) => ({ name, value }));
  return { project, entry, target, profile, staging, settings, jobs };
}

function completeSink(sink: Partial<BuildSink> | undefined, denials: Denial[]): BuildSink {
  return {
    progress: (message, percent) => sink?.progress?.(message, percent),
    log: (level, message) => sink?.log?.(level, message),
    denied: (denial) => {
      denials.push(denial);
      sink?.denied?.(denial);
    },
  };
}

type Outcome = Pick<BuildReport, "status" | "out" | "artifacts" | "diagnostics" | "run" | "tools" | "reason">;

const NOTHING = {
  out: undefined,
  artifacts: [],
  diagnostics: [],
  run: undefined,
  tools: [],
  reason: undefined,
} as const;

function refusal(error: BuildError): Outcome {
  switch (error.tag) {
    case "compile-failed":
      return { ...NOTHING, status: error.tag, diagnostics: error.val };
    case "tool-missing":
      return { ...NOTHING, status: error.tag, tools: error.val };
    case "cancelled":
      return { ...NOTHING, status: error.tag };
    default:
      return { ...NOTHING, status: error.tag, reason: error.val };
  }
}

function publish(plugin: BuilderPlugin, output: OutputFolder, result: BuildOutput): Outcome {
  const artifacts = result.artifacts.map((artifact) => ({
    ...artifact,
    size: measure(plugin, output.staging, artifact.path),
  }));
  const { diagnostics, run } = result;
  if (run !== undefined && run.program !== "node" && !artifacts.some((artifact) => artifact.path === run.program)) {
    throw claim(plugin, `wants ${JSON.stringify(run.program)} to be run, which is neither an artifact nor node`);
  }
  const note = {
    plugin: plugin.id,
    version: plugin.manifest.version,
    artifacts: artifacts.map(({ path, kind }) => ({ path, kind })),
    run: run ?? null,
  };
  return { ...NOTHING, status: "built", out: output.publish(note), artifacts, diagnostics, run };
}

/** The size of an artifact that is really there, inside the output folder and a file. */
function measure(plugin: BuilderPlugin, staging: string, path: string): bigint {
  const located = locate(staging, path);
  if (located.kind === "outside")
    throw claim(plugin, `names the artifact ${JSON.stringify(path)}, which ${located.why}`);
  const stat = statSync(located.real, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw claim(plugin, `names the artifact ${JSON.stringify(path)}, which it did not make`);
  return BigInt(stat.size);
}

function claim(plugin: BuilderPlugin, what: string): TenonError {
  return new TenonError("protocol-error", `plugin ${plugin.id} ${what}`, {
    hint: "report it to the plugin's author",
    plugin: plugin.id,
    boundary: plugin.boundary,
  });
}
