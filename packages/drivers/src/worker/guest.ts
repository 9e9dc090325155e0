// The entry of the worker thread: loads one plugin module and serves its functions. What it imports every thread waits for.
import { TenonError } from "@tenon/contract/base";
import { indexFunctions, type FunctionRef } from "@tenon/host/driver";
import { CloneFormat, Peer, type ServedCall } from "@tenon/host/wire/threads";
import { bindPlugin, choosePlugin, type BoundExports } from "@tenon/plugin/bind";
import { parentPort } from "node:worker_threads";
import { descriptorsExhausted } from "../_process/exhausted.ts";
import { missingModule } from "../_process/missing-module.ts";
import { SPIN_MICROSECONDS, type Start, type Started } from "./bootstrap.ts";
import { GuestOutput } from "./guest-output.ts";
import { SharedLink } from "./link.ts";
import { LazyFrames } from "./lazy-frames.ts";
import { LinkLoop } from "./loop.ts";
import { FollowingSpin } from "./spin.ts";

/** How long it may go on so while calls keep coming: promises of the plugin that nothing waits for are late by as much. */
const TURN_MS = 2;
const CALLS_PER_CLOCK = 4;
const MAX_STACK_LINES = 10;

const answer = (message: Started): void => parentPort!.postMessage(message);

answer({ tenon: "begun" });
parentPort!.once("message", (start: Start) => {
  run(start).then(
    () => answer({ tenon: "ready" }),
    (thrown: unknown) => answer({ tenon: "failed", error: startFailure(thrown, start.module).toJSON() }),
  );
});

async function run(start: Start): Promise<void> {
  const { link, output } = connect(start);
  const { contract, exported } = choosePlugin(await load(start.module), start.offers);
  const exports = indexFunctions(contract.exports);
  const imports = indexFunctions(contract.imports);
  const bound: { functions?: BoundExports } = {};
  const { peer, loop } = speak({ start, link, output }, exports, imports, {
    isBound: () => bound.functions !== undefined,
    serve: (index, args, call) => bound.functions![index]!(...args, call),
  });
  answer({ tenon: "speaks", id: contract.id, digest: contract.digest });
  bound.functions = await bindPlugin(exported, {
    contract,
    exports,
    imports,
    // Always synchronous, as on `import`: the thread is blocked until the host has answered, also by a promise.
    importOf:
      (func) =>
      (...args) =>
        peer.callSync(func, args, Infinity),
  });
  loop.start();
}

interface Connected {
  readonly start: Start;
  readonly link: SharedLink;
  readonly output: GuestOutput;
}

/** What stands before the plugin's module is loaded: whatever that prints has a way out. */
function connect(start: Start): Connected {
  const policy = new FollowingSpin(SPIN_MICROSECONDS, () => link.signal.isAdvisedToSpin);
  const link = new SharedLink({
    memory: start.memory,
    side: "guest",
    port: start.port,
    bell: start.bell,
    policy,
    maxFrameBytes: start.maxMessageBytes,
  });
  const output = new GuestOutput(start.output, () => link.signal.printedTaken);
  process.on("exit", () => {
    output.flush();
    link.signal.end();
  });
  return { start, link, output };
}

interface Served {
  /** The plugin is loaded. Calls come only after that. */
  readonly isBound: () => boolean;
  readonly serve: (index: number, args: readonly unknown[], call: ServedCall) => unknown;
}

/** Messages from now on, by the functions of the contract that the plugin is of. */
function speak(
  { start, link, output }: Connected,
  exports: readonly FunctionRef[],
  imports: readonly FunctionRef[],
  { isBound, serve }: Served,
): { peer: Peer; loop: LinkLoop } {
  const frames = new LazyFrames();
  const hasPending = (): boolean => peer.pending > 0;
  const loop = new LinkLoop({
    link,
    bell: start.bell,
    hasPending,
    beforeSend: () => output.flush(),
    afterFrames: () => peer.drainDeferred(),
    linger: () => linger(link, peer, hasPending),
    onFault: (error) => {
      // Uncaught, so that it ends the thread with its reason, wherever in the plugin's code the link failed.
      setImmediate(() => {
        throw error;
      });
    },
  });
  const { maxMessageBytes, maxPendingCalls } = start;
  const post = (message: unknown, moved: ArrayBuffer[]): void => loop.post(message, moved);
  const clones = new CloneFormat({ post, maxMessageBytes, isOtherTrusted: true });
  const peer = new Peer({
    format: clones,
    pump: (timeoutMs) => loop.pump(timeoutMs),
    remote: imports,
    local: exports,
    serve,
    describeFailure: pluginFailure,
    maxPendingCalls,
    onClose: () => process.exit(0),
    onSync: () => {
      // Modules that are still being loaded cannot be loaded at one go as well.
      const format = isBound() ? frames.load(loop, maxMessageBytes) : undefined;
      if (format !== undefined) peer.useForSync(format);
    },
  });
  link.receiveTo({
    frame: (bytes, isOwned, from, end) => peer.receive(frames.open(bytes, isOwned, from, end)),
    clone: (message) => peer.receive(clones.open(message)),
  });
  return { peer, loop };
}

/**
 * Waits for the next call while nothing else is due; true when calls came. Without a limit of its own, which would have to
 * be programmed anew at every call: the host ends it when calls have stopped (`LinkLoop`).
 */
function linger(link: SharedLink, peer: Peer, hasPending: () => boolean): boolean {
  const until = performance.now() + TURN_MS;
  const timeoutMs = isQuiet() ? Infinity : 0;
  let served = 0;
  while (link.pump(timeoutMs)) {
    served++;
    peer.drainDeferred();
    // Reading the clock takes as long as serving a small call does.
    if (hasPending() || (served % CALLS_PER_CLOCK === 0 && performance.now() >= until)) break;
  }
  return served > 0;
}

/** What this thread has in its event loop when only the driver is there: the port that keeps it alive. */
const OWN_RESOURCES: ReadonlySet<string> = new Set(["MessagePort", "CloseReq"]);

/** Whether no timer, file or socket of the plugin needs the event loop. */
function isQuiet(): boolean {
  return process.getActiveResourcesInfo().every((name) => OWN_RESOURCES.has(name));
}

async function load(specifier: string): Promise<unknown> {
  return (await import(specifier)) as unknown;
}

function startFailure(thrown: unknown, specifier: string): TenonError {
  const known = thrown instanceof TenonError ? thrown : descriptorsExhausted(thrown, "load the plugin's module");
  if (known !== undefined) return known;
  const missing = missingModule(thrown, specifier, import.meta.url);
  if (missing !== undefined) return missing;
  return TenonError.from(thrown, "start-failed", {
    hint: "the module threw while it loaded; mend it or its dependencies",
    notes: stackOf(thrown),
    sideEffects: "none",
  });
}

/** What the host gets to know of a throw: the text, and where in the plugin it happened. */
function pluginFailure(thrown: unknown, func: FunctionRef): TenonError {
  return TenonError.from(thrown, "plugin-trap", { call: func.path, notes: stackOf(thrown) });
}

/** Where an own error was made is where the reason was found, which says no more than the error itself. */
function stackOf(thrown: unknown): readonly string[] {
  if (thrown instanceof TenonError || !(thrown instanceof Error) || typeof thrown.stack !== "string") return [];
  return thrown.stack
    .split("\n")
    .slice(1, 1 + MAX_STACK_LINES)
    .map((line) => line.trim());
}
