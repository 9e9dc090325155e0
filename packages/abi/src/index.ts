// Values of a contract: the JavaScript mapping, validators, the wire codec, JSON and WAVE text.
export { Budget, DEFAULT_LIMITS } from "./budget.ts";
export type { BudgetLimits } from "./budget.ts";
export { formatSignature, formatType } from "./format-type.ts";
export { compileFunction, compileValue } from "./function-codec.ts";
export type { CodecOptions, FunctionCodec, ValueCodec } from "./function-codec.ts";
export type { HandleCodec, HandleKind } from "./handles.ts";
export { isTaggedOption, numericArray } from "./mapping.ts";
export type { NumericArray, NumericArrayType, NumericKind } from "./mapping.ts";
export { Reader } from "./reader.ts";
export type { ReaderOptions } from "./reader.ts";
export { childTypes, typeFacts } from "./type-facts.ts";
export type { TypeFacts } from "./type-facts.ts";
export { createValidator } from "./validate.ts";
export type { Validator } from "./validate.ts";
export { Writer } from "./writer.ts";
export type { WriterOptions } from "./writer.ts";
