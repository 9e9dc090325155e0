// The author kit: what a plugin written in TypeScript needs, on every boundary.
export { definePlugin } from "./define-plugin.ts";
export type { PluginCall, PluginDefinition, PluginExports, PluginImports } from "./define-plugin.ts";
export { bindPlugin, choosePlugin } from "./bind.ts";
export type { BindTarget, BoundExports, ChosenPlugin } from "./bind.ts";
