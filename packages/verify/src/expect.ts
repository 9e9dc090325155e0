// Assertions that several cases share.
import assert from "node:assert/strict";
import { TenonError, type ErrorCode } from "@tenon/contract";

/** The TenonError that `pending` rejects with, whose code must be one of `codes`. */
export async function rejection(pending: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<TenonError> {
  const thrown: unknown = await pending.then(
    (value) => assert.fail(`expected ${codes.join(" or ")}, got the value ${String(value).slice(0, 100)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof TenonError)) throw thrown;
  assert.ok(codes.includes(thrown.code), `expected ${codes.join(" or ")}, got ${thrown.message}`);
  return thrown;
}

/** Waits until `isTrue`; fails with `what` after `withinMs`. For things that another process or thread does. */
export async function eventually(what: string, isTrue: () => boolean, withinMs = 5000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > until) assert.fail(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
