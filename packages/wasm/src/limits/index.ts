// The rewriter: bounded memories and tables, an allowlist of features, and fuel.
export { DEFAULT_FEATURES, FEATURES } from "./features.ts";
export type { WasmFeature } from "./features.ts";
export { FuelGauge, fuelFillOf, MAX_FUEL } from "./fuel.ts";
export type { Extent } from "./maxima.ts";
export type { FuelMode } from "./meter-body.ts";
export { ADDED_EXPORTS, DEFAULT_COUNTS, FUEL_IMPORT, REWRITE_VERSION } from "./options.ts";
export type { ModuleCounts, RewriteOptions, RewriteReport, RewrittenModule } from "./options.ts";
export { rewriteModule } from "./rewrite.ts";
export { FuelTank } from "./tank.ts";
export { rewriteComponent } from "./component.ts";
export type { ComponentRewriteOptions } from "./component.ts";
