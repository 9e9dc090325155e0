// The Attach stream on the host's side: hello and welcome, then the plugin's calls of host functions.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError, type Contract } from "@tenon/contract/core";
import { contractMismatch, findContract, offersOf } from "@tenon/host/driver";
import type { CloseReason, OpenContext, Stamp } from "@tenon/host/driver";
import { describeHostFailure, quote } from "@tenon/host/wire";
import { messages, STATUS, toBuffer, type GrpcLibrary } from "@tenon/plugin/grpc";
import type { Method } from "./methods.ts";
import type { Spoken } from "./opening.ts";

const HOST_NAME = "tenon/0.1.0";
/** What a plugin may say of its own start; anything else is start-failed. */
const REFUSALS: ReadonlySet<string> = new Set([
  "contract-mismatch",
  "function-missing",
  "artifact-invalid",
  "config-invalid",
  "library-missing",
  "file-missing",
]);

/**
 * Host functions that one session may keep running. One that calls the plugin again holds an HTTP/2 stream meanwhile, and ten
 * thousand of those, which is what calls without end come to, take the library seconds to let go of.
 */
const MAX_HOST_CALLS = 1000;
const MAX_LISTED = 256;

export interface AttachOptions {
  readonly grpc: GrpcLibrary;
  readonly client: Grpc.Client;
  /** What the plugin is offered. */
  readonly spoken: Spoken;
  /** The stream ended after the welcome, or had something that is not allowed: the session is over. */
  readonly onEnd: (reason: CloseReason) => void;
}

type Stream = Grpc.ClientDuplexStream<messages.HostMessage, messages.PluginMessage>;

export class Attachment {
  /** Goes with every call. */
  readonly session: string;
  /** Whether the plugin tells when a call that was given up has ended. */
  readonly settles: boolean;
  /** What it speaks. */
  readonly spoken: Spoken;
  readonly #stream: Stream;
  /** By number, the calls whose end is waited for. */
  readonly #ends: Map<number, () => void>;

  private constructor(
    { session, settles }: messages.Welcome,
    spoken: Spoken,
    stream: Stream,
    ends: Map<number, () => void>,
  ) {
    this.session = session;
    this.settles = settles;
    this.spoken = spoken;
    this.#stream = stream;
    this.#ends = ends;
  }

  /** Rejects with handshake-failed, contract-mismatch, or what the plugin refused with. */
  static open(options: AttachOptions): Promise<Attachment> {
    const { client, spoken } = options;
    const { context } = spoken;
    const { host, plugin } = messages.sessionMessages(context.limits.maxMessageBytes);
    const stream: Stream = client.makeBidiStreamRequest(
      messages.ATTACH_PATH,
      (message: messages.HostMessage) => toBuffer(host.encode(message)),
      (bytes: Buffer) => plugin.decode(bytes),
    );
    const offers = offersOf(context).map(({ id, digest }) => ({ contract: id, digest }));
    stream.write({ tag: "hello", val: { host: HOST_NAME, ...offers[0]!, offers } });
    return new Promise((resolve, reject) => {
      const server = new HostFunctions(spoken, stream);
      const ends = new Map<number, () => void>();
      let isOpen = false;
      const give = (error: TenonError): void => {
        reject(error);
        stream.cancel();
      };
      const onAbort = (): void => give(TenonError.from(context.signal.reason, "start-failed"));
      context.signal.addEventListener("abort", onAbort, { once: true });
      stream.on("data", (message: messages.PluginMessage) => {
        try {
          if (message.tag === "call") return server.serve(message.val);
          if (message.tag === "settled") return ends.get(message.val.call)?.();
          const chosen = spoken.speak(welcomed(message.val, context));
          server.speak(chosen);
          isOpen = true;
          context.signal.removeEventListener("abort", onAbort);
          return resolve(new Attachment(message.val, chosen, stream, ends));
        } catch (thrown) {
          const error = TenonError.from(thrown);
          if (isOpen) options.onEnd({ kind: "protocol", what: `broke the protocol: ${error.what}` });
          return give(error);
        }
      });
      stream.on("error", (error: Grpc.ServiceError) => {
        context.signal.removeEventListener("abort", onAbort);
        if (isOpen) options.onEnd({ kind: "crashed", what: `lost its connection (${error.details})` });
        else reject(refusedBy(error));
      });
      stream.on("end", () => {
        if (isOpen) options.onEnd({ kind: "crashed", what: "ended the session" });
      });
    });
  }

