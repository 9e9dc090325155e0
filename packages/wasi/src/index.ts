// The public face of @tenon/wasi: what an operator grants, and the imports that a guest gets for it.
export { DEFAULT_WASI_LIMITS, WasiBudget, type WasiLimits } from "./core/budget.ts";
export type { ClockAccess } from "./core/clocks.ts";
export type { OutputOption, WasiOptions } from "./core/context.ts";
export { hostInput, hostOutput } from "./core/host-streams.ts";
export {
  hostDirectory,
  type HostDirectoryOptions,
  memoryDirectory,
  type MemoryDirectoryOptions,
  type MemoryTree,
  type Mount,
  overlayDirectory,
} from "./core/mounts.ts";
export type { AccessGuard, AccessMode } from "./core/guard.ts";
export { NetworkPolicy } from "./core/network-policy.ts";
export type { HttpLimits, NetworkOptions } from "./core/network-policy.ts";
export type { RandomAccess } from "./core/random.ts";
export {
  collectOutput,
  type CollectedOutput,
  discardOutput,
  emptyInput,
  inputFrom,
  type InputStream,
  logOutput,
  type OutputStream,
} from "./core/streams.ts";
export { createPreview1, type GuestInstance, type Preview1 } from "./preview1/create.ts";
export type { Preview1Function } from "./preview1/guest.ts";
export type { Preview2Function, Preview2Interface } from "./preview2/component-guest.ts";
export { createPreview2, type Preview2 } from "./preview2/create.ts";
export type { HttpAnswer, HttpCall, HttpOutcome } from "./preview2/http-server.ts";
