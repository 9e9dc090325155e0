// The `component` boundary: a WebAssembly component, linked by Tenon itself, bounded and metered, where policy says.
import type { Contract } from "@tenon/contract/core";
import { offersOf } from "@tenon/host/driver";
import type { Driver, DriverTraits, Granted, OpenContext, Session } from "@tenon/host/driver";
import { prepareComponent } from "../_wasm/prepare.ts";
import { grantedWasi } from "../_granted/wasi.ts";
import type { PreparedComponent } from "../_wasm/prepare-here.ts";
import { storeOnDemand } from "../_wasm/prepared-store.ts";
import type { StoreOnDemand } from "../_wasm/prepared-store.ts";
import { sandboxDriver } from "../_wasm/sandbox.ts";
import type { SandboxOptions } from "../_wasm/sandbox.ts";
import { InlineSession } from "../_wasm/session.ts";
import type { InlineOptions } from "../_wasm/session.ts";
import { checkInline, readModule, rewriteOptionsOf, settingsOf } from "../_wasm/settings.ts";
import type { GuestSettings } from "../_wasm/settings.ts";
import { preview2For } from "../_wasm/wasi.ts";
import type { OpenWasi, Preview2Face } from "../_wasm/wasi.ts";
import { checkComponent, checkIsComponent, fittingContract, importsWasi } from "./check-component.ts";
import { ComponentGuest } from "./guest-instance.ts";
import type { ComponentStart } from "./guest-on-thread.ts";
import { checkElsewhere } from "./options.ts";
import type { ComponentArtifact } from "./options.ts";

const traits: DriverTraits = {
  encoding: "memory",
  isolation: "sandbox",
  syncCalls: true,
  hostCallbacks: true,
  resources: true,
  streams: true,
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

/**
 * The `component` boundary with the isolations that `options` make possible beside `inline`. Components have no access
 * but to what the contract, `artifact.imports` and `artifact.wasi` give them.
 */
export function createComponentDriver(options: SandboxOptions = {}): Driver<ComponentArtifact> {
  const stored = storeOnDemand(options.cache);
  return sandboxDriver(
    {
      boundary: "component",
      traits,
      restrict,
      contractOf: (artifact, context) => contractOf(artifact, context, stored),
      openInline: (artifact, context) => openInline(artifact, context, stored),
      startOnThread: (artifact, context) => startOnThread(artifact, context, stored),
      checkForProcess,
    },
    options,
  );
}

/** The `component` boundary without any other driver: guests on the host's own thread only. */
export const componentDriver: Driver<ComponentArtifact> = createComponentDriver();

function restrict(artifact: ComponentArtifact, context: OpenContext, granted: Granted): ComponentArtifact {
  return { ...artifact, trusted: false, wasi: grantedWasi(artifact.wasi, context, granted) };
}

/** By the types in the binary: components have no digest, and need none. */
async function contractOf(artifact: ComponentArtifact, context: OpenContext, stored: StoreOnDemand): Promise<Contract> {
  const bytes = await readModule(artifact);
  checkIsComponent(bytes);
  const settings = settingsOf(artifact, context.limits);
  // What is compiled for this answer is what is opened next.
  const options = rewriteOptionsOf(artifact, settings, context.limits);
  const { plan } = await prepareComponent(bytes, options, { signal: context.signal, store: await stored() });
  return fittingContract(plan, offersOf(context), artifact.imports ?? {});
}

async function openInline(artifact: ComponentArtifact, context: OpenContext, stored: StoreOnDemand): Promise<Session> {
  checkInline(artifact);
  const { prepared, settings, openWasi } = await prepare(artifact, context, stored);
  const { contract, exports, imports, hostFunctions, limits, pluginId } = context;
  context.signal.throwIfAborted();
  const extraImports = artifact.imports ?? {};
  const source = { ...prepared, exports, imports, hostFunctions, settings, openWasi, extraImports };
  const make: InlineOptions["make"] = (owner) => new ComponentGuest({ ...source, ...owner });
  return new InlineSession({ settings, make, pluginId, contract, callMs: limits.callMs });
}

/** Beside this file, with the extension that this file has itself. */
const GUEST = new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

async function startOnThread(
  artifact: ComponentArtifact,
  context: OpenContext,
  stored: StoreOnDemand,
): Promise<{ readonly module: URL; readonly workerData: ComponentStart }> {
  checkElsewhere(artifact);
  const { prepared, settings, openWasi } = await prepare(artifact, context, stored);
  const { contract } = context;
  return { module: GUEST, workerData: { ...prepared, contract, settings, usesWasi: openWasi !== undefined } };
}

async function checkForProcess(artifact: ComponentArtifact, context: OpenContext): Promise<Uint8Array> {
  checkElsewhere(artifact);
  const bytes = await readModule(artifact);
  checkIsComponent(bytes);
  settingsOf(artifact, context.limits);
  // The child decodes, validates and checks: whatever the component's bytes do to that, they do it there.
  return bytes;
}

interface Ready {
  readonly prepared: PreparedComponent;
  readonly settings: GuestSettings;
  /** Undefined where nothing of WASI is imported. */
  readonly openWasi: OpenWasi<Preview2Face> | undefined;
}

async function prepare(artifact: ComponentArtifact, context: OpenContext, stored: StoreOnDemand): Promise<Ready> {
  const bytes = await readModule(artifact);
  checkIsComponent(bytes);
  const settings = settingsOf(artifact, context.limits);
  const options = rewriteOptionsOf(artifact, settings, context.limits);
  const prepared = await prepareComponent(bytes, options, { signal: context.signal, store: await stored() });
  const extra = artifact.imports ?? {};
  fittingContract(prepared.plan, [context.contract], extra);
  const { output } = context;
  const openWasi = importsWasi(prepared.plan, extra)
    ? await preview2For({
        grants: settings.wasi,
        print: (stream, printed) => output.write(stream, printed),
        isInline: true,
        audit: context.granted?.audit,
      })
    : undefined;
  checkComponent(prepared.plan, context, extra, openWasi);
  return { prepared, settings, openWasi };
}
