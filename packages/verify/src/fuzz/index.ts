// Fuzzing: hostile inputs for decoders, from a seed.
export { formatInput, parseCorpus, parseInput } from "./corpus.ts";
export { fuzz, replay } from "./fuzz.ts";
export type { FuzzOptions } from "./fuzz.ts";
export { mutate } from "./mutate.ts";
export type { Material } from "./mutate.ts";
export type { FuzzFinding, FuzzReport, FuzzTarget } from "./target.ts";
