// A builder plugin for WebAssembly text: every .wat file is a module, linked by the names of the files.
import { basename } from "node:path";
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { plugin as contract } from "@tenon/builder/contract";
import type {
  BuildError,
  BuildOutput,
  BuildRequest,
  Detection,
  Diagnostic,
  PluginExports,
  PluginImports,
} from "@tenon/builder/contract";
import { compileModule, type CompiledModule } from "./compile.ts";
import { linkOrder } from "./link.ts";
import { loaderFor } from "./loader.ts";
import { writeArtifacts } from "./output.ts";

const wat: PluginDefinition<PluginExports, PluginImports> = definePlugin(contract, (host) => ({
  builder: {
    targets: () => ["wasm"],
    detect,
    checkTools: () => [],
    build: async (request, call) => {
      const result = await build(host, request, call?.signal);
      return "tag" in result ? { tag: "err", val: result } : { tag: "ok", val: result };
    },
    clean: () => ({ tag: "ok", val: [] }),
  },
}));

export default wat;

function detect(files: string[]): Detection[] {
  const sources = files.filter((path) => path.endsWith(".wat"));
  if (sources.length === 0) return [];
  return [{ language: "wat", confidence: sources.includes("main.wat") ? 0.9 : 0.6, entry: entryOf(sources) }];
}

function entryOf(sources: readonly string[]): string | undefined {
  return sources.find((path) => path === "main.wat") ?? sources[0];
}

async function build(
  host: PluginImports,
  request: BuildRequest,
  signal: AbortSignal | undefined,
): Promise<BuildOutput | BuildError> {
  if ((request.target ?? "wasm") !== "wasm")
    return { tag: "unsupported", val: `there is no target ${request.target}, only wasm` };
  const [setting] = request.settings;
  if (setting !== undefined) return { tag: "unsupported", val: `there is no option ${setting.name}` };
  // On some boundaries a host function gives a promise, on others the value itself.
  const listed = await Promise.resolve(host.project.listFiles(""));
  if (listed.tag === "err") return { tag: "io", val: `the project's files could not be listed: ${listed.val.tag}` };
  const paths = listed.val.filter((path) => path.endsWith(".wat"));
  const entry = request.entry ?? entryOf(paths);
  if (entry === undefined || !paths.includes(entry))
    return { tag: "unsupported", val: `there is no ${entry ?? ".wat file"} to start from` };
  const modules: CompiledModule[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, path] of paths.entries()) {
    if (signal?.aborted === true) return { tag: "cancelled" };
    host.report.progress({ message: `assembling ${path}`, percent: Math.round((90 * index) / paths.length) });
    const read = await Promise.resolve(host.project.readFile(path));
    if (read.tag === "err")
      return { tag: "io", val: `${path} could not be read: ${"val" in read.val ? read.val.val : read.val.tag}` };
    const text = new TextDecoder().decode(read.val);
    const compiled = await compileModule(path, text, { debugNames: request.profile === "debug" });
    if ("severity" in compiled) diagnostics.push(compiled);
    else modules.push(compiled);
  }
  if (diagnostics.length > 0) return { tag: "compile-failed", val: diagnostics };
  return link(request, modules, entry);
}

async function link(
  request: BuildRequest,
  modules: readonly CompiledModule[],
  entry: string,
): Promise<BuildOutput | BuildError> {
  const order = linkOrder(modules, entry);
  if (Array.isArray(order)) return { tag: "compile-failed", val: order };
  const script = `${basename(request.project)}.mjs`;
  const artifacts = await writeArtifacts(request.staging, [
    { path: script, kind: "script", content: loaderFor(order.modules.map((one) => one.name)) },
    ...order.modules.map((one) => ({ path: `${one.name}.wasm`, kind: "wasm" as const, content: one.binary })),
  ]);
  return { artifacts, diagnostics: order.warnings, run: { program: "node", args: [script] } };
}
