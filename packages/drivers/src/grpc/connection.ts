// One connection to one plugin process: calls go out on it, and when it is lost every call that waits is rejected, once.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";
import { patientTimeout, type CallContext, type CloseReason } from "@tenon/host/driver";
import { errorOfStatus, fromBuffer, messages, STATUS, toBuffer, type GrpcLibrary } from "@tenon/plugin/grpc";
import { Attachment } from "./attach.ts";
import { onCancel, timely, timeoutHeader, type CallWire, type OpenCall } from "./call-wire.ts";
import { createClient, type Dial } from "./channel.ts";
import type { Method } from "./methods.ts";
import type { Spoken } from "./opening.ts";
import { whenAsleep } from "./process-activity.ts";
import { Sockets } from "./sockets.ts";
import { streamCall } from "./stream-call.ts";
import { unaryCall } from "./unary-call.ts";

export interface ConnectionOptions {
  readonly grpc: GrpcLibrary;
  readonly dial: Dial;
  /** What the plugin is offered; `spoken` has what it chose. */
  readonly spoken: Spoken;
  /** The process, where it is ours to end; one that cannot be ended is only left. */
  readonly pid: number | undefined;
  /** A handler goes on although nobody wants its stream any more, and the core does not know. */
  readonly onStuck: (why: string) => void;
  /** Told once, before anybody has answered: streams that are wanted in any case go out together with the first one. */
  readonly onDialled?: (client: Grpc.Client) => void;
  /** Nothing more can be called on it; told once, after `open`. Who hears of it calls `lose`. */
  readonly onLost: (reason: CloseReason) => void;
}

