// Messages as structured clones, for links between threads: nothing is serialized here, values are checked and copied.
import { Copier, type FunctionCodec } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { FunctionRef } from "../driver.ts";
import { FRAME } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { messageTooLarge, parseError } from "./peer-errors.ts";

/** Sends a message by structured clone; the memory in `moved` is the receiver's from then on. */
export type PostMessage = (message: unknown, moved: ArrayBuffer[]) => void;

export interface CloneFormatOptions {
  readonly post: PostMessage;
  readonly codecOf: (func: FunctionRef) => FunctionCodec;
  /** Largest total of one message's values, as an estimate of what they take in memory. */
  readonly maxMessageBytes: number;
  /** Whether the other end has checked what it sends, and need not be checked again. */
  readonly isOtherTrusted: boolean;
}

/** call: kind, id, function, flags, ms left, traceparent, arguments. */
const CALL_LENGTH = 7;
/** result: kind, id, value. error: kind, id, JSON text. */
const ANSWER_LENGTH = 3;

export class CloneFormat implements MessageFormat {
  readonly #options: CloneFormatOptions;
  #message: readonly unknown[] = [];
  #moved: ArrayBuffer[] = [];

  constructor(options: CloneFormatOptions) {
    this.#options = options;
  }

  /** Throws protocol-error on anything that is no message; a clone can be any value at all. */
  open(message: unknown): ArrivedMessage {
    if (!Array.isArray(message)) throw foreign(`${message === null ? "null" : typeof message} instead of an array`);
    const parts: readonly unknown[] = message;
    const kind = wholeNumber(parts[0]);
    const length = kind === FRAME.call ? CALL_LENGTH : ANSWER_LENGTH;
    if (parts.length !== length) throw foreign(`an array of ${parts.length}`);
    return new ArrivedClone(this, this.#options, parts, kind, wholeNumber(parts[1]));
  }

  writeCall(id: number, func: FunctionRef, head: CallHead, args: readonly unknown[]): void {
    const copier = this.#copier();
    const copies = bounded(this.#options, () => this.#options.codecOf(func).copyParams(args, copier));
    this.#prepare([FRAME.call, id, head.index, head.flags, head.deadlineMs, head.trace, copies], copier.moved);
  }

  writeResult(id: number, func: FunctionRef, value: unknown): void {
    const copier = this.#copier();
    const copy = bounded(this.#options, () => this.#options.codecOf(func).copyResult(value, copier));
    this.#prepare([FRAME.result, id, copy], copier.moved);
  }

  /** As text, as on every boundary: the fields of an error may hold what cannot be cloned. */
  writeError(id: number, error: TenonError): void {
    this.#prepare([FRAME.error, id, JSON.stringify(error)], []);
  }

  send(): void {
    const message = this.#message;
    this.#message = [];
    this.#options.post(message, this.#moved);
  }

  #copier(): Copier {
    return new Copier("out", { maxBytes: this.#options.maxMessageBytes });
  }

  #prepare(message: readonly unknown[], moved: ArrayBuffer[]): void {
    this.#message = message;
    this.#moved = moved;
  }
}

class ArrivedClone implements ArrivedMessage {
  readonly format: MessageFormat;
  readonly kind: number;
  readonly id: number;
  readonly #options: CloneFormatOptions;
  readonly #parts: readonly unknown[];

  constructor(
    format: MessageFormat,
    options: CloneFormatOptions,
    parts: readonly unknown[],
    kind: number,
    id: number,
  ) {
    this.format = format;
    this.kind = kind;
    this.id = id;
    this.#options = options;
    this.#parts = parts;
  }

  head(): CallHead {
    const [, , index, flags, deadlineMs, trace] = this.#parts;
    if (trace !== undefined && typeof trace !== "string") throw foreign(`a traceparent that is ${typeof trace}`);
    return {
      index: wholeNumber(index),
      flags: wholeNumber(flags),
      deadlineMs: deadlineMs === undefined ? undefined : wholeNumber(deadlineMs),
      trace,
    };
  }

  args(func: FunctionRef): unknown[] {
    const args = this.#parts[CALL_LENGTH - 1];
    if (!Array.isArray(args)) throw foreign(`arguments that are ${typeof args}`);
    if (this.#options.isOtherTrusted) return args;
    return this.#checked(func, "was called with", (codec, copier) => codec.copyParams(args, copier));
  }

  result(func: FunctionRef): unknown {
    const value = this.#parts[ANSWER_LENGTH - 1];
    if (this.#options.isOtherTrusted) return value;
    return this.#checked(func, "was answered with", (codec, copier) => codec.copyResult(value, copier));
  }

  error(): TenonError {
    const text = this.#parts[ANSWER_LENGTH - 1];
    if (typeof text !== "string") throw foreign(`an error that is ${typeof text}`);
    return parseError(text);
  }

  keep(): () => ArrivedMessage {
    return () => this;
  }

  #checked<T>(func: FunctionRef, verb: string, copy: (codec: FunctionCodec, copier: Copier) => T): T {
    const { codecOf, maxMessageBytes } = this.#options;
    try {
      return copy(codecOf(func), new Copier("in", { maxBytes: maxMessageBytes }));
    } catch (thrown) {
      const error = TenonError.from(thrown);
      if (error.code !== "value-invalid") throw error;
      // The other end checks what it sends, so this did not come from its peer.
      throw new TenonError("protocol-error", `${func.path} ${verb} a value outside the contract: ${error.what}`, {
        call: func.path,
      });
    }
  }
}

function wholeNumber(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw foreign(`${typeof value} where a number belongs`);
}

function foreign(what: string): TenonError {
  return new TenonError("protocol-error", `a message that is none arrived: ${what}`);
}

/** What leaves and is too large is the sender's to mend, with the name of the limit that it can raise. */
function bounded<T>({ maxMessageBytes }: CloneFormatOptions, copy: () => T): T {
  try {
    return copy();
  } catch (thrown) {
    const error = TenonError.from(thrown);
    if (error.code !== "resource-exhausted") throw thrown;
    throw messageTooLarge(`a message has ${error.what}; the limit for all of it is ${maxMessageBytes} bytes`);
  }
}
