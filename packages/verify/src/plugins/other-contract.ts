// The conformance plugin as if it had been built against another version of its contract: no host may load it.
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { plugin, type PluginExports, type PluginImports } from "../generated/conformance.ts";
import whole from "./conformance.ts";

const other = { ...plugin, digest: `abi:sha256:${"0".repeat(64)}` };
const definition: PluginDefinition<PluginExports, PluginImports> = definePlugin(other, whole.create);

export default definition;
