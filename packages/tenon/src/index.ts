// The one name a user installs: what hosts, plugins and generated contracts need. Each boundary is `tenon/<boundary>`.

// Contracts: generated modules import from here.
export { contractFromDescriptor, contractToDescriptor } from "@tenon/contract";
export type { Contract, ContractDescriptor, ContractFunction, ContractInterface } from "@tenon/contract";
export type { Option, Result, ValueType } from "@tenon/contract";

// WIT at run time, for hosts that learn a contract from its text.
export {
  contractFromResolve,
  formatDiagnostic,
  loadWit,
  printWit,
  resolveWit,
  selectWorld,
  WitError,
} from "@tenon/contract";
export type { Diagnostic, LoadedWit, Resolve, WitFiles, WitOptions } from "@tenon/contract";
export { generateLua, generateTypeScript } from "@tenon/contract";
export type { GeneratedFile, GenerateOptions } from "@tenon/contract";

// Errors.
export { ERROR_CODES, isErrorCode, TenonError, terminalSafe } from "@tenon/contract";
export type { ErrorCode, Json, SideEffects, TenonErrorJson, TenonErrorOptions } from "@tenon/contract";

// Values as text, for tools and logs.
export { formatSignature, formatType, formatWave, fromJson, parseWave, toJson } from "@tenon/abi";

// The host.
export { createHost } from "@tenon/host";
export type {
  Caller,
  Host,
  HostFunctionOf,
  HostFunctions,
  HostOptions,
  PluginOptions,
  PluginRelease,
} from "@tenon/host";
export type { AsyncExports, AsyncFunction, Plugin, PluginControls, SyncExports, SyncFunction } from "@tenon/host";
export type { CallEvent, CallInfo, CallOptions, Interceptor, LogEntry, PluginEvent } from "@tenon/host";
export { CAPABILITIES, DEFAULT_LIMITS, DEFAULT_RESTART } from "@tenon/host";
export type { AnyDriver, Capability, Driver, DriverTraits, Encoding, Enforcement, Isolation } from "@tenon/host";
export type { Limits, LogLevel, LogStream, RestartPolicy } from "@tenon/host";
export type { BlamedCall, CrashReport, HealthPolicy, HealthReport, ProbeReport } from "@tenon/host";
export type { CloseOptions, ShutdownOptions, UpgradeOptions, UpgradeReport } from "@tenon/host";

// Plugins.
export { definePlugin } from "@tenon/plugin";
export type { PluginCall, PluginDefinition, PluginExports, PluginImports } from "@tenon/plugin";
