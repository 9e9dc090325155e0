// Plugins of older contracts: values from one version to the other. Apart from the rest, which most hosts never need.
export { createAdapter } from "./adapter.ts";
export type { AdaptedFunction, ContractAdapter } from "./adapter.ts";
