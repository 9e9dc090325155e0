// A defined plugin -> a gRPC server: the services of its contract, the session with a Tenon host, and what go-plugin hosts ask for.
import { randomUUID } from "node:crypto";
import type * as Grpc from "@grpc/grpc-js";
import { compileProto } from "@tenon/abi/proto";
import { protoPath, TenonError, type Contract } from "@tenon/contract/core";
import { indexFunctions, type FunctionRef } from "@tenon/host/driver";
import { bindPlugin, type BoundExports } from "../bind.ts";
import { fromBuffer, toBuffer } from "./identity.ts";
import type { GrpcLibrary } from "./library.ts";
import {
  ATTACH_PATH,
  CALL_KEY,
  BROKER_PATH,
  HEALTH_CHECK_PATH,
  healthRequest,
  healthResponse,
  sessionMessages,
  SESSION_KEY,
  SHUTDOWN_PATH,
  STDIO_PATH,
  type HostMessage,
  type PluginMessage,
} from "./messages.ts";
import { addReflection } from "./reflection.ts";
import { createHandler } from "./server-call.ts";
import { ServerSession, type AttachStream } from "./server-session.ts";

export interface PluginServerOptions {
  readonly grpc: GrpcLibrary;
  readonly definition: unknown;
  readonly contract: Contract;
  readonly maxMessageBytes: number;
  /** Whether anybody who reaches the server may ask what it serves. */
  readonly reflection: boolean;
  /** A host asked the plugin to end. */
  readonly onShutdown: () => void;
}

const SERVING = 1;

export class PluginServer {
  readonly server: Grpc.Server;
  readonly #options: PluginServerOptions;
  readonly #exports: readonly FunctionRef[];
  readonly #sessions = new Map<string, ServerSession>();
  /** For callers that are no Tenon host: they have no session. */
  #shared: Promise<BoundExports> | undefined;
  #running = 0;

  constructor(options: PluginServerOptions) {
    const { grpc, contract, maxMessageBytes } = options;
    this.#options = options;
    this.#exports = indexFunctions(contract.exports);
    this.server = new grpc.Server({
      // gRPC's limit of 4 MiB has bitten every plugin system that kept it.
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
      // Counts of every call, for a service that is not served.
      "grpc.enable_channelz": 0,
    });
    this.#addExports();
    this.#addAttach();
    this.#addGoPlugin();
    if (options.reflection) addReflection(this.server, contract);
  }

  /** Calls that are not answered yet. */
  get running(): number {
    return this.#running;
  }

  /** Binds the plugin once, so that a faulty one is known before anybody calls. Rejects as `bindPlugin`. */
  async check(): Promise<void> {
    this.#shared = this.#bind(undefined);
    await this.#shared;
  }

