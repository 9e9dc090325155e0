// The canonical ABI of the component model: functions of a contract over core functions and a linear memory.
export { compileLift, compileLower, compileValues } from "./compile.ts";
export type { CanonicalOptions, CanonicalValues } from "./compile.ts";
export { lateCall } from "./late-call.ts";
export type { LateCall } from "./late-call.ts";
export { changeMemory, compileNativeLift, compileNativeLower, MAX_NATIVE_PARAMS, nativeSignature } from "./native.ts";
export type { NativeLower, NativeScalar, NativeSignature } from "./native.ts";
export type { HostFunction } from "./call-closures.ts";
export { MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, coreSignature, flattenAll, flattenType } from "./flatten.ts";
export type { CoreSignature, CoreType } from "./flatten.ts";
export { MAX_BYTE_LENGTH, casesLayout, casesOf, discriminantWidth, layoutOf, recordLayout } from "./layout.ts";
export type { CasesLayout, CasesType, Layout, PointerWidth, RecordLayout } from "./layout.ts";
export type {
  CallGate,
  CanonicalEnv,
  CanonicalHandles,
  CoreFunction,
  CoreValue,
  ErrorContextCodec,
  FuelFill,
  InstanceFlags,
  MemoryLike,
  Realloc,
  StreamCodec,
  StringEncoding,
} from "./env.ts";
export { trapError } from "./traps.ts";
