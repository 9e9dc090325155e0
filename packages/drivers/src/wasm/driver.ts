// The `wasm` boundary: a core module with bounded memory and counted work, where policy says.
import type { Contract } from "@tenon/contract/core";
import { offersOf } from "@tenon/host/driver";
import type { Driver, DriverTraits, Granted, OpenContext, Session } from "@tenon/host/driver";
import { prepareModule } from "../_wasm/prepare.ts";
import { grantedWasi } from "../_granted/wasi.ts";
import type { PreparedModule } from "../_wasm/prepare-here.ts";
import { storeOnDemand } from "../_wasm/prepared-store.ts";
import type { StoreOnDemand } from "../_wasm/prepared-store.ts";
import { sandboxDriver } from "../_wasm/sandbox.ts";
import type { SandboxOptions } from "../_wasm/sandbox.ts";
import { InlineSession } from "../_wasm/session.ts";
import type { InlineOptions } from "../_wasm/session.ts";
import { checkInline, checkNoNetwork, readModule, rewriteOptionsOf, settingsOf } from "../_wasm/settings.ts";
import type { GuestSettings, SandboxArtifact } from "../_wasm/settings.ts";
import { preview1For } from "../_wasm/wasi.ts";
import { checkModule, chosenContract } from "./check-module.ts";
import { GuestInstance } from "./guest-instance.ts";
import type { GuestStart } from "./guest-on-thread.ts";

/** A core module that exports the contract's functions under their canonical names; see docs/boundaries/wasm.md. */
export type WasmArtifact = SandboxArtifact;

const traits: DriverTraits = {
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

/** The `wasm` boundary with the isolations that `options` make possible beside `inline`. */
export function createWasmDriver(options: SandboxOptions = {}): Driver<WasmArtifact> {
  const stored = storeOnDemand(options.cache);
  return sandboxDriver(
    {
      boundary: "wasm",
      traits,
      restrict,
      contractOf,
      openInline: (artifact, context) => openInline(artifact, context, stored),
      startOnThread: (artifact, context) => startOnThread(artifact, context, stored),
      checkForProcess,
    },
    options,
  );
}

/** The `wasm` boundary without any other driver: guests on the host's own thread only. */
export const wasmDriver: Driver<WasmArtifact> = createWasmDriver();

function restrict(artifact: WasmArtifact, context: OpenContext, granted: Granted): WasmArtifact {
  // Preview1 has no sockets, so there is no network to give.
  const { network: _, ...wasi } = grantedWasi(artifact.wasi, context, granted);
  return { ...artifact, trusted: false, wasi };
}

async function contractOf(artifact: WasmArtifact, context: OpenContext): Promise<Contract> {
  return chosenContract(await readModule(artifact), offersOf(context));
}

async function openInline(artifact: WasmArtifact, context: OpenContext, stored: StoreOnDemand): Promise<Session> {
  checkInline(artifact);
  const { prepared, settings, usesWasi } = await prepare(artifact, context, stored);
  const { contract, exports, imports, hostFunctions, output, limits, pluginId } = context;
  const openWasi = usesWasi
    ? await preview1For({
        grants: settings.wasi,
        print: (stream, bytes) => output.write(stream, bytes),
        isInline: true,
        audit: context.granted?.audit,
      })
    : undefined;
  context.signal.throwIfAborted();
  const source = { module: prepared.module, exports, imports, hostFunctions, settings, openWasi };
  const make: InlineOptions["make"] = (owner) => new GuestInstance({ ...source, ...owner });
  return new InlineSession({ settings, make, pluginId, contract, callMs: limits.callMs });
}

/** Beside this file, with the extension that this file has itself. */
const GUEST = new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

async function startOnThread(
  artifact: WasmArtifact,
  context: OpenContext,
  stored: StoreOnDemand,
): Promise<{ readonly module: URL; readonly workerData: GuestStart }> {
  const { prepared, settings, usesWasi } = await prepare(artifact, context, stored);
  return { module: GUEST, workerData: { module: prepared.module, contract: context.contract, settings, usesWasi } };
}

async function checkForProcess(artifact: WasmArtifact, context: OpenContext): Promise<Uint8Array> {
  const bytes = await readModule(artifact);
  settingsOf(artifact, context.limits);
  checkNoNetwork(artifact);
  checkModule(bytes, context);
  return bytes;
}

interface Ready {
  readonly prepared: PreparedModule;
  readonly settings: GuestSettings;
  readonly usesWasi: boolean;
}

async function prepare(artifact: WasmArtifact, context: OpenContext, stored: StoreOnDemand): Promise<Ready> {
  const bytes = await readModule(artifact);
  const settings = settingsOf(artifact, context.limits);
  checkNoNetwork(artifact);
  const { usesWasi } = checkModule(bytes, context);
  const options = {
    ...rewriteOptionsOf(artifact, settings, context.limits),
    startFuel: settings.startFuel,
    deferStart: true,
  };
  return {
    prepared: await prepareModule(bytes, options, { signal: context.signal, store: await stored() }),
    settings,
    usesWasi,
  };
}
