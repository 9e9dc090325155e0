// What a plugin's thread needs of this package: copies of values for structured clones, without codecs and texts.
export { Copier } from "./copier.ts";
export type { CopyDirection } from "./copier.ts";
export { compileCopies } from "./function-copies.ts";
export type { CopiesOptions, FunctionCopies } from "./function-copies.ts";
