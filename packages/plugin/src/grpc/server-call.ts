// One function of the contract -> the handler of its gRPC method: unary, or a stream where the contract has one.
import { Readable } from "node:stream";
import type * as Grpc from "@grpc/grpc-js";
import { streamsOf, type ProtoCodec } from "@tenon/abi/proto";
import { TenonError } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import type { BoundExports } from "../bind.ts";
import type { PluginCall } from "../define-plugin.ts";
import type { GrpcLibrary } from "./library.ts";
import { ERROR_KEY, TRACE_KEY } from "./messages.ts";
import { roomIn } from "./room.ts";
import { errorTrailer, statusOf } from "./status.ts";

export interface HandlerOptions {
  readonly grpc: GrpcLibrary;
  readonly func: FunctionRef;
  readonly codec: ProtoCodec;
  readonly functions: (metadata: Grpc.Metadata) => BoundExports | Promise<BoundExports>;
  /** A call arrived; returns what is called when its handler has ended. May throw, and the call fails with that. */
  readonly begin: (metadata: Grpc.Metadata) => () => void;
}

type AnyCall = Grpc.ServerUnaryCall<Uint8Array, Uint8Array> &
  Grpc.ServerReadableStream<Uint8Array, Uint8Array> &
  Grpc.ServerWritableStream<Uint8Array, Uint8Array>;
type Reply = (error: unknown, value?: Uint8Array) => void;

/** The handler of a function and its kind. */
export function createHandler(options: HandlerOptions): {
  readonly handler: (call: AnyCall, reply: Reply) => Promise<void>;
  readonly type: "unary" | "clientStream" | "serverStream" | "bidi";
} {
  const { func, codec } = options;
  const streams = streamsOf(func.function);
  const type =
    streams.param >= 0 ? (streams.result ? "bidi" : "clientStream") : streams.result ? "serverStream" : "unary";
  const handler = async (call: AnyCall, reply: Reply): Promise<void> => {
    let end = (): void => {};
    try {
      end = options.begin(call.metadata);
      const out = await run(options, codec, streams.param, call);
      if (!streams.result) return reply(null, encode(codec, out));
      await sendAll(call, codec, out as AsyncIterable<unknown>);
      call.end();
    } catch (thrown) {
      const status = failure(options, thrown);
      if (streams.result) call.emit("error", status);
      else reply(status);
    } finally {
      end();
    }
  };
  return { handler, type };
}

async function run(options: HandlerOptions, codec: ProtoCodec, param: number, call: AnyCall): Promise<unknown> {
  const bound = await options.functions(call.metadata);
  const own = bound[options.func.index] as (...args: unknown[]) => unknown;
  const served = new ServedCall(call);
  if (param < 0) return own(...codec.decodeParams(call.request), served);
  const { first, rest } = await splitStream(call, codec, param);
  first[param] = rest;
  return own(...first, served);
}

/** The first message brings the other parameters; it and all that follow may bring an element. */
async function splitStream(
  call: AnyCall,
  codec: ProtoCodec,
  param: number,
): Promise<{ readonly first: unknown[]; readonly rest: AsyncIterable<unknown> }> {
  // The ordinary iterator would destroy the stream at its end, and with it the answer that is still to be written.
  const source = call.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  const next = await source.next();
  const first = codec.decodeParams(next.done === true ? new Uint8Array(0) : next.value);
  const head = first[param];
  async function* elements(): AsyncIterable<unknown> {
    if (head !== undefined) yield head;
    for (;;) {
      const { done, value } = await source.next();
      if (done === true) return;
      const element = codec.decodeParams(value)[param];
      if (element !== undefined) yield element;
    }
  }
  return { first, rest: elements() };
}

/** A client that reads slowly is not sent to either, and one that went away ends a source that waits for its next element. */
async function sendAll(call: AnyCall, codec: ProtoCodec, elements: AsyncIterable<unknown>): Promise<void> {
  const source = Readable.from(elements, { objectMode: true, highWaterMark: 1 });
  call.once("cancelled", () => source.destroy());
  try {
    for await (const element of source) {
      if (call.cancelled) return;
      if (!call.write(encode(codec, element))) await roomIn(call, "cancelled");
    }
  } catch (thrown) {
    if (!call.cancelled) throw thrown;
  }
}

function encode(codec: ProtoCodec, value: unknown): Uint8Array {
  try {
    return codec.encodeResult(value);
  } catch (thrown) {
    if (!(thrown instanceof TenonError) || thrown.code !== "value-invalid") throw thrown;
    throw new Error(`returned a value outside the contract: ${thrown.what}`, { cause: thrown });
  }
}

function failure({ grpc, func }: HandlerOptions, thrown: unknown): unknown {
  const error = TenonError.from(thrown, "plugin-trap", { call: func.path });
  const metadata = new grpc.Metadata();
  metadata.set(ERROR_KEY, errorTrailer(error));
  // Header text may hold only what HTTP allows; the trailer has the whole of it.
  return { code: statusOf(error), details: error.what.slice(0, 500), metadata };
}

/** What a plugin's function may learn of its call; made only where it looks. */
class ServedCall implements PluginCall {
  readonly #call: AnyCall;
  #controller: AbortController | undefined;

  constructor(call: AnyCall) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = (this.#controller = new AbortController());
      if (this.#call.cancelled) controller.abort();
      else this.#call.once("cancelled", () => controller.abort());
    }
    return this.#controller.signal;
  }

  get deadlineMs(): number | undefined {
    const deadline = this.#call.getDeadline();
    const at = deadline instanceof Date ? deadline.getTime() : deadline;
    return Number.isFinite(at) ? Math.max(0, at - Date.now()) : undefined;
  }

  get trace(): string | undefined {
    const value = this.#call.metadata.get(TRACE_KEY)[0];
    return value === undefined ? undefined : String(value);
  }
}
