// The builder as a library, for programs that build projects and for its own demo.
export { openBuilder } from "./open-builder.ts";
export type { BuilderOptions } from "./open-builder.ts";
export { openPluginSet } from "./host/plugin-set.ts";
export type { PluginSet, PluginSetOptions } from "./host/plugin-set.ts";
export type { PolicyChange } from "./config/policy.ts";
export type { BuilderPlugin, BuiltFor, UseScope } from "./host/registered-plugin.ts";
export type { BuildSink, Denial } from "./host/build-context.ts";
export { buildProject } from "./project/build.ts";
export type { BuildOptions, BuildReport } from "./project/build.ts";
export { runArtifact } from "./project/run-artifact.ts";
export type { RunOptions, RunReport } from "./project/run-artifact.ts";
export { formatSize, formatTime } from "./cli/style.ts";
export { findProgram } from "./host/tool-functions.ts";
