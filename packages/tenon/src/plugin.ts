// What a plugin module imports.
export { TenonError } from "@tenon/contract/core";
export { definePlugin } from "@tenon/plugin";
export type { PluginCall, PluginDefinition, PluginExports, PluginImports } from "@tenon/plugin";
