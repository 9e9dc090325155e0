// One running worker thread -> a session: calls of both kinds, host functions, and an end that settles everything once.
import type { MessagePort } from "node:worker_threads";
import { TenonError, type Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, OpenContext, Session } from "@tenon/host/driver";
import { CloneFormat, describeHostFailure, FrameFormat, Peer } from "@tenon/host/wire";
import { availableParallelism } from "node:os";
import { SETTLE_MICROSECONDS, SPIN_MICROSECONDS } from "./bootstrap.ts";
import { SharedLink } from "./link.ts";
import { LinkLoop } from "./loop.ts";
import { LearningSpin } from "./spin.ts";
import { OutputCapture } from "./output.ts";
import type { Thread } from "./thread.ts";

export interface WorkerSessionOptions {
  readonly context: OpenContext;
  readonly thread: Thread;
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly bell: MessagePort;
  readonly output: MessagePort;
}

/** A plugin's thread stays blocked for this long, and at most twice as long, after a call to serve the next one quickly. */
const RELEASE_MS = 10;

export class WorkerSession implements Session {
  readonly closed: Promise<CloseReason>;
  contract: Contract;
  readonly #options: WorkerSessionOptions;
  readonly #link: SharedLink;
  readonly #loop: LinkLoop;
  /** There once the plugin has said which contract it speaks. */
  #peer: Peer | undefined;
  readonly #output: OutputCapture;
  #settleClosed!: (reason: CloseReason) => void;
  #reason: CloseReason | undefined;
  #closing: Promise<void> | undefined;
  #isReady = false;
  /** Host functions that have not answered; the plugin's thread is blocked in each. */
  #callbacks = 0;

