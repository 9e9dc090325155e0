// A builder plugin for AssemblyScript: the compiler runs in the plugin's own process, over the project's files in memory.
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { plugin as contract } from "@tenon/builder/contract";
import type {
  BuildError,
  BuildOutput,
  BuildRequest,
  Detection,
  PluginExports,
  PluginImports,
} from "@tenon/builder/contract";
import { compile } from "./compile.ts";
import { loaderFor } from "./loader.ts";
import { readProject } from "./project.ts";
import { writeArtifacts } from "./output.ts";

const TARGETS = ["wasm", "wat"];

const assemblyscript: PluginDefinition<PluginExports, PluginImports> = definePlugin(contract, (host) => ({
  builder: {
    targets: () => TARGETS,
    detect,
    checkTools: () => [],
    build: async (request, call) => {
      const result = await build(host, request, call?.signal);
      return "tag" in result ? { tag: "err", val: result } : { tag: "ok", val: result };
    },
    clean: () => ({ tag: "ok", val: [] }),
  },
}));

export default assemblyscript;

function detect(files: string[]): Detection[] {
  const entry = ["assembly/index.ts", "index.as.ts"].find((path) => files.includes(path));
  if (entry === undefined && !files.includes("asconfig.json")) return [];
  return [{ language: "assemblyscript", confidence: files.includes("asconfig.json") ? 0.98 : 0.9, entry }];
}

async function build(
  host: PluginImports,
  request: BuildRequest,
  signal: AbortSignal | undefined,
): Promise<BuildOutput | BuildError> {
  const target = request.target ?? "wasm";
  if (!TARGETS.includes(target))
    return { tag: "unsupported", val: `there is no target ${target}, only ${TARGETS.join(" and ")}` };
  const [setting] = request.settings;
  if (setting !== undefined) return { tag: "unsupported", val: `there is no option ${setting.name}` };
  const project = await readProject(host.project, request);
  if ("tag" in project) return project;
  host.report.progress({ message: `compiling ${project.entry}`, percent: 30 });
  const compiled = await compile(project, request.profile);
  if (signal?.aborted === true) return { tag: "cancelled" };
  if (compiled.failed) return { tag: "compile-failed", val: compiled.diagnostics };
  host.report.progress({ message: "writing", percent: 95 });
  const { name } = project;
  const artifacts = await writeArtifacts(request.staging, [
    target === "wasm"
      ? { path: `${name}.wasm`, kind: "wasm", content: compiled.binary }
      : { path: `${name}.wat`, kind: "wasm", content: compiled.text },
    ...(target === "wasm" ? [{ path: `${name}.mjs`, kind: "script" as const, content: loaderFor(name) }] : []),
  ]);
  const run = target === "wasm" ? { program: "node", args: [`${name}.mjs`] } : undefined;
  return { artifacts, diagnostics: compiled.diagnostics, run };
}
