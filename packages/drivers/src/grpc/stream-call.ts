// A call with a stream in it: elements are async iterables on our side and messages on the wire, with backpressure both ways.
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";
import type { CallContext } from "@tenon/host/driver";
import { fromBuffer, roomIn, toBuffer } from "@tenon/plugin/grpc";
import { endInTime, onCancel, timely, type CallWire, type OpenCall } from "./call-wire.ts";
import type { Method } from "./methods.ts";

type Outgoing = Pick<Grpc.ClientWritableStream<Uint8Array>, "write" | "end" | "on" | "off">;

/** A promise of the result, or at once the iterable of the elements. Leaving the iteration cancels the call. */
export function streamCall(wire: CallWire, method: Method, args: readonly unknown[], context: CallContext): unknown {
  const { client } = wire;
  const { path, streamParam, hasStreamResult } = method;
  const open = wire.begin(method, context);
  const { metadata } = open;
  if (streamParam < 0) {
    const bytes = method.codec.encodeParams(args);
    const call = client.makeServerStreamRequest(path, toBuffer, fromBuffer, bytes, metadata);
    endInTime(call, context);
    onCancel(context, () => call.cancel());
    return elementsOf(wire, open, call);
  }
  const elements = sourceOf(args[streamParam], method);
  const first = method.isWhole
    ? undefined
    : method.codec.encodeParams(args.map((value, index) => (index === streamParam ? undefined : value)));
  if (hasStreamResult) {
    const call = client.makeBidiStreamRequest(path, toBuffer, fromBuffer, metadata);
    endInTime(call, context);
    onCancel(context, () => call.cancel());
    sendAll(call, method, args, first, elements).catch((thrown: unknown) => call.destroy(thrown as Error));
    return elementsOf(wire, open, call);
  }
  return new Promise((resolve, reject) => {
    const call = client.makeClientStreamRequest(path, toBuffer, fromBuffer, metadata, (status, value) => {
      if (status !== null) return void wire.failed(timely(status, context), open).then(reject);
      try {
        resolve(method.codec.decodeResult(value!));
      } catch (thrown) {
        reject(TenonError.from(thrown, "protocol-error", { call: method.func.path }));
      }
    });
    onCancel(context, () => {
      open.isGivenUp = true;
      call.cancel();
    });
    sendAll(call, method, args, first, elements).catch((thrown: unknown) => {
      reject(TenonError.from(thrown, "value-invalid", { call: method.func.path }));
      call.cancel();
    });
  });
}

function sourceOf(value: unknown, { func }: Method): AsyncIterable<unknown> {
  const source = value as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof source?.[Symbol.asyncIterator] === "function" || typeof source?.[Symbol.iterator] === "function")
    return source as AsyncIterable<unknown>;
  throw new TenonError("value-invalid", `${func.path} needs something to iterate over for its stream`, {
    call: func.path,
    sideEffects: "none",
  });
}

/** The first message has the other parameters, where there can be any; each one after it has one element. */
async function sendAll(
  call: Outgoing,
  { codec, streamParam }: Method,
  args: readonly unknown[],
  first: Uint8Array | undefined,
  elements: AsyncIterable<unknown>,
): Promise<void> {
  if (first !== undefined) call.write(first);
  for await (const element of elements) {
    const bytes = codec.encodeParams(args.map((value, index) => (index === streamParam ? element : value)));
    if (!call.write(bytes)) await roomIn(call, "close");
  }
  call.end();
}

async function* elementsOf(
  wire: CallWire,
  open: OpenCall,
  call: Grpc.ClientReadableStream<Uint8Array>,
): AsyncGenerator<unknown, void, undefined> {
  let isOver = false;
  try {
    for await (const bytes of call as AsyncIterable<Uint8Array>) yield open.method.codec.decodeResult(bytes);
    isOver = true;
  } catch (thrown) {
    const status = thrown as Grpc.ServiceError;
    throw status.metadata === undefined ? thrown : await wire.failed(status, open);
  } finally {
    call.cancel();
    if (!isOver) wire.left(open);
  }
}
