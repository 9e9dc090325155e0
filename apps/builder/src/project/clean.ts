// A project -> without what builds of it left: the plugin removes its own caches, then the output folder goes.
import { join } from "node:path";
import { TenonError } from "@tenon/contract";
import type { BuildSink } from "../host/build-context.ts";
import type { PluginSet } from "../host/plugin-set.ts";
import type { BuilderPlugin } from "../host/registered-plugin.ts";
import { openProject } from "./build.ts";
import { listFiles } from "./list-files.ts";
import { removeOutput } from "./output-folder.ts";
import { selectPlugin } from "./select-plugin.ts";

export interface CleanOptions {
  readonly project: string;
  readonly out?: string | undefined;
  readonly plugin?: string | undefined;
  readonly signal: AbortSignal;
  readonly sink: BuildSink;
}

/** Returns the removed paths. Throws config-invalid for an output folder that no build made. */
export async function cleanProject(set: PluginSet, options: CleanOptions): Promise<readonly string[]> {
  const project = openProject(options.project);
  const out = options.out ?? join(project, "build");
  const scope = { project, signal: options.signal, sink: options.sink };
  const plugin = await findPlugin(set, options, project);
  const removed: string[] = [];
  if (plugin !== undefined) {
    const result = await plugin.use(scope, (exports) => exports.builder.clean(project, out, { signal: scope.signal }));
    if (result.tag === "ok") removed.push(...result.val);
    else scope.sink.log("warning", `${plugin.id} could not clean: ${result.val.tag}`);
  }
  if (removeOutput(out)) removed.push(out);
  return removed;
}

/** The plugin that a build would take; none where there is none any more, which keeps nobody from removing the output. */
async function findPlugin(set: PluginSet, options: CleanOptions, project: string): Promise<BuilderPlugin | undefined> {
  if (options.plugin !== undefined) return set.get(options.plugin);
  try {
    const { plugin } = await selectPlugin(options.project, listFiles(project, "").files, set.plugins, {
      ...options,
      project,
    });
    return plugin.missingPrograms().length === 0 ? plugin : undefined;
  } catch (error) {
    if (TenonError.from(error).code === "usage") return undefined;
    throw error;
  }
}
