// One connection to one plugin process: calls go out on it, and when it is lost every call that waits is rejected, once.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";
import type { CallContext, OpenContext } from "@tenon/host/driver";
import { errorOfStatus, fromBuffer, messages, STATUS, toBuffer, type GrpcLibrary } from "@tenon/plugin/grpc";
import { Attachment } from "./attach.ts";
import { deadlineOf, onCancel, timely, type CallWire } from "./call-wire.ts";
import { createClient, type Dial } from "./channel.ts";
import type { Method } from "./methods.ts";
import { streamCall } from "./stream-call.ts";

export interface ConnectionOptions {
  readonly grpc: GrpcLibrary;
  readonly dial: Dial;
  readonly context: OpenContext;
  readonly imports: readonly Method[];
  /** Whether the other side is a program of others, which knows nothing of our sessions. */
  readonly isForeign: boolean;
  /** Whether the other side is a process that we can end; one that cannot be ended is only left. */
  readonly isOurs: boolean;
  /** Nothing more can be called on it; told once, after `open`. Who hears of it calls `lose`. */
  readonly onLost: (why: string) => void;
}

/** Health status SERVING, and the status of a server that has no such service. */
const SERVING = 1;
const NOT_FOUND = 5;
/** A machine elsewhere that does not answer a health check within this is not called any more. */
const REMOTE_PING_MS = 5000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #client: Grpc.Client;
  readonly #metadata: Grpc.Metadata;
  /** Rejects a waiting call with the error it is given. */
  readonly #waiting = new Set<(error: TenonError) => void>();
  readonly #wire: CallWire;
  #attachment: Attachment | undefined;
  #lost: TenonError | undefined;
  #isTold = false;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#client = createClient(options.grpc, options.dial, options.context.limits);
    this.#metadata = new options.grpc.Metadata();
    this.#wire = {
      client: this.#client,
      metadata: (context) => this.#metadataOf(context),
      failed: (status, method, isGivenUp) => this.#failed(status, method, isGivenUp),
    };
  }

  /** Connects and settles who is there. Rejects with start-failed, handshake-failed or contract-mismatch; nothing is open then. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options);
    try {
      await (options.isForeign ? connection.#ping() : connection.#attach());
      connection.#watch();
      return connection;
    } catch (thrown) {
      connection.#client.close();
      throw thrown;
    }
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
    const bytes = method.codec.encodeParams(args);
    return new Promise((resolve, reject) => {
      const give = (error: TenonError): void => {
        this.#waiting.delete(give);
        reject(error);
      };
      this.#waiting.add(give);
      let isGivenUp = false;
      const call = client.makeUnaryRequest(
        method.path,
        toBuffer,
        fromBuffer,
        bytes,
        this.#metadataOf(context),
        deadlineOf(context),
        (status, value) => {
          if (status !== null) {
            const told = this.#failed(isGivenUp ? status : timely(status, context), method, isGivenUp).then(give);
            return void told.catch((thrown: unknown) => give(TenonError.from(thrown)));
          }
          this.#waiting.delete(give);
          try {
            resolve(method.codec.decodeResult(value!));
          } catch (thrown) {
            reject(TenonError.from(thrown, "protocol-error", { call: method.func.path }));
          }
        },
      );
      onCancel(context, () => {
        isGivenUp = true;
        call.cancel();
      });
    });
  }

  /** Asks for the end of the session, then lets go of the connection. */
  async shutdown(withinMs: number): Promise<void> {
    this.#isTold = true;
    this.#attachment?.close();
    await new Promise<void>((resolve) => {
      // The plugin usually ends before it answers, so any outcome is the right one.
      this.#client.makeUnaryRequest(
        messages.SHUTDOWN_PATH,
        toBuffer,
        fromBuffer,
        new Uint8Array(0),
        { deadline: Date.now() + withinMs },
        () => resolve(),
      );
    });
  }

  /** The other end is gone: rejects everything that waits, each once, and every later call. Idempotent. */
  lose(error: TenonError): void {
    this.#isTold = true;
    this.#lost ??= error;
    for (const give of this.#waiting) give(this.#lost);
    this.#client.close();
  }

  /** Ends the session politely, for plugins that go on without us. */
  leave(error: TenonError): void {
    this.#isTold = true;
    this.#attachment?.close();
    // A moment for the end of the stream to leave; the library has no way to wait for it.
    setTimeout(() => this.lose(error), 10).unref();
  }

  async #attach(): Promise<void> {
    const { grpc, context, imports } = this.#options;
    const attachment = await Attachment.open({
      grpc,
      client: this.#client,
      context,
      imports,
      onEnd: (why) => this.#tell(why),
    });
    this.#attachment = attachment;
    this.#metadata.set(messages.SESSION_KEY, attachment.session);
  }

  /** Whether the plugin answers at all; servers without the health service answer that they have none, which will do. */
  #ping(deadlineMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#options.context;
      const call = this.#client.makeUnaryRequest(
        messages.HEALTH_CHECK_PATH,
        toBuffer,
        fromBuffer,
        messages.healthRequest.encode({ service: this.#options.isForeign ? "plugin" : "" }),
        deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs },
        (status, value) => {
          signal.removeEventListener("abort", cancel);
          if (status === null) return healthOf(value!, resolve, reject);
          if (status.code === STATUS.unimplemented || status.code === NOT_FOUND) return resolve();
          const what = signal.aborted ? "was given up while it started" : shortText(status.details);
          reject(new TenonError("start-failed", `cannot reach the plugin: ${what}`, { sideEffects: "none" }));
        },
      );
      const cancel = (): void => call.cancel();
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
      this.#tell("lost its connection");
    };
    const wait = (): void => channel.watchConnectivityState(connectivityState.READY, Infinity, check);
    check();
  }

  #tell(why: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onLost(why);
  }

  #metadataOf({ trace }: CallContext): Grpc.Metadata {
    if (trace === undefined) return this.#metadata;
    const metadata = this.#metadata.clone();
    metadata.set(messages.TRACE_KEY, trace);
    return metadata;
  }

  /**
   * What the caller gets to know. A call of a process of ours that was given up settles only when the process shows that
   * it still answers, so that one which hangs is not taken for one that stopped and the core can end it. A lost connection
   * is told of by `lose`, once for all calls.
   */
  async #failed(status: Grpc.ServiceError, method: Method, isGivenUp: boolean): Promise<TenonError> {
    const isLocal =
      isGivenUp || (status.code === STATUS.deadlineExceeded && status.metadata.get(messages.ERROR_KEY).length === 0);
    if (isLocal && this.#options.isOurs) await this.#ping().catch(() => {});
    if (isLocal && !this.#options.isOurs)
      this.#ping(REMOTE_PING_MS).catch(() => this.#tell("does not answer any more"));
    const isBroken = status.code === STATUS.unavailable && status.metadata.get(messages.ERROR_KEY).length === 0;
    if (isBroken && this.#lost === undefined) {
      this.#tell(`lost its connection (${shortText(status.details)})`);
      await new Promise((resolve) => this.#waiting.add(resolve));
    }
    return this.#lost ?? errorOfStatus(status, method.func.path);
  }
}

/** Against its types the library leaves the text out where a server breaks the protocol. */
function shortText(details: string | undefined): string {
  return (details ?? "no reason was given").slice(0, 200);
}

function healthOf(bytes: Uint8Array, resolve: () => void, reject: (error: TenonError) => void): void {
  const { status } = messages.healthResponse.decode(bytes);
  if (status === SERVING) return resolve();
  reject(
    new TenonError("start-failed", `the plugin says that it is not ready (health status ${status})`, {
      sideEffects: "none",
    }),
  );
}
