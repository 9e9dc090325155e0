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

/** PROTOCOL-HTTP2.md of gRPC, "Timeout": at most eight digits. */
const MAX_DIGITS = 1e8;
/** More than a timer of Node's can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What the server is told, in the library's place: that measures by the wall clock, which jumps, and ends a call for its time before it
 * reads an answer that is there. On our side the core ends calls, by a clock that nobody sets back.
 */
export function timeoutHeader(deadline: number): string {
  const ms = Math.ceil(Math.max(0, deadline - performance.now()));
  return ms < MAX_DIGITS ? `${ms}m` : `${Math.min(Math.ceil(ms / 1000), MAX_DIGITS - 1)}S`;
}

/** Ends a call of streams with its time: the core sees no more of it than that its iterable was made. */
export function endInTime(call: Cancelled, { deadline }: CallContext): void {
  const ms = deadline === undefined ? Infinity : Math.max(0, deadline - performance.now());
  if (ms > MAX_TIMER_MS) return;
  const timer = setTimeout(() => call.cancel(), ms);
  call.on("status", () => clearTimeout(timer));
}

interface Cancelled {
  cancel(): void;
  on(event: "status", listener: () => void): unknown;
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
