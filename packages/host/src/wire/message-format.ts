// What a peer needs of a way to carry values: writing its messages, and reading one that arrived. It knows no rules.
import type { TenonError } from "@tenon/contract/core";
import type { FunctionRef } from "../driver.ts";

/** What a call says besides its arguments. */
export interface CallHead {
  /** Position among the callee's functions; whether there is such a function is the reader's question. */
  readonly index: number;
  /** Bits of `CALL_FLAG`. */
  readonly flags: number;
  /** Milliseconds the caller still waits. */
  readonly deadlineMs: number | undefined;
  readonly trace: string | undefined;
}

/** A message that arrived. Valid until the next one of its format is opened. */
export interface ArrivedMessage {
  /** A number of `FRAME`; any other is the peer's to refuse. */
  readonly kind: number;
  readonly id: number;
  /** The format in which it is answered. */
  readonly format: MessageFormat;
  /** Of a call; read it before the arguments. */
  head(): CallHead;
  /** Throws protocol-error or resource-exhausted on what is no value of the contract, as the next two do. */
  args(func: FunctionRef): unknown[];
  result(func: FunctionRef): unknown;
  error(): TenonError;
  /** Opens the same message again, at any later time. */
  keep(): () => ArrivedMessage;
}

/** One way to carry values. The first three prepare a message and throw what is wrong with it; then `send` sends it. */
export interface MessageFormat {
  writeCall(id: number, func: FunctionRef, head: CallHead, args: readonly unknown[]): void;
  writeResult(id: number, func: FunctionRef, value: unknown): void;
  writeError(id: number, error: TenonError): void;
  send(): void;
}
