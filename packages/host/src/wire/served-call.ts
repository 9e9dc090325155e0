// A call that this end serves: its cancellation is made only for those who look.
import { CALL_FLAG } from "./frames.ts";
import type { CallHead } from "./message-format.ts";

/** What a served function learns about the call besides its arguments. */
export interface ServedCall {
  readonly id: number;
  /** Aborted when the caller cancels. Made at the first read, because most functions never look. */
  readonly signal: AbortSignal;
  /** Milliseconds the caller still waits, as of arrival. */
  readonly deadlineMs: number | undefined;
  readonly trace: string | undefined;
  /** As the caller says: whether it comes from a host function that this end is waiting for. */
  readonly isNested: boolean;
}

export class ServedCallState implements ServedCall {
  readonly id: number;
  readonly deadlineMs: number | undefined;
  readonly trace: string | undefined;
  readonly isNested: boolean;
  #isCancelled = false;
  #controller: AbortController | undefined;

  constructor(id: number, { deadlineMs, trace, flags }: CallHead) {
    this.id = id;
    this.deadlineMs = deadlineMs;
    this.trace = trace;
    this.isNested = (flags & CALL_FLAG.nested) !== 0;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#controller?.abort();
  }
}