  #addExports(): void {
    const { grpc, contract, maxMessageBytes } = this.#options;
    for (const func of this.#exports) {
      const path = protoPath(func.interface.id, func.function.name, contract.id);
      const { handler, type } = createHandler({
        grpc,
        func,
        codec: compileProto(func.function, { maxBytes: maxMessageBytes }),
        functions: (metadata) => this.#functionsFor(metadata),
        begin: (metadata) => this.#begin(metadata),
      });
      this.server.register(path, handler as never, toBuffer as never, fromBuffer, type);
    }
  }

  /** Throws cancelled for a call whose host does not wait for it any more. */
  #begin(metadata: Grpc.Metadata): () => void {
    const session = this.#sessions.get(String(metadata.get(SESSION_KEY)[0]));
    const number = metadata.get(CALL_KEY)[0];
    const call = session === undefined || number === undefined ? undefined : Number(number);
    if (call !== undefined && !session!.calls.begin(call))
      throw new TenonError("cancelled", "the host gave the call up before it arrived", { sideEffects: "none" });
    this.#running++;
    return () => {
      this.#running--;
      if (call !== undefined) session!.calls.end(call);
    };
  }

  #functionsFor(metadata: Grpc.Metadata): BoundExports | Promise<BoundExports> {
    const id = metadata.get(SESSION_KEY)[0];
    if (id === undefined) return (this.#shared ??= this.#bind(undefined));
    const session = this.#sessions.get(String(id));
    if (session !== undefined) return session.functions;
    throw new TenonError("session-closed", "the call belongs to a session that this process does not have", {
      sideEffects: "none",
    });
  }

  #bind(session: ServerSession | undefined): Promise<BoundExports> {
    const { definition, contract } = this.#options;
    return bindPlugin(definition, {
      contract,
      exports: this.#exports,
      imports: indexFunctions(contract.imports),
      importOf: (func) => session?.importOf(func) ?? (() => Promise.reject(withoutSession(func))),
    });
  }

  #addAttach(): void {
    const messages = sessionMessages(this.#options.maxMessageBytes);
    const handler = (stream: AttachStream): void => {
      const session = new ServerSession(randomUUID(), stream, this.#options.contract, this.#options.maxMessageBytes);
      stream.on("data", (message: HostMessage) => {
        if (message.tag === "answer") session.answer(message.val);
        else if (message.tag === "settle") session.calls.settle(message.val.call);
        else void this.#welcome(session, stream);
      });
      const end = (): void => {
        this.#sessions.delete(session.id);
        session.end();
        stream.end();
      };
      stream.on("end", end);
      stream.on("cancelled", end);
      stream.on("error", end);
    };
    const serialize = (message: PluginMessage): Buffer => toBuffer(messages.plugin.encode(message));
    this.server.register(ATTACH_PATH, handler, serialize as never, messages.host.decode, "bidi");
  }

  async #welcome(session: ServerSession, stream: AttachStream): Promise<void> {
    const { id, digest } = this.#options.contract;
    const welcome = { session: session.id, contract: id, digest, error: "", settles: true, contracts: [] };
    try {
      session.functions = await this.#bind(session);
      this.#sessions.set(session.id, session);
      stream.write({ tag: "welcome", val: welcome });
    } catch (thrown) {
      const error = JSON.stringify(TenonError.from(thrown, "start-failed"));
      stream.write({ tag: "welcome", val: { ...welcome, error } });
      stream.end();
    }
  }

  /** Health, shutdown, and the two streams that go-plugin hosts open at once and keep (go-plugin v1.8.0 grpc_server.go `Init`). */
  #addGoPlugin(): void {
    const { grpc, onShutdown } = this.#options;
    type Unary = (call: { request: Uint8Array }, reply: (error: unknown, value?: Uint8Array) => void) => void;
    const unary = (path: string, handler: Unary): unknown =>
      this.server.register(path, handler as never, toBuffer as never, fromBuffer, "unary");
    unary(HEALTH_CHECK_PATH, ({ request }, reply) => {
      const { service } = healthRequest.decode(request);
      if (service === "" || service === "plugin") return reply(null, healthResponse.encode({ status: SERVING }));
      return reply({ code: grpc.status.NOT_FOUND, details: `no service ${service.slice(0, 100)}` });
    });
    unary(SHUTDOWN_PATH, (_call, reply) => {
      reply(null, new Uint8Array(0));
      onShutdown();
    });
    // Standard output goes to the host through the pipe that the handshake came by, so nothing is ever sent here.
    const idle = (stream: Grpc.ServerDuplexStream<Uint8Array, Uint8Array>): void => {
      stream.on("data", () => {});
      stream.on("error", () => {});
      stream.on("end", () => stream.end());
    };
    const hold = (stream: Grpc.ServerWritableStream<Uint8Array, Uint8Array>): void => void stream.on("error", () => {});
    this.server.register(STDIO_PATH, hold, toBuffer, fromBuffer, "serverStream");
    this.server.register(BROKER_PATH, idle, toBuffer, fromBuffer, "bidi");
  }
}

function withoutSession(func: FunctionRef): TenonError {
  return new TenonError(
    "host-function-failed",
    `${func.path} was called, but the caller is no Tenon host and offers none`,
    {
      hint: `attach through ${ATTACH_PATH} first`,
      call: func.path,
      sideEffects: "none",
    },
  );
}
