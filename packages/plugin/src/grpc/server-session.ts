// One Attach stream on the plugin's side: an instance of the plugin of its own, and the host functions that it may call.
import type * as Grpc from "@grpc/grpc-js";
import { compileProto, streamsOf, type ProtoCodec } from "@tenon/abi/proto";
import { protoPath, TenonError, type Contract } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import type { BoundExports } from "../bind.ts";
import { RunningCalls } from "./running-calls.ts";
import type { Answer, HostMessage, PluginMessage } from "./messages.ts";

/** The stream as the server sees it. */
export type AttachStream = Grpc.ServerDuplexStream<HostMessage, PluginMessage>;

interface Waiting {
  readonly codec: ProtoCodec;
  resolve(value: unknown): void;
  reject(error: TenonError): void;
}

export class ServerSession {
  readonly id: string;
  functions: BoundExports = [];
  /** The calls of this session. */
  readonly calls: RunningCalls;
  readonly #stream: AttachStream;
  readonly #contract: Contract;
  readonly #maxBytes: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #lost: TenonError | undefined;

  constructor(id: string, stream: AttachStream, contract: Contract, maxBytes: number) {
    this.id = id;
    this.#stream = stream;
    this.#contract = contract;
    this.#maxBytes = maxBytes;
    this.calls = new RunningCalls((call) => {
      if (this.#lost === undefined) stream.write({ tag: "settled", val: { call } });
    });
  }

  /** How the plugin calls one host function. */
  importOf(func: FunctionRef): (...args: unknown[]) => Promise<unknown> {
    let codec: ProtoCodec | undefined;
    return async (...args) => {
      if (streamsOf(func.function).result || streamsOf(func.function).param >= 0)
        throw new TenonError("boundary-unsupported", `${func.path} is a host function with a stream`, {
          sideEffects: "none",
        });
      codec ??= compileProto(func.function, { maxBytes: this.#maxBytes });
      const value = codec.encodeParams(args);
      if (this.#lost !== undefined) throw this.#lost;
      const path = protoPath(func.interface.id, func.function.name, this.#contract.id);
      return new Promise((resolve, reject) => {
        const id = ++this.#lastId;
        this.#waiting.set(id, { codec: codec as ProtoCodec, resolve, reject });
        this.#stream.write({ tag: "call", val: { id, path, value } });
      });
    };
  }

  answer({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    try {
      if (error !== "") waiting.reject(TenonError.fromJSON(JSON.parse(error)));
      else waiting.resolve(waiting.codec.decodeResult(value));
    } catch (thrown) {
      waiting.reject(TenonError.from(thrown, "protocol-error"));
    }
  }

  /** The host is gone: nothing that waits for it will come. */
  end(): void {
    this.#lost = new TenonError("session-closed", "the host closed the session");
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }
}