  /** Resolves when no handler of the call runs any more. Never where one goes on, or the session ends first. */
  settled(call: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ends.set(call, () => {
        this.#ends.delete(call);
        resolve();
      });
      this.#stream.write({ tag: "settle", val: { call } });
    });
  }

  /** Tells the plugin that no more calls will come. */
  close(): void {
    this.#stream.end();
  }
}

/** Serves the plugin's calls; a plugin that does not read its answers is not read from either. */
class HostFunctions {
  readonly #stream: Stream;
  #spoken: Spoken;
  /** undefined while nobody knows which contract the plugin's calls are of. */
  #byPath: ReadonlyMap<string, Method> | undefined;
  #running = 0;

  constructor(offered: Spoken, stream: Stream) {
    this.#stream = stream;
    this.#spoken = offered;
    if (offersOf(offered.context).length === 1) this.speak(offered);
  }

  speak(spoken: Spoken): void {
    this.#spoken = spoken;
    this.#byPath = new Map(spoken.imports.map((method) => [method.path, method]));
  }

  /** Throws protocol-error for a call of something that the contract does not have. */
  serve({ id, path, value }: messages.HostCall): void {
    if (this.#byPath === undefined) {
      const what = `${quote(path)} was called before the plugin had said which contract it speaks`;
      return this.#answer(id, undefined, new TenonError("host-function-failed", what, { sideEffects: "none" }));
    }
    const method = this.#byPath.get(path);
    if (method === undefined)
      throw new TenonError("protocol-error", `the plugin called ${quote(path)}, which the contract does not import`);
    const { limits, hostFunctions } = this.#spoken.context;
    if (this.#running >= Math.min(limits.maxPendingCalls, MAX_HOST_CALLS)) {
      const what = `${this.#running} host functions are already being served`;
      return this.#answer(id, undefined, new TenonError("resource-exhausted", what, { sideEffects: "none" }));
    }
    const args = method.codec.decodeParams(value);
    this.#running++;
    void this.#run(id, method, () => hostFunctions[method.func.index]!(...args));
  }

  async #run(id: number, method: Method, run: () => unknown): Promise<void> {
    try {
      this.#answer(id, method.codec.encodeResult(await run()));
    } catch (thrown) {
      this.#answer(id, undefined, describeHostFailure(thrown, method.func));
    } finally {
      this.#running--;
    }
  }

  #answer(id: number, value: Uint8Array = new Uint8Array(0), error?: TenonError): void {
    const text = error === undefined ? "" : JSON.stringify(error);
    const isTaken = this.#stream.write({ tag: "answer", val: { id, value, error: text } });
    if (isTaken || this.#stream.isPaused()) return;
    this.#stream.pause();
    this.#stream.once("drain", () => this.#stream.resume());
  }
}

/** The one of the host's offers that the plugin says it speaks; it may leave the digest out. */
function welcomed({ contract, digest, error, contracts }: messages.Welcome, context: OpenContext): Contract {
  if (error !== "") throw refusalOf(error);
  const stampOf = (one: messages.ContractName): Stamp => ({ id: one.contract, digest: one.digest || undefined });
  const stamp = stampOf({ contract, digest });
  const offers = offersOf(context);
  const found = findContract(offers, [stamp]);
  if (found !== undefined) return found;
  throw contractMismatch(offers, [stamp, ...contracts.slice(0, MAX_LISTED).map(stampOf)], "the plugin");
}

function refusalOf(text: string): TenonError {
  let error: TenonError;
  try {
    error = TenonError.fromJSON(JSON.parse(text));
  } catch {
    // A plugin without an author kit may say it in plain words.
    error = TenonError.fromJSON({ what: text });
  }
  if (REFUSALS.has(error.code)) return error;
  const { what, notes, details } = error;
  return new TenonError("start-failed", `the plugin refused to start: ${what}`, {
    notes,
    details,
    sideEffects: "none",
  });
}

function refusedBy({ code, details }: Grpc.ServiceError): TenonError {
  if (code === STATUS.unimplemented) {
    return new TenonError("handshake-failed", "the server does not have the service tenon.plugin.v1.Plugin", {
      hint: 'set artifact.protocol to "go-plugin" for plugins that were not made for Tenon',
      sideEffects: "none",
    });
  }
  const cannotConnect = code === STATUS.unavailable;
  return new TenonError(
    cannotConnect ? "start-failed" : "handshake-failed",
    `${cannotConnect ? "cannot connect to the plugin" : "the plugin ended the handshake"}: ${quote(details)}`,
    { sideEffects: "none" },
  );
}
