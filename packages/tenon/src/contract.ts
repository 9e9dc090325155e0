// What generated contract modules import: light, because plugins in threads and child processes load it at every start.
export { contractFromDescriptor } from "@tenon/contract/core";
export type { Contract, Option, Result } from "@tenon/contract/core";
