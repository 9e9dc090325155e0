// The conformance plugin without two of its functions: no host may load it.
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { plugin, type PluginExports, type PluginImports } from "../generated/conformance.ts";
import whole from "./conformance.ts";

const definition: PluginDefinition<PluginExports, PluginImports> = definePlugin(plugin, async (host) => {
  const { values, calls } = await whole.create(host);
  const { nothing: _nothing, ...someValues } = values;
  const { sleep: _sleep, ...someCalls } = calls;
  // The very point: a plugin in plain JavaScript can leave out what the type demands.
  return { values: someValues, calls: someCalls } as unknown as { values: typeof values; calls: typeof calls };
});

export default definition;
