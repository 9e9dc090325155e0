// The host core and the types a host author needs. Driver authors import `@tenon/host/driver`, byte drivers `@tenon/host/wire`.
export { createHost } from "./host.ts";
export type { Host } from "./host.ts";
export type {
  Caller,
  CloseOptions,
  HostFunctionOf,
  HostFunctions,
  HostOptions,
  PluginOptions,
  UpgradeOptions,
  UpgradeReport,
} from "./options.ts";
export type { PluginRelease } from "./contracts/releases.ts";
export { usageMetrics } from "./contracts/usage-metrics.ts";
export type { ContractUse, DeprecatedUse, UsageReport } from "./contracts/usage.ts";
export type { ShutdownOptions } from "./signals.ts";
export type { HealthPolicy, HealthReport, ProbeReport } from "./health.ts";
export type { BlamedCall } from "./in-flight.ts";
export type { AsyncExports, AsyncFunction, Plugin, PluginControls, SyncExports, SyncFunction } from "./plugin.ts";
export type { CallEvent, CallInfo, CallOptions, Interceptor } from "./calls.ts";
export type { LogEntry } from "./output.ts";
export type { CrashReport, PluginEvent } from "./events.ts";
export { DEFAULT_RESTART, INITIAL_LIFE, isServing, nextLife, wakesAt } from "./supervisor.ts";
export type { Life, LifeEvent, RestartPolicy } from "./supervisor.ts";
export { fitContract } from "./fit.ts";
export type { FunctionFit } from "./fit.ts";
export { traitsFor } from "./isolation.ts";
export { CAPABILITIES, DEFAULT_LIMITS } from "./driver.ts";
export type {
  AnyDriver,
  Capability,
  Driver,
  DriverTraits,
  Encoding,
  Enforcement,
  Granted,
  Isolation,
  IsolationChoice,
  Limits,
  LogLevel,
  LogStream,
} from "./driver.ts";
