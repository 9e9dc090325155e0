// The contract package's public face: what running plugins need, the WIT front end, and code generation.
export * from "./core.ts";
export { contractFromResolve } from "./from-resolve.ts";
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