  constructor(options: WorkerSessionOptions) {
    this.#options = options;
    this.contract = options.context.contract;
    const { context, thread, memory, port, bell } = options;
    const { maxMessageBytes } = context.limits;
    const spin = {
      maxMicroseconds: SPIN_MICROSECONDS,
      settleMicroseconds: SETTLE_MICROSECONDS,
      cores: availableParallelism(),
    };
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#link = new SharedLink({
      memory,
      port,
      bell,
      side: "host",
      maxFrameBytes: maxMessageBytes,
      policy: new LearningSpin(spin),
      checkOther: () => this.#checkThread(),
    });
    this.#loop = new LinkLoop({
      link: this.#link,
      bell,
      policy: new LearningSpin(spin),
      hasPending: () => (this.#peer?.pending ?? 0) > 0,
      afterFrames: () => this.#peer?.drainDeferred(),
      releaseMs: RELEASE_MS,
      onIdle: (isIdle) => (thread.isRef = !isIdle),
      onFault: (error) => this.#fault(error),
    });
    this.#output = new OutputCapture(options.output, context.output, (bytes) => this.#link.signal.tookPrinted(bytes));
    void thread.ended.then(({ what, notes }) => {
      this.#output.finish();
      this.#end({ kind: "crashed", what, notes });
    });
  }

  /** The plugin is of the contract of `context`; it may call the host from now on, and be called once it is `ready`. */
  speak({ contract, exports, imports, hostFunctions, limits, output }: OpenContext): void {
    const { maxMessageBytes, maxPendingCalls } = limits;
    this.contract = contract;
    const clones = new CloneFormat({
      post: (message, moved) => this.#loop.post(message, moved),
      maxMessageBytes,
      isOtherTrusted: false,
    });
    const frames = new FrameFormat(this.#loop, maxMessageBytes);
    const peer = (this.#peer = new Peer({
      format: clones,
      syncFormat: frames,
      pump: (timeoutMs) => this.#loop.pump(timeoutMs),
      remote: exports,
      local: imports,
      serve: (index, args) => this.#serve(hostFunctions[index]!(...args)),
      describeFailure: describeHostFailure,
      maxPendingCalls,
      onLog: (level, text) => output.line(level, text),
    }));
    this.#link.receiveTo({
      frame: (bytes, isOwned, start, end) => peer.receive(frames.open(bytes, isOwned, start, end)),
      clone: (message) => peer.receive(clones.open(message)),
    });
    this.#loop.start();
    // The thread itself keeps the process alive, and only while calls are due.
    this.#options.bell.unref();
  }

  /** The plugin is made. */
  ready(): void {
    this.#isReady = true;
    const onStray = (): void =>
      this.#end({ kind: "protocol", what: "broke the protocol: it posted a message of its own to parentPort" });
    this.#options.thread.worker.on("message", onStray).on("messageerror", onStray);
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    const peer = this.#peer!;
    const answer = peer.call(func, args, context);
    // Not where the arguments were refused: nothing would put it right then.
    this.#options.thread.isRef = peer.pending > 0;
    return answer;
  }

  bindSync(func: FunctionRef): (...args: unknown[]) => unknown {
    const { callMs } = this.#options.context.limits;
    const limitMs = callMs > 0 ? callMs : Infinity;
    const onLate = (): void => this.terminate(`${func.path} did not answer a synchronous call within ${limitMs} ms`);
    return (...args) => this.#peer!.callSync(func, args, limitMs, onLate);
  }

  terminate(why: string): void {
    this.#end({ kind: "crashed", what: `was terminated: ${why}` });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #serve(out: unknown): unknown {
    if (!(out instanceof Promise)) return out;
    this.#callbacks++;
    const settled = (): void => void this.#callbacks--;
    out.then(settled, settled);
    return out;
  }

  /** Throws when a thread that is waited for cannot answer any more. */
  #checkThread(): void {
    if (this.#reason === undefined && !this.#link.signal.hasOtherEnded && this.#options.thread.isAlive) return;
    throw this.#loss(this.#reason ?? { kind: "crashed", what: "ended during a synchronous call" });
  }

  #fault(error: TenonError): void {
    if (error.code === "protocol-error") this.#end({ kind: "protocol", what: `broke the protocol: ${error.what}` });
    // The thread ended; its exit event has the better reason and comes with the next turn of the event loop.
    else if (error.code !== "plugin-crashed")
      this.#end({ kind: "protocol", what: `sent what cannot be read: ${error.message}` });
  }

  /** Settles everything that waits. The thread itself is the caller's. */
  #lose(reason: CloseReason): boolean {
    if (this.#reason !== undefined) return false;
    this.#reason = reason;
    this.#loop.stop();
    this.#peer?.fail(this.#loss(reason));
    this.#settleClosed(reason);
    return true;
  }

  #end(reason: CloseReason): void {
    if (!this.#lose(reason)) return;
    this.#options.port.close();
    void this.#options.thread.terminate();
  }

  #loss({ kind, what, notes }: CloseReason): TenonError {
    const { pluginId } = this.#options.context;
    const code = kind === "closed" ? "session-closed" : kind === "protocol" ? "protocol-error" : "plugin-crashed";
    return new TenonError(code, `plugin ${pluginId} ${what}`, { plugin: pluginId, boundary: "worker", notes });
  }

  async #close(): Promise<void> {
    const { thread, context, port } = this.#options;
    thread.isRef = true;
    // A thread that is blocked in a host function hears nothing until that answers, and nobody waits for it any more.
    const isPolite = this.#isReady && this.#reason === undefined && this.#callbacks === 0;
    if (isPolite) this.#peer?.sendClose();
    this.#lose({ kind: "closed", what: "was closed" });
    if (isPolite) await within(context.limits.closeGraceMs, thread.ended);
    // A native call cannot be ended, and must not hold the host as well.
    await within(context.limits.closeGraceMs, thread.terminate());
    port.close();
  }
}

/** Resolves when `pending` has settled, either way, at the latest after `ms`. */
export async function within(ms: number, pending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([pending.catch(() => undefined), new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
