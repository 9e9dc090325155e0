// What the calls of a connection share, unary or with streams: deadline, cancellation, the error of a failed one.
import type * as Grpc from "@grpc/grpc-js";
import type { TenonError } from "@tenon/contract/core";
import type { CallContext } from "@tenon/host/driver";
import { messages, STATUS } from "@tenon/plugin/grpc";
import type { Method } from "./methods.ts";

/** One call under way. */
export interface OpenCall {
  readonly method: Method;
  readonly metadata: Grpc.Metadata;
  /** By which the plugin is asked for the end of its handler. */
  readonly number: number;
  /** Whether its caller gave it up, or its time was over. */
  isGivenUp: boolean;
}

/** What a call needs of its connection. */
export interface CallWire {
  readonly client: Grpc.Client;
  readonly begin: (method: Method, context: CallContext) => OpenCall;
  /** What the caller gets to know. */
  readonly failed: (status: Grpc.StatusObject, call: OpenCall) => Promise<TenonError>;
  /** The elements of a stream are not wanted any more: sees to it that its handler ends. Returns at once. */
  readonly left: (call: OpenCall) => void;
}

/** gRPC's deadlines are points of wall-clock time; ours are of a clock that nobody sets back. */
export function deadlineOf({ deadline }: CallContext): number {
  return deadline === undefined ? Infinity : Date.now() + Math.max(0, deadline - performance.now());
}

/** How much earlier than here a server's timer may fire: it counts from when the call arrives, in its own granularity. */
const EARLY_MS = 50;

/**
 * A server whose own timer fires first resets the stream, which reads as a cancellation; when the caller's time is over, or as
 * good as, it was the deadline.
 */
export function timely(status: Grpc.StatusObject, { deadline }: CallContext): Grpc.StatusObject {
  const isReset = status.code === STATUS.cancelled && status.metadata.get(messages.ERROR_KEY).length === 0;
  if (!isReset || deadline === undefined || performance.now() < deadline - EARLY_MS) return status;
  return { ...status, code: STATUS.deadlineExceeded };
}

export function onCancel(context: CallContext, cancel: () => void): void {
  if (context.onCancel !== undefined) return context.onCancel(cancel);
  if (context.signal?.aborted) cancel();
  else context.signal?.addEventListener("abort", cancel, { once: true });
}
