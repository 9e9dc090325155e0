// What carrying values as bytes needs of this package: the codec of a function, and what it reads from and writes to.
export { compileFunction } from "./function-codec.ts";
export type { CodecOptions, FunctionCodec } from "./function-codec.ts";
export { Reader } from "./reader.ts";
export { Writer } from "./writer.ts";
