// The plugins of a set -> lines for a person, or a JSON document.
import { TenonError } from "@tenon/contract";
import type { ToolStatus } from "../generated/plugin.ts";
import type { PluginSet } from "../host/plugin-set.ts";
import { errorLines } from "./print-report.ts";
import type { Style } from "./style.ts";

interface Listed {
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly boundary: string;
  readonly isolation: string;
  readonly boundaries: readonly string[];
  readonly detect: readonly string[];
  /** Only where asked for. */
  readonly tools?: readonly ToolStatus[];
  /** Why the plugin could not be asked. */
  readonly error?: TenonError;
}

/** Starts no plugin unless `askTools`. */
export async function listPlugins(set: PluginSet, askTools: boolean, signal: AbortSignal): Promise<readonly Listed[]> {
  return Promise.all(
    set.plugins.map(async (plugin): Promise<Listed> => {
      const { manifest, boundary, isolation } = plugin;
      const { id, version, description, detect } = manifest;
      const listed = {
        id,
        version,
        description: description ?? manifest.title ?? "",
        boundary,
        isolation,
        boundaries: [...new Set(manifest.artifacts.map((one) => one.boundary))],
        detect,
      };
      if (!askTools) return listed;
      const sink = { progress: () => {}, log: () => {}, denied: () => {} };
      try {
        return {
          ...listed,
          tools: await plugin.use({ project: undefined, signal, sink }, (exports) =>
            exports.builder.checkTools({ signal }),
          ),
        };
      } catch (error) {
        return { ...listed, error: TenonError.from(error) };
      }
    }),
  );
}

export function listLines(listed: readonly Listed[], set: PluginSet, style: Style): string[] {
  const width = Math.max(...listed.map((one) => one.id.length), 0);
  const lines = listed.flatMap((one) => [
    `${style.bold(one.id.padEnd(width))}  ${one.boundary}${one.boundaries.length > 1 ? style.dim(` (or ${one.boundaries.filter((each) => each !== one.boundary).join(", ")})`) : ""}  ${one.description}`,
    ...(one.tools ?? []).map(
      (tool) =>
        `  ${tool.found ? style.green("found  ") : style.red("missing")} ${tool.name}  ${style.dim(tool.found ? (tool.version ?? "") : tool.hint)}`,
    ),
    ...(one.error === undefined ? [] : errorLines(one.error, style)),
  ]);
  return [
    ...lines,
    ...set.broken.flatMap(({ folder, error }) => [
      `${folder} ${style.red("is no usable plugin")}`,
      ...errorLines(error, style),
    ]),
  ];
}
