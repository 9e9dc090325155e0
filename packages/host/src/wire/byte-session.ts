// Two byte streams and a contract -> a session: the handshake, then frames or JSON-RPC, whichever the plugin chose.
// What stands behind the streams (a process, a socket) is the driver's; it says when the other end is gone.
import { TenonError, type Contract } from "@tenon/contract/core";
import { speaking } from "../dialect.ts";
import type { CallContext, CloseReason, FunctionRef, OpenContext } from "../driver.ts";
import { FRAME, FRAME_HEADER } from "./frames.ts";
import { FrameFormat } from "./frame-format.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import {
  checkImplements,
  contractOf,
  FEATURES,
  featuresOf,
  formatHostGreeting,
  MAX_HANDSHAKE_BYTES,
  parsePluginGreeting,
  quote,
  refused,
  type PluginGreeting,
} from "./handshake.ts";
import { JsonRpcPeer } from "./json-rpc-peer.ts";
import { KeepAwake } from "./keep-awake.ts";
import { LineSplitter } from "./line-splitter.ts";
import { describeHostFailure } from "./peer-errors.ts";
import { Peer } from "./peer.ts";
import { StreamLink, type ByteSink, type ByteSource } from "./stream-link.ts";

export interface ByteSessionOptions {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  readonly context: OpenContext;
  /** `tenon/0.1.0`, for the plugin's log. */
  readonly host: string;
  /**
   * The plugin broke the protocol, or closed a stream: the driver ends it and then calls `lose`, with this reason
   * unless it knows a better one (a process that exited). Told once.
   */
  readonly onBroken: (reason: CloseReason) => void;
  /** Takes notes, which only a process sends that runs code of our own; of anything else they break the protocol. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/** JSON takes some twenty times its text in memory while it is parsed, so lines are held shorter than frames. */
const MAX_JSON_LINE_BYTES = 16 * 1024 * 1024;

interface Wire {
  readonly pending: number;
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown>;
  fail(error: TenonError): void;
  sendClose(): void;
}

export class ByteSession {
  /** Resolves after a handshake that fits; rejects with handshake-failed, start-failed, contract-mismatch or function-missing. */
  readonly ready: Promise<void>;
  readonly #options: ByteSessionOptions;
  /** The contract that the plugin speaks, with all that goes with it; the host's own until the plugin has said. */
  #context: OpenContext;
  readonly #link: StreamLink;
  readonly #awake: KeepAwake;
  readonly #first: LineSplitter;
  #greeting: PluginGreeting | undefined;
  #wire: Wire | undefined;
  #isPartial: () => boolean = () => false;
  #isPlain = true;
  #isReady = false;
  #isBroken = false;
  #settle!: { resolve: () => void; reject: (error: TenonError) => void };

