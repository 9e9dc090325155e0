// Core modules that keep a contract's canonical names -> what a host loads: components, and modules that say their contract.
export { ComponentEncoder, funcBytes } from "./component-encoder.ts";
export type { CanonOptions, CoreItemSort, Item, ItemSort } from "./component-encoder.ts";
export { componentOf } from "./contract-component.ts";
export type { CoreParts } from "./contract-component.ts";
export { moduleComponent } from "./module-component.ts";
export { CONTRACT_SECTION, moduleWithContract } from "./module-contract.ts";
