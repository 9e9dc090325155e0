// The author kit: what a plugin written in TypeScript needs, on every boundary.
export { definePlugin } from "./define-plugin.ts";
export type { PluginCall, PluginDefinition, PluginExports, PluginImports } from "./define-plugin.ts";
export { bindPlugin, digestMismatch } from "./bind.ts";
export type { BindTarget, BoundExports } from "./bind.ts";
