// A sandbox for guests -> a driver that runs them where policy says: on the host's thread, on one of their own, in a process.
import { TenonError, type Contract } from "@tenon/contract/core";
import { speaking } from "@tenon/host/driver";
import type { Driver, DriverTraits, Granted, IsolationChoice, OpenContext, Session } from "@tenon/host/driver";
import { hearReports } from "../_granted/report.ts";
import { openMarked } from "./nesting.ts";
import { openProcess } from "./process.ts";
import type { ProcessRunner } from "./process.ts";
import type { CacheOptions } from "./prepared-store.ts";
import type { SandboxArtifact } from "./settings.ts";

/** The driver whose threads run the guests: `workerDriver`, which is passed in because drivers do not import each other. */
export interface ThreadDriver {
  readonly traits: DriverTraits;
  readonly open: (
    artifact: { readonly module: URL; readonly workerData: unknown },
    context: OpenContext,
  ) => Promise<Session>;
}

/** What runs guests elsewhere than on the host's own thread; a choice that nothing is passed for is not there. */
export interface IsolationOptions {
  readonly worker?: ThreadDriver;
  readonly process?: ProcessRunner;
}

/** The same with what is kept of guests; for the boundaries of WebAssembly. */
export interface SandboxOptions extends IsolationOptions {
  /** Where what is made of large guests outlives the process. Default nowhere. */
  readonly cache?: CacheOptions;
}

/** All that this needs to know of an artifact. */
interface IsolatedArtifact {
  readonly isolation?: IsolationChoice;
}

/** What one boundary does; the rest is the same for all. */
export interface Sandbox<Artifact extends IsolatedArtifact> {
  readonly boundary: string;
  /** Of guests on the host's own thread. */
  readonly traits: DriverTraits;
  /** The artifact with what policy leaves of the plugin's requests, and nothing that it gives itself; called where policy has decided. */
  readonly restrict: (artifact: Artifact, context: OpenContext, granted: Granted) => Artifact;
  /**
   * Which of the offered contracts the artifact was built for, by what it says itself, before anything of it runs. Rejects
   * with contract-mismatch. Asked only where the host speaks more than one: where it does not, opening is the check.
   */
  readonly contractOf: (artifact: Artifact, context: OpenContext) => Promise<Contract>;
  readonly openInline: (artifact: Artifact, context: OpenContext) => Promise<Session>;
  /** The plugin module for the thread, beside the driver, and what it finds in `workerData`. */
  readonly startOnThread: (
    artifact: Artifact,
    context: OpenContext,
  ) => Promise<{ readonly module: URL; readonly workerData: unknown }>;
  /**
   * The bytes, once everything that can be is checked; then the artifact as JSON can carry it, but for its bytes, is that
   * of the child. Absent where the boundary has no form in a process.
   */
  readonly checkForProcess?: (artifact: Artifact & SandboxArtifact, context: OpenContext) => Promise<Uint8Array>;
}

/** `isolations` has `inline` and whatever `options` make possible. */
export function sandboxDriver<Artifact extends IsolatedArtifact>(
  sandbox: Sandbox<Artifact>,
  { worker, process, cache }: SandboxOptions,
): Driver<Artifact> {
  const { boundary, traits, checkForProcess } = sandbox;
  const keepsMemory = traits.enforcement.memory === "enforced";
  const hasProcess = process !== undefined && checkForProcess !== undefined;
  const isolations: Partial<Record<IsolationChoice, DriverTraits>> = {
    inline: traits,
    ...(worker !== undefined && { worker: elsewhere(traits, worker.traits, "sandbox") }),
    ...(hasProcess && { process: elsewhere(traits, process.stdio.traits, "process") }),
  };
  const open = async (asked: Artifact, given: OpenContext): Promise<Session> => {
    const { granted, ...rest } = given;
    const artifact = granted === undefined ? asked : sandbox.restrict(asked, given, granted);
    const isChosen = (rest.dialects ?? []).length === 0;
    const context = isChosen ? rest : speaking(rest, await sandbox.contractOf(artifact, rest));
    const choice = artifact?.isolation ?? "inline";
    if (choice === "worker" && worker !== undefined) {
      const reports = granted === undefined ? undefined : hearReports(granted);
      try {
        const start = await sandbox.startOnThread(reporting(artifact, reports?.channel), context);
        // The guest's memory is bounded by its own maximum; what the thread's JavaScript needs beside it is not the guest's.
        const limits = { ...context.limits, memoryMiB: 0 };
        const session = await openMarked({ ...context, limits }, (marked) => worker.open(start, marked));
        return reports?.until(session) ?? session;
      } catch (thrown) {
        reports?.close();
        throw thrown;
      }
    }
    if (choice === "process" && hasProcess) {
      // A boundary that has this form takes artifacts of this form.
      const guest = artifact as Artifact & SandboxArtifact;
      const bytes = await checkForProcess(guest, context);
      const around = granted?.sandbox === undefined ? context : { ...context, granted: aroundGuest(granted) };
      return await openMarked(around, (marked) =>
        openProcess(process, { boundary, artifact: guest, bytes, cache, keepsMemory, audit: granted?.audit }, marked),
      );
    }
    if (choice === "inline") return await sandbox.openInline(artifact, { ...context, granted });
    throw new TenonError("capability-unenforceable", `this ${boundary} driver has no isolation ${String(choice)}`, {
      hint: `make the driver with one, or choose one of ${Object.keys(isolations).join(", ")}`,
      sideEffects: "none",
    });
  };
  return { boundary, traits, isolations, open };
}

/** The guest has its grants already; what is left of them is the process's, which is ours and starts whatever policy says of programs. */
function aroundGuest(granted: Granted): Granted {
  const { grants } = granted;
  const others = grants.deny.map(({ rule, set: { exec: _, ...set } }) => ({ rule, set }));
  const deny = [...others, { rule: "variables are the guest's alone", set: { env: ["*"] } }];
  return { ...granted, grants: { ...grants, deny }, audit: () => {} };
}

/** The artifact of a guest that tells of its uses there, if it has any. */
function reporting<Artifact extends IsolatedArtifact>(artifact: Artifact, channel: string | undefined): Artifact {
  const { wasi } = artifact as Artifact & Partial<SandboxArtifact>;
  return channel === undefined || wasi === undefined ? artifact : { ...artifact, wasi: { ...wasi, reports: channel } };
}

/** The sandbox's own traits, but for what is the thread's or the process's. */
function elsewhere(inline: DriverTraits, runner: DriverTraits, isolation: DriverTraits["isolation"]): DriverTraits {
  const { encoding, syncCalls, hostCallbacks, cancellation, restartable, takesSandbox = false } = runner;
  return {
    ...inline,
    encoding,
    syncCalls,
    hostCallbacks,
    cancellation,
    restartable,
    takesSandbox,
    isolation,
    resources: inline.resources && runner.resources,
    streams: inline.streams && runner.streams,
    enforcement: { ...inline.enforcement, "cpu-deadline": runner.enforcement["cpu-deadline"] },
  };
}
