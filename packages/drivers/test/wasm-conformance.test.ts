import { createWasmDriver, wasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";
import { conformanceGuest } from "./wasm-conformance-guest.ts";

const ONE_BY_ONE = "a core module runs one call at a time, so that no others are in flight when one ends it";
const both: readonly Skip[] = [
  { case: "cancel/the plugin is told", reason: "the canonical ABI has no way to tell a guest of a cancellation" },
  { case: "crash/every call in flight rejects once, and the next one finds a new plugin", reason: ONE_BY_ONE },
];
const NO_PROMISES = "a guest on the host's own thread cannot wait for a promise of the host's";
const inline: readonly Skip[] = [
  { case: "callbacks/a host function that answers later", reason: NO_PROMISES },
  { case: "callbacks/host and plugin call each other ten levels deep", reason: NO_PROMISES },
  { case: "callbacks/many at once", reason: NO_PROMISES },
  { case: "cancel/the caller is free at once", reason: "a call holds the host's thread until it is over" },
  {
    case: "close/with calls in flight settles each of them",
    reason: "a call holds the host's thread until it is over",
  },
  {
    case: "load/a plugin that never becomes ready is given up in time",
    reason: "fuel ends it, which wasm.test.ts shows",
  },
];

runConformance({
  driver: wasmDriver,
  artifact: (kind: ArtifactKind) => ({ module: conformanceGuest(kind) }),
  skips: [...both, ...inline],
});

runConformance({
  driver: createWasmDriver({ worker: workerDriver }),
  title: "wasm in a worker",
  isolation: "worker",
  artifact: (kind: ArtifactKind) => ({ module: conformanceGuest(kind), fuel: 0 }),
  skips: both,
});
