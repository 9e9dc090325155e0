// The `wasm` boundary: a core module with bounded memory and counted work, on the host's thread or on one of its own.
import { TenonError } from "@tenon/contract/core";
import type { Driver, DriverTraits, OpenContext, Session } from "@tenon/host/driver";
import { prepareModule } from "../_wasm/prepare.ts";
import type { PreparedModule } from "../_wasm/prepare.ts";
import { checkModule } from "./check-module.ts";
import type { GuestStart } from "./guest.ts";
import { readModule, rewriteOptionsOf, settingsOf } from "./options.ts";
import type { GuestSettings, WasmArtifact } from "./options.ts";
import { InlineSession } from "./session.ts";
import { wasiFor } from "./wasi.ts";

export const traits: DriverTraits = {
  encoding: "memory",
  isolation: "sandbox",
  syncCalls: true,
  hostCallbacks: true,
  resources: false,
  streams: false,
  // The host's thread is the guest's while a call runs: fuel ends it, nothing else can.
  cancellation: "cooperative",
  restartable: true,
  enforcement: {
    fs: "enforced",
    net: "enforced",
    env: "enforced",
    clock: "enforced",
    random: "enforced",
    subprocess: "enforced",
    "host-functions": "enforced",
    // By fuel, which is not time; and a deadline is looked at only when the guest calls out.
    "cpu-deadline": "advisory",
    memory: "enforced",
    "output-size": "enforced",
  },
};

/** Guests on the host's own thread (`isolation: "inline"`): fastest, and only with fuel or by trust. */
export const wasmDriver: Driver<WasmArtifact> = { boundary: "wasm", traits, open: openInline };

/** The driver whose threads run the guests: `workerDriver`, which is passed in because drivers do not import each other. */
export interface ThreadDriver {
  readonly traits: DriverTraits;
  readonly open: (
    artifact: { readonly module: URL; readonly workerData: unknown },
    context: OpenContext,
  ) => Promise<Session>;
}
export interface WasmWorkerOptions {
  readonly worker: ThreadDriver;
  /** The name under which policy finds it. Default `wasm`, for hosts that have no other driver of that name. */
  readonly boundary?: string;
}

/** Guests on threads of their own (`isolation: "worker"`): loops end with their deadline, host functions may be slow. */
export function createWasmWorkerDriver({ worker, boundary = "wasm" }: WasmWorkerOptions): Driver<WasmArtifact> {
  const { syncCalls, hostCallbacks, cancellation, restartable, encoding } = worker.traits;
  const { "cpu-deadline": cpuDeadline } = worker.traits.enforcement;
  return {
    boundary,
    traits: {
      ...traits,
      encoding,
      syncCalls,
      hostCallbacks,
      cancellation,
      restartable,
      enforcement: { ...traits.enforcement, "cpu-deadline": cpuDeadline },
    },
    open: async (artifact, context) => {
      const { prepared, settings, usesWasi } = await prepare(artifact, context);
      const start: GuestStart = { module: prepared.module, contract: context.contract, settings, usesWasi };
      // The guest's memory is bounded by its own maximum; what the thread's JavaScript needs beside it is not the guest's.
      const limits = { ...context.limits, memoryMiB: 0 };
      return await worker.open({ module: GUEST, workerData: start }, { ...context, limits });
    },
  };
}

/** Beside this file, with the extension that this file has itself. */
const GUEST = new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

async function openInline(artifact: WasmArtifact, context: OpenContext): Promise<Session> {
  if (artifact.fuel === 0 && artifact.trusted !== true) {
    throw new TenonError(
      "capability-unenforceable",
      "a guest without fuel on the host's thread could hold it for ever",
      {
        hint: "leave artifact.fuel as it is, run it in a worker, or set artifact.trusted for this very file",
        sideEffects: "none",
      },
    );
  }
  const { prepared, settings, usesWasi } = await prepare(artifact, context);
  const { exports, imports, hostFunctions, output, limits, pluginId } = context;
  const openWasi = usesWasi
    ? await wasiFor({ grants: settings.wasi, print: (stream, bytes) => output.write(stream, bytes), isInline: true })
    : undefined;
  context.signal.throwIfAborted();
  const source = { module: prepared.module, exports, imports, hostFunctions, settings, openWasi };
  return new InlineSession({ source, pluginId, callMs: limits.callMs });
}

interface Ready {
  readonly prepared: PreparedModule;
  readonly settings: GuestSettings;
  readonly usesWasi: boolean;
}

async function prepare(artifact: WasmArtifact, context: OpenContext): Promise<Ready> {
  const bytes = await readModule(artifact);
  const settings = settingsOf(artifact, context.limits);
  const { usesWasi } = checkModule(bytes, context);
  const options = rewriteOptionsOf(artifact, settings, context.limits);
  return { prepared: await prepareModule(bytes, options, context.signal), settings, usesWasi };
}
