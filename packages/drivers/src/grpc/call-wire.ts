// What the calls of a connection share, unary or with streams: deadline, cancellation, the error of a failed one.
import type * as Grpc from "@grpc/grpc-js";
import type { TenonError } from "@tenon/contract/core";
import type { CallContext } from "@tenon/host/driver";
import type { Method } from "./methods.ts";

/** What a call needs of its connection. */
export interface CallWire {
  readonly client: Grpc.Client;
  readonly metadata: (context: CallContext) => Grpc.Metadata;
  readonly failed: (status: Grpc.ServiceError, method: Method, isGivenUp: boolean) => Promise<TenonError>;
}

/** gRPC's deadlines are points of wall-clock time; ours are of a clock that nobody sets back. */
export function deadlineOf({ deadline }: CallContext): Grpc.CallOptions {
  return deadline === undefined ? {} : { deadline: Date.now() + Math.max(0, deadline - performance.now()) };
}

export function onCancel(context: CallContext, cancel: () => void): void {
  if (context.onCancel !== undefined) return context.onCancel(cancel);
  if (context.signal?.aborted) cancel();
  else context.signal?.addEventListener("abort", cancel, { once: true });
}
