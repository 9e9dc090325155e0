// The plugins of a set -> lines for a person, or a JSON document.
import { setMaxListeners } from "node:events";
import { TenonError, terminalSafe } from "@tenon/contract";
import type { ToolStatus } from "../generated/plugin.ts";
import type { PluginSet } from "../host/plugin-set.ts";
import type { BuilderPlugin, BuiltFor } from "../host/registered-plugin.ts";
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
  /** The versions of the contract that the manifest names: `^0.1`. */
  readonly contract: string;
  /** What its artifact says, and how that fits; only where the plugin was started. */
  readonly builtFor?: BuiltFor;
  /** Only where asked for and the plugin tells. */
  readonly targets?: readonly string[];
  /** Only where asked for. */
  readonly tools?: readonly ToolStatus[];
  /** Why the plugin could not be asked. */
  readonly error?: TenonError;
}

/** Starts no plugin unless `askTools`. */
export async function listPlugins(set: PluginSet, askTools: boolean, signal: AbortSignal): Promise<readonly Listed[]> {
  // All of them are asked at once, and each listens.
  setMaxListeners(0, signal);
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
        contract: manifest.contracts.map(({ range }) => range ?? "*").join(" or "),
      };
      if (!askTools) return listed;
      try {
        return { ...listed, ...(await ask(plugin, signal)) };
      } catch (error) {
        return { ...listed, error: TenonError.from(error) };
      }
    }),
  );
}

async function ask(plugin: BuilderPlugin, signal: AbortSignal): Promise<Partial<Listed>> {
  const sink = { progress: () => {}, log: () => {}, denied: () => {} };
  return plugin.use({ project: undefined, signal, sink }, async ({ builder }) => {
    const tools = await builder.checkTools({ signal });
    const targets = await builder.targets({ signal }).catch((error: unknown) => {
      // It is optional, and younger than most plugins.
      if (TenonError.from(error).code === "function-missing") return undefined;
      throw error;
    });
    const builtFor = plugin.builtFor();
    return { tools, ...(targets && { targets }), ...(builtFor && { builtFor }) };
  });
}

export function listLines(listed: readonly Listed[], set: PluginSet, style: Style): string[] {
  const width = Math.max(...listed.map((one) => one.id.length), 0);
  const lines = listed.flatMap((one) => [
    `${style.bold(one.id.padEnd(width))}  ${one.boundary}${one.boundaries.length > 1 ? style.dim(` (or ${one.boundaries.filter((each) => each !== one.boundary).join(", ")})`) : ""}  ${style.dim(contractText(one))}  ${one.description}`,
    ...(one.tools ?? []).map(
      (tool) =>
        `  ${tool.found ? style.green("found  ") : style.red("missing")} ${tool.name}  ${style.dim(tool.found ? (tool.version ?? "") : tool.hint)}`,
    ),
    ...(one.targets === undefined
      ? []
      : [`  targets ${style.dim(one.targets.map(terminalSafe).join(", ") || "none")}`]),
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

function contractText({ contract, builtFor }: Listed): string {
  return builtFor === undefined ? `contract ${contract}` : `contract ${builtFor.version} (${builtFor.verdict})`;
}
