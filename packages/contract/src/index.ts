// The contract package's public face.
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
export { protoEnumValue, protoField, protoMethod, protoPath, protoPlace, protoType } from "./proto-names.ts";
export type { ProtoPlace } from "./proto-names.ts";
export type { IdParts } from "./names.ts";
export type { Option, Result } from "./values.ts";
export { contractFromResolve } from "./from-resolve.ts";
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
export { MAX_TYPE_DEPTH, MAX_TYPE_SIZE, PRIMITIVE_KINDS, isPrimitiveType, partsOf } from "./type-table.ts";
export { generateLua } from "./codegen/lua.ts";
export { generateTypeScript } from "./codegen/generate.ts";
export type { GeneratedFile, GenerateOptions } from "./codegen/generate.ts";
export { generateProto } from "./codegen/proto.ts";
export type {
  CaseDef,
  Docs,
  FieldDef,
  FunctionDef,
  FunctionDefKind,
  InterfaceDef,
  NameDef,
  PackageDef,
  PrimitiveName,
  Resolve,
  Stability,
  TypeDef,
  TypeDefKind,
  TypeOwner,
  TypeRef,
  WorldDef,
  WorldItem,
} from "./ir.ts";
export { WitError, formatDiagnostic } from "./wit/diagnostic.ts";
export type { Diagnostic } from "./wit/diagnostic.ts";
export { loadWit, resolveWit } from "./wit/load.ts";
export type { LoadedWit, WitFiles, WitOptions } from "./wit/load.ts";
export { normalizeResolve } from "./wit/normalize.ts";
export { printWit } from "./wit/print.ts";
export type { PrintOptions } from "./wit/print.ts";
export { selectWorld } from "./wit/select-world.ts";
