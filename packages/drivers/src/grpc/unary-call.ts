// One message out and one back, on the channel itself. `Client` would wrap it in an emitter, interceptors and the stack trace of its
// caller, which together cost about as much as our own part of a call.
import type * as Grpc from "@grpc/grpc-js";
import { STATUS } from "@tenon/plugin/grpc";

export interface UnaryRequest {
  readonly path: string;
  readonly bytes: Buffer;
  readonly metadata: Grpc.Metadata;
}

/** Told once how the call ended: `message` has the answer exactly where `status.code` is 0. */
export type UnaryEnd = (status: Grpc.StatusObject, message: Buffer | undefined) => void;

/** Starts the call and returns what cancels it, which nothing else does in time. Throws where the client is closed. */
export function unaryCall(client: Grpc.Client, request: UnaryRequest, end: UnaryEnd): () => void {
  const call = client.getChannel().createCall(request.path, Infinity, undefined, null, undefined);
  let message: Buffer | undefined;
  call.start(request.metadata, {
    onReceiveMetadata() {},
    onReceiveMessage(received: Buffer) {
      if (message !== undefined) call.cancelWithStatus(STATUS.unimplemented, "Too many responses received");
      message = received;
      // A second message that nobody reads would keep the status from arriving.
      call.startRead();
    },
    onReceiveStatus(status) {
      if (status.code !== STATUS.ok || message !== undefined) return end(status, message);
      end({ ...status, code: STATUS.unimplemented, details: "No message received" }, undefined);
    },
  });
  call.startRead();
  call.sendMessageWithContext({}, request.bytes);
  call.halfClose();
  return () => call.cancelWithStatus(STATUS.cancelled, "Cancelled on client");
}
