// The calls that one end of a link has sent: each gets an id, may be cancelled, and is settled by its answer or the end of the link.
import { TenonError } from "@tenon/contract/base";
import type { CallContext, FunctionRef } from "../driver.ts";
import { CALL_FLAG, FRAME } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";

/** A sent call: whom its answer goes to. */
export interface Outgoing {
  readonly func: FunctionRef;
  resolve(value: unknown): void;
  reject(error: TenonError): void;
}

/** A synchronous call's place for its answer. */
export class Answer implements Outgoing {
  readonly func: FunctionRef;
  state: "waiting" | "value" | "error" = "waiting";
  value: unknown = undefined;

  constructor(func: FunctionRef) {
    this.func = func;
  }

  resolve(value: unknown): void {
    this.state = "value";
    this.value = value;
  }

  reject(error: TenonError): void {
    this.state = "error";
    this.value = error;
  }
}

export class OutgoingCalls {
  readonly #maxPending: number;
  readonly #calls = new Map<number, Outgoing>();
  #nextId = 1;
  #lost: TenonError | undefined;

  constructor(maxPending: number) {
    this.#maxPending = maxPending;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Throws, and then nothing is pending: the link's end, resource-exhausted, value-invalid. Gives the call's id. */
  send(format: MessageFormat, call: Outgoing, head: CallHead, args: readonly unknown[]): number {
    const { func } = call;
    this.#check(func, args);
    const id = this.#takeId();
    format.writeCall(id, func, head, args);
    // Registered before the send: a blocking link may deliver the answer within it.
    this.#calls.set(id, call);
    try {
      format.send();
    } catch (error) {
      this.#calls.delete(id);
      throw error;
    }
    return id;
  }

  /** Tells the other end when the caller gives up. */
  cancelWith(context: CallContext, id: number, format: MessageFormat): void {
    const cancel = (): void => {
      if (this.#lost === undefined && this.#calls.has(id)) format.sendSignal(FRAME.cancel, id);
    };
    if (context.onCancel !== undefined) return context.onCancel(cancel);
    // The core makes one signal per call, so the listener goes with the call and need not be removed.
    if (context.signal?.aborted) cancel();
    else context.signal?.addEventListener("abort", cancel, { once: true });
  }

  /** Throws protocol-error for an answer to no call, and for one that cannot be read. */
  settle(message: ArrivedMessage): void {
    const { kind, id } = message;
    const call = this.#calls.get(id);
    if (call === undefined)
      throw new TenonError("protocol-error", `an answer to call ${id} arrived, which is not in flight`);
    this.#calls.delete(id);
    let value: unknown;
    try {
      value = kind === FRAME.error ? message.error() : message.result(call.func);
    } catch (error) {
      // The caller learns of it, and the link ends: a peer that encodes wrongly cannot be trusted with the next message.
      const broken = TenonError.from(error, "protocol-error", { call: call.func.path });
      call.reject(broken);
      throw broken;
    }
    if (kind === FRAME.error) call.reject((value as TenonError).with({ call: call.func.path }));
    else call.resolve(value);
  }

  /** Rejects every call and all later ones. */
  fail(error: TenonError): void {
    this.#lost = error;
    for (const [id, call] of this.#calls) {
      this.#calls.delete(id);
      call.reject(error.with({ call: call.func.path }));
    }
  }

  #check(func: FunctionRef, args: readonly unknown[]): void {
    if (this.#lost !== undefined) throw this.#lost.with({ call: func.path });
    if (this.#calls.size >= this.#maxPending) {
      throw new TenonError("resource-exhausted", `${this.#calls.size} calls are already in flight`, {
        call: func.path,
        sideEffects: "none",
      });
    }
    if (args.length > func.function.params.length) {
      throw new TenonError(
        "value-invalid",
        `${func.path} takes ${func.function.params.length} arguments, got ${args.length}`,
        { call: func.path, sideEffects: "none" },
      );
    }
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id >= 0x7fff_ffff ? 1 : id + 1;
    return this.#calls.has(id) ? this.#takeId() : id;
  }
}

/** What a call says of itself; `msLeft` rounded up to whole milliseconds. */
export function headOf(
  { index }: FunctionRef,
  flags: number,
  msLeft: number | undefined,
  trace: string | undefined,
): CallHead {
  return {
    index,
    flags: flags | (msLeft === undefined ? 0 : CALL_FLAG.deadline) | (trace === undefined ? 0 : CALL_FLAG.trace),
    deadlineMs: msLeft === undefined ? undefined : Math.min(Math.max(0, Math.ceil(msLeft)), 0xffff_ffff),
    trace,
  };
}