  constructor(options: ByteSessionOptions) {
    this.#options = options;
    this.#context = options.context;
    this.ready = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever opens the session awaits it; a loss before that must not count as unhandled.
    this.ready.catch(() => {});
    this.#awake = new KeepAwake(() => (this.#wire?.pending ?? 0) > 0);
    this.#link = new StreamLink({
      source: options.source,
      sink: options.sink,
      maxWaitingBytes: Math.max(options.context.limits.maxMessageBytes * 2, 1024 * 1024),
      onEnd: () => this.#broken({ kind: "protocol", what: this.#endOfOutput() }),
      onDeaf: (error) => this.#broken({ kind: "protocol", what: `closed its standard input (${error.message})` }),
      onFault: (error) => this.#onFault(error),
    });
    this.#first = new LineSplitter(MAX_HANDSHAKE_BYTES, (line) => this.#onGreeting(line));
    this.#link.readTo((chunk) => this.#onFirstChunk(chunk));
    this.#link.sendText(formatHostGreeting(options.context, options.host));
    this.#link.flush();
  }

  /** Calls that are not settled, of both directions. */
  get pending(): number {
    return this.#wire?.pending ?? 0;
  }

  /** What the plugin speaks: one of the contracts that it was offered. Only after `ready`. */
  get contract(): Contract {
    return this.#context.contract;
  }

  /** What the plugin said at the start; undefined until `ready`. */
  get greeting(): PluginGreeting | undefined {
    return this.#greeting;
  }

  /** Only after `ready`. */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    this.#link.checkRoom();
    const pending = this.#wire!.call(func, args, this.#isPlain ? context : this.#limited(context));
    this.#awake.began();
    return pending;
  }

  /** The context of a call without what the plugin does not want to hear of. */
  #limited(context: CallContext): CallContext {
    const features = featuresOf(this.#greeting!);
    const { deadline, trace, isNested } = context;
    return {
      deadline,
      isNested,
      signal: features.has("cancel") ? context.signal : undefined,
      trace: features.has("trace") ? trace : undefined,
    };
  }

  /** Asks the plugin to end: a close frame where there is one, then the end of its standard input. */
  finish(): void {
    this.#wire?.sendClose();
    this.#link.end();
  }

  /** The other end is gone: rejects everything that waits, and lets go of the streams. Idempotent. */
  lose(reason: CloseReason): void {
    const error = this.lossError(reason);
    this.#isBroken = true;
    this.#settle.reject(error);
    this.#wire?.fail(error);
    this.#link.destroy();
  }

  /** What a caller gets to know of the end of the session. */
  lossError(reason: CloseReason): TenonError {
    const { pluginId } = this.#options.context;
    const isReady = this.#isReady;
    const notes = reason.notes ?? [];
    if (reason.kind === "closed")
      return new TenonError("session-closed", `plugin ${pluginId} ${reason.what}`, { notes, plugin: pluginId });
    if (reason.isExhausted === true)
      return new TenonError("resource-exhausted", `plugin ${pluginId} ${reason.what}`, {
        notes,
        plugin: pluginId,
        ...(!isReady && { sideEffects: "none" as const }),
      });
    if (reason.kind === "protocol") {
      const [code, sideEffects] = isReady
        ? (["protocol-error", "unknown"] as const)
        : (["handshake-failed", "none"] as const);
      return new TenonError(code, `plugin ${pluginId} ${reason.what}`, { notes, plugin: pluginId, sideEffects });
    }
    if (isReady)
      return new TenonError("plugin-crashed", `plugin ${pluginId} ${reason.what}`, { notes, plugin: pluginId });
    const said = this.saidSoFar();
    return new TenonError("start-failed", `plugin ${pluginId} ${reason.what} before the handshake${said}`, {
      notes,
      plugin: pluginId,
      sideEffects: "none",
    });
  }

  /** `; it printed "..." without a newline`, for starts that fail; empty when nothing stands there. */
  saidSoFar(): string {
    const { partial } = this.#first;
    if (this.#wire !== undefined) return "";
    return partial.length === 0
      ? "; it printed nothing to standard output"
      : `; it printed ${quote(partial)} without a newline`;
  }

  #onFirstChunk(chunk: Uint8Array): void {
    let rest: Uint8Array | undefined;
    try {
      rest = this.#first.push(chunk);
    } catch (thrown) {
      // Its own refusals are TenonErrors of the right code; the splitter's only says that the line is too long.
      const error = TenonError.from(thrown);
      throw error.code === "protocol-error"
        ? refused(`the plugin printed ${MAX_HANDSHAKE_BYTES} bytes without a newline`, chunk)
        : error;
    }
    if (this.#greeting === undefined) return;
    const receive = this.#open(this.#greeting);
    this.#link.readTo(receive);
    if (rest !== undefined && rest.length > 0) receive(rest);
    this.#isReady = true;
    this.#settle.resolve();
  }

  #onGreeting(line: Uint8Array): "stop" {
    const greeting = parsePluginGreeting(line);
    this.#context = speaking(this.#context, contractOf(greeting, this.#context));
    checkImplements(greeting, this.#context);
    this.#greeting = greeting;
    this.#isPlain = featuresOf(greeting).size === FEATURES.length;
    return "stop";
  }

  #open(greeting: PluginGreeting): (chunk: Uint8Array) => void {
    return greeting.encoding === "frames" ? this.#openFrames() : this.#openJsonRpc();
  }

  #openFrames(): (chunk: Uint8Array) => void {
    const { exports, imports, limits, output } = this.#context;
    const { onNote } = this.#options;
    const link = this.#link;
    const frames = new FrameFormat(
      {
        send: (frame) => {
          link.send(frame);
          if (isAnswer(frame)) link.countAnswer(frame.length);
        },
        sendOwned: (frame) => {
          link.sendOwned(frame);
          if (isAnswer(frame)) link.countAnswer(frame.length);
        },
      },
      limits.maxMessageBytes,
    );
    const peer = new Peer({
      format: frames,
      remote: exports,
      local: imports,
      serve: (index, args) => this.#serve(index, args),
      describeFailure: describeHostFailure,
      maxPendingCalls: limits.maxPendingCalls,
      onLog: (level, text) => output.line(level, text),
      ...(onNote !== undefined && { onNote }),
    });
    this.#wire = peer;
    const splitter = new FrameSplitter(limits.maxMessageBytes, (frame, isOwned) =>
      peer.receive(frames.open(frame, isOwned)),
    );
    this.#isPartial = () => splitter.isPartial;
    return (chunk) => {
      splitter.push(chunk);
      if (splitter.isPartial) this.#awake.flowing();
    };
  }

  #openJsonRpc(): (chunk: Uint8Array) => void {
    const { exports, imports, limits, output } = this.#context;
    const link = this.#link;
    const peer = new JsonRpcPeer({
      send: (line, isAnswerLine) => {
        link.sendText(line);
        if (isAnswerLine) link.countAnswer(line.length);
      },
      remote: exports,
      local: imports,
      serve: (index, args) => this.#serve(index, args),
      describeFailure: describeHostFailure,
      maxPendingCalls: limits.maxPendingCalls,
      onLog: (level, text) => output.line(level, text),
    });
    this.#wire = peer;
    const splitter = new LineSplitter(Math.min(limits.maxMessageBytes, MAX_JSON_LINE_BYTES), (line) =>
      peer.receive(line),
    );
    this.#isPartial = () => splitter.partial.length > 0;
    return (chunk) => {
      splitter.push(chunk);
      if (splitter.partial.length > 0) this.#awake.flowing();
    };
  }

  #serve(index: number, args: readonly unknown[]): unknown {
    return this.#context.hostFunctions[index]!(...args);
  }

  #onFault(error: TenonError): void {
    const { pluginId } = this.#options.context;
    // What goes wrong right behind the handshake line is part of a start that failed.
    const isStart = !this.#isReady && error.code === "protocol-error";
    const { what, hint } = error;
    this.#settle.reject(
      isStart
        ? new TenonError("handshake-failed", what, { hint, plugin: pluginId, sideEffects: "none" })
        : error.with({ plugin: pluginId }),
    );
    this.#broken({ kind: "protocol", what: `broke the protocol: ${what}` });
  }

  #endOfOutput(): string {
    if (this.#wire === undefined) return `closed its standard output before the handshake${this.saidSoFar()}`;
    return this.#isPartial() ? "closed its standard output in the middle of a message" : "closed its standard output";
  }

  #broken(reason: CloseReason): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#options.onBroken(reason);
  }
}

function isAnswer(frame: Uint8Array): boolean {
  const kind = frame[FRAME_HEADER];
  return kind === FRAME.result || kind === FRAME.error;
}