/** Health status SERVING, and the status of a server that has no such service. */
const SERVING = 1;
const NOT_FOUND = 5;
/** A machine elsewhere that does not answer a health check within this is not called any more. */
const REMOTE_PING_MS = 5000;
/** What has been said to a machine elsewhere gets this long to leave. */
const REMOTE_LEAVE_MS = 1000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #client: Grpc.Client;
  readonly #sockets = new Sockets();
  readonly #metadata: Grpc.Metadata;
  /** Rejects a waiting call with the error it is given. */
  readonly #waiting = new Set<(error: TenonError) => void>();
  readonly #wire: CallWire;
  #attachment: Attachment | undefined;
  #spoken: Spoken;
  #lost: TenonError | undefined;
  #isTold = false;
  #lastNumber = 0;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#spoken = options.spoken;
    const { grpc, dial, spoken } = options;
    const credentials = this.#sockets.through(dial.credentials);
    this.#client = createClient(grpc, { ...dial, credentials }, spoken.context.limits);
    this.#metadata = new options.grpc.Metadata();
    this.#wire = {
      client: this.#client,
      begin: (method, context) => this.#begin(method, context),
      failed: (status, call) => this.#failed(status, call),
      left: (call) => this.#leave(call),
    };
  }

  /** Connects and settles who is there. Rejects with start-failed, handshake-failed or contract-mismatch; nothing is open then. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options);
    try {
      const settled = options.spoken.isForeign ? connection.#ping() : connection.#attach();
      options.onDialled?.(connection.client);
      await settled;
      connection.#watch();
      return connection;
    } catch (thrown) {
      connection.#disconnect();
      throw thrown;
    }
  }

  /** The contract that the plugin speaks. */
  get spoken(): Spoken {
    return this.#spoken;
  }

  get client(): Grpc.Client {
    return this.#client;
  }

  /** Calls that are not settled. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** `client` stands in for the own one where the service is on a connection of the broker. */
  call(method: Method, args: readonly unknown[], context: CallContext, client: Grpc.Client = this.#client): unknown {
    if (this.#lost !== undefined) throw this.#lost;
    if (method.streamParam >= 0 || method.hasStreamResult) return streamCall(this.#wire, method, args, context);
    const bytes = toBuffer(method.codec.encodeParams(args));
    const open = this.#begin(method, context);
    return new Promise((resolve, reject) => {
      const give = (error: TenonError): void => {
        this.#waiting.delete(give);
        reject(error);
      };
      this.#waiting.add(give);
      const request = { path: method.path, bytes, metadata: open.metadata };
      const cancel = unaryCall(client, request, (status, message) => {
        if (status.code !== STATUS.ok) {
          const told = this.#failed(timely(status, context), open).then(give);
          return void told.catch((thrown: unknown) => give(TenonError.from(thrown)));
        }
        this.#waiting.delete(give);
        try {
          resolve(method.codec.decodeResult(message!));
        } catch (thrown) {
          reject(TenonError.from(thrown, "protocol-error", { call: method.func.path }));
        }
      });
      onCancel(context, () => {
        open.isGivenUp = true;
        cancel();
      });
    });
  }

  /** Asks for the end of the session, then lets go of the connection. One that was lost has nobody to ask. */
  async shutdown(withinMs: number): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#isTold = true;
    this.#attachment?.close();
    await new Promise<void>((resolve) => {
      // The plugin usually ends before it answers, so any outcome is the right one.
      const call = this.#client.makeUnaryRequest(
        messages.SHUTDOWN_PATH,
        toBuffer,
        fromBuffer,
        new Uint8Array(0),
        () => {
          clearTimeout(timer);
          resolve();
        },
      );
      const timer = setTimeout(() => call.cancel(), withinMs);
    });
  }

  /** The other end is gone: rejects everything that waits, each once, and every later call. Idempotent. */
  lose(error: TenonError): void {
    this.#isTold = true;
    this.#lost ??= error;
    for (const give of this.#waiting) give(this.#lost);
    this.#disconnect();
  }

  /** Ends the session politely, for plugins that go on without us. */
  leave(error: TenonError): void {
    this.#isTold = true;
    this.#attachment?.close();
    // A moment for the end of the stream to leave; the library has no way to wait for it.
    setTimeout(() => this.lose(error), 10).unref();
  }

  #disconnect(): void {
    this.#client.close();
    if (this.#options.pid !== undefined) this.#sockets.destroy();
    else setTimeout(() => this.#sockets.destroy(), REMOTE_LEAVE_MS).unref();
  }

  async #attach(): Promise<void> {
    const { grpc, spoken } = this.#options;
    const attachment = await Attachment.open({
      grpc,
      client: this.#client,
      spoken,
      onEnd: (reason) => this.#tell(reason),
    });
    this.#attachment = attachment;
    this.#spoken = attachment.spoken;
    this.#metadata.set(messages.SESSION_KEY, attachment.session);
  }

  /** Whether the plugin answers at all; servers without the health service answer that they have none, which will do. */
  #ping(withinMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#spoken.context;
      const call = this.#client.makeUnaryRequest(
        messages.HEALTH_CHECK_PATH,
        toBuffer,
        fromBuffer,
        messages.healthRequest.encode({ service: this.#spoken.isForeign ? "plugin" : "" }),
        (status, value) => {
          stop?.();
          signal.removeEventListener("abort", cancel);
          if (status === null) return healthOf(value!, resolve, reject);
          if (status.code === STATUS.unimplemented || status.code === NOT_FOUND) return resolve();
          const what = signal.aborted ? "was given up while it started" : shortText(status.details);
          reject(new TenonError("start-failed", `cannot reach the plugin: ${what}`, { sideEffects: "none" }));
        },
      );
      const cancel = (): void => call.cancel();
      // An answer that came while the host held its own loop is read first.
      const stop = withinMs === undefined ? undefined : patientTimeout(withinMs, cancel);
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  /** A connection that breaks shows in the channel's state, whether or not a call is under way. */
  #watch(): void {
    const { connectivityState } = this.#options.grpc;
    const channel = this.#client.getChannel();
    const check = (): void => {
      if (this.#lost !== undefined) return;
      if (channel.getConnectivityState(false) === connectivityState.READY) return wait();
      this.#tell({ kind: "crashed", what: "lost its connection" });
    };
    const wait = (): void => channel.watchConnectivityState(connectivityState.READY, Infinity, check);
    check();
  }

  #tell(reason: CloseReason): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onLost(reason);
  }

  #begin(method: Method, { trace, deadline }: CallContext): OpenCall {
    const { settles } = this.#attachment ?? { settles: false };
    const number = (this.#lastNumber = (this.#lastNumber + 1) % 2 ** 32);
    let metadata = this.#metadata;
    if (settles || trace !== undefined || deadline !== undefined) metadata = metadata.clone();
    if (deadline !== undefined) metadata.set("grpc-timeout", timeoutHeader(deadline));
    if (settles) metadata.set(messages.CALL_KEY, String(number));
    if (trace !== undefined) metadata.set(messages.TRACE_KEY, trace);
    return { method, metadata, number, isGivenUp: false };
  }

  /** What the caller gets to know. A lost connection is told of by `lose`, once for all calls. */
  async #failed(status: Grpc.StatusObject, call: OpenCall): Promise<TenonError> {
    const isOwn = status.metadata.get(messages.ERROR_KEY).length > 0;
    call.isGivenUp ||= status.code === STATUS.deadlineExceeded && !isOwn;
    // Its caller does not wait for this; the core does, and ends the session when it takes too long.
    if (call.isGivenUp && !call.method.hasStreamResult) await this.#handlerEnd(call);
    const isBroken = status.code === STATUS.unavailable && !isOwn;
    if (isBroken && this.#lost === undefined) {
      this.#tell({ kind: "crashed", what: `lost its connection (${shortText(status.details)})` });
      await new Promise((resolve) => this.#waiting.add(resolve));
    }
    return this.#lost ?? errorOfStatus(status, call.method.func.path);
  }

  /**
   * Resolves when the handler of a call that was given up has ended, as far as anybody can tell: the plugin says so, or it
   * is a program of others and its process answers and sleeps. A machine elsewhere is not waited for.
   */
  async #handlerEnd({ number }: OpenCall): Promise<void> {
    const { pid } = this.#options;
    if (pid === undefined) {
      this.#ping(REMOTE_PING_MS).catch(() => this.#tell({ kind: "crashed", what: "does not answer any more" }));
    } else if (this.#attachment?.settles === true) {
      await this.#attachment.settled(number);
    } else {
      await this.#ping().catch(() => {});
      await whenAsleep(pid, () => this.#lost !== undefined);
    }
  }

  #leave(call: OpenCall): void {
    if (this.#lost !== undefined) return;
    const { onStuck } = this.#options;
    const { limits } = this.#spoken.context;
    const why = `${call.method.func.path} ignored that nobody reads its stream`;
    const timer = setTimeout(() => onStuck(why), limits.cancelGraceMs);
    timer.unref();
    void this.#handlerEnd(call).then(() => clearTimeout(timer));
  }
}

/** Against its types the library leaves the text out where a server breaks the protocol. */
function shortText(details: string | undefined): string {
  return (details ?? "no reason was given").slice(0, 200);
}

function healthOf(bytes: Uint8Array, resolve: () => void, reject: (error: TenonError) => void): void {
  try {
    const { status } = messages.healthResponse.decode(bytes);
    if (status === SERVING) return resolve();
    reject(
      new TenonError("start-failed", `the plugin says that it is not ready (health status ${status})`, {
        sideEffects: "none",
      }),
    );
  } catch (thrown) {
    reject(TenonError.from(thrown, "protocol-error", { sideEffects: "none" }));
  }
}
