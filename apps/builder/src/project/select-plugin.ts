// A project's files -> the plugin that is surest to build it. Only plugins whose patterns match are started and asked.
import { TenonError } from "@tenon/contract";
import { matchesPath } from "@tenon/policy";
import type { Detection } from "../generated/plugin.ts";
import type { BuilderPlugin, UseScope } from "../host/registered-plugin.ts";

export interface Choice {
  readonly plugin: BuilderPlugin;
  readonly detection: Detection | undefined;
}

/**
 * A plugin that fails is left out; one that cannot start for want of a program is chosen where no other takes the project.
 * Throws usage where no plugin can build the project, with what each would need.
 */
export async function selectPlugin(
  project: string,
  files: readonly string[],
  plugins: readonly BuilderPlugin[],
  scope: UseScope,
): Promise<Choice> {
  const candidates = plugins.filter(({ manifest }) =>
    manifest.detect.some((pattern) => files.some((file) => matchesPath(pattern, file))),
  );
  const failures: TenonError[] = [];
  const startable = candidates.filter((plugin) => plugin.missingPrograms().length === 0);
  const choices = await Promise.all(
    startable.map(async (plugin) =>
      ask(plugin, files, scope).catch((error: unknown) => {
        failures.push(TenonError.from(error));
        return [];
      }),
    ),
  );
  const [best] = choices
    .flat()
    .sort((a, b) => b.detection.confidence - a.detection.confidence || (a.plugin.id < b.plugin.id ? -1 : 1));
  if (best !== undefined) return best;
  const [unstartable] = candidates.filter((plugin) => !startable.includes(plugin));
  if (unstartable !== undefined) return { plugin: unstartable, detection: undefined };
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const looksFor = plugins.flatMap(({ id, manifest }) =>
    manifest.detect.length === 0 ? [] : [`${id}: ${manifest.detect.join(" or ")}`],
  );
  throw new TenonError("usage", `no plugin can build ${project}`, {
    hint: "name one with --plugin, or add what one of them looks for",
    notes: looksFor,
  });
}

async function ask(
  plugin: BuilderPlugin,
  files: readonly string[],
  scope: UseScope,
): Promise<{ plugin: BuilderPlugin; detection: Detection }[]> {
  const found = await plugin.use(scope, (exports) => exports.builder.detect([...files], { signal: scope.signal }));
  return found.map((detection) => ({ plugin, detection }));
}
