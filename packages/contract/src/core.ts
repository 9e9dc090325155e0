// What running plugins need of this package, without the WIT front end and code generation: half of the modules, and of the
// time that a thread or a child takes to start.
export { ERROR_CODES, TenonError, describeThrown, isErrorCode } from "./errors.ts";
export type { ErrorCode, Json, SideEffects, TenonErrorJson, TenonErrorOptions } from "./errors.ts";
export type {
  Contract,
  ContractFunction,
  ContractInterface,
  EnumType,
  Field,
  FlagsType,
  FunctionKind,
  HandleType,
  ListType,
  MapType,
  OptionType,
  PrimitiveKind,
  PrimitiveType,
  RecordType,
  ResultType,
  StreamType,
  TupleType,
  ValueType,
  VariantCase,
  VariantType,
} from "./model.ts";
export {
  camelCase,
  functionLabel,
  interfaceKeys,
  isLuaKeyword,
  luaGlobal,
  luaName,
  pascalCase,
  splitId,
} from "./names.ts";
export {
  PROTO_SCALARS,
  protoEnumValue,
  protoField,
  protoMethod,
  protoPath,
  protoPlace,
  protoType,
} from "./proto-names.ts";
export type { ProtoPlace, ProtoScalar } from "./proto-names.ts";
export type { IdParts } from "./names.ts";
export type { Option, Result } from "./values.ts";
export { contractFromDescriptor, contractToDescriptor } from "./descriptor.ts";
export type {
  ContractDescriptor,
  DescriptorFunction,
  DescriptorInterface,
  DescriptorRef,
  DescriptorType,
} from "./descriptor.ts";
export { contractDigest, createDigester } from "./digest.ts";
export type { Digester } from "./digest.ts";
export { sha256 } from "./sha256.ts";
export { terminalSafe } from "./terminal-safe.ts";
export { compareVersions, parseVersion } from "./wit/version.ts";
export { MAX_TYPE_DEPTH, MAX_TYPE_SIZE, PRIMITIVE_KINDS, isPrimitiveType, partsOf } from "./type-table.ts";
