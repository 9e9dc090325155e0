// What a peer needs of a way to carry messages: writing them, and reading one that arrived. It knows no rules.
import type { TenonError } from "@tenon/contract/core";
import type { FunctionRef, LogLevel } from "../driver.ts";

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

/** A message that arrived. Valid until the next one of its format is opened; all that reads throws protocol-error. */
export interface ArrivedMessage {
  /** A number of `FRAME`; any other is the peer's to refuse. */
  readonly kind: number;
  readonly id: number;
  /** The format in which it is answered. */
  readonly format: MessageFormat;
  /** Of a call; read it before the arguments. */
  head(): CallHead;
  /** Values of the contract, or protocol-error, or resource-exhausted; the same for a result. */
  args(func: FunctionRef): unknown[];
  result(func: FunctionRef): unknown;
  error(): TenonError;
  logged(): { readonly level: LogLevel; readonly text: string };
  /** The text of a note; there is none between threads. */
  noted?(): string;
  /** Which resource a drop is about. */
  dropped(): number;
  /** Opens the same message again, at any later time. */
  keep(): () => ArrivedMessage;
}

/**
 * One way to carry messages. Those with values are written first, which throws what is wrong with them (`value-invalid`,
 * `resource-exhausted`), and sent then, so that the peer can note what it sends in between.
 */
export interface MessageFormat {
  writeCall(id: number, func: FunctionRef, head: CallHead, args: readonly unknown[]): void;
  writeResult(id: number, func: FunctionRef, value: unknown): void;
  writeError(id: number, error: TenonError): void;
  send(): void;
  /** Sends a message that is no more than its kind and id. */
  sendSignal(kind: number, id: number): void;
  sendDrop(handle: number, resource: number): void;
  sendLog(level: LogLevel, text: string): void;
  sendNote?(text: string): void;
}
