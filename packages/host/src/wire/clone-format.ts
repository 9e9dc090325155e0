// Messages as structured clones, for links between threads: nothing is serialized here, values are checked and copied.
import { compileCopies, Copier, type FunctionCopies } from "@tenon/abi/copies";
import { TenonError } from "@tenon/contract/base";
import type { FunctionRef, LogLevel } from "../driver.ts";
import { FRAME, LOG_LEVELS } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { messageTooLarge, parseError } from "./peer-errors.ts";

/** Sends a message by structured clone, and the memory in `moved` with it. It arrives at `CloneFormat.open`. */
export type PostMessage = (message: unknown, moved: ArrayBuffer[]) => void;

export interface CloneFormatOptions {
  readonly post: PostMessage;
  /** Largest total of one message's values, as an estimate of what they take in memory. */
  readonly maxMessageBytes: number;
  /** Whether the other end has checked what it sends and need not be checked again: a plugin's end trusts its host. */
  readonly isOtherTrusted: boolean;
}

/** Messages are arrays: kind, id, and what the kind says. */
const LENGTHS: ReadonlyMap<number, number> = new Map<number, number>([
  /** Function, flags, ms left, traceparent, arguments. */
  [FRAME.call, 7],
  /** The value. */
  [FRAME.result, 3],
  /** JSON text. */
  [FRAME.error, 3],
  [FRAME.cancel, 2],
  /** Resource; the id is the handle. */
  [FRAME.drop, 3],
  /** Level, text. */
  [FRAME.log, 4],
  [FRAME.close, 2],
  [FRAME.ready, 2],
]);

export class CloneFormat implements MessageFormat {
  readonly #options: CloneFormatOptions;
  #message: readonly unknown[] = [];
  #moved: ArrayBuffer[] = [];
  readonly #copies = new Map<FunctionRef, FunctionCopies>();

  constructor(options: CloneFormatOptions) {
    this.#options = options;
  }

  /** Throws protocol-error on anything that is no message; a clone can be any value at all. */
  open(message: unknown): ArrivedMessage {
    if (!Array.isArray(message)) throw foreign(`${message === null ? "null" : typeof message} instead of an array`);
    const parts: readonly unknown[] = message;
    const kind = wholeNumber(parts[0]);
    if (parts.length !== LENGTHS.get(kind)) throw foreign(`an array of ${parts.length} of kind ${kind}`);
    return new ArrivedClone(this, parts, kind, wholeNumber(parts[1]));
  }

  writeCall(id: number, func: FunctionRef, head: CallHead, args: readonly unknown[]): void {
    const copier = this.#copier();
    const copy = this.#bounded(() => this.#copiesOf(func).copyParams(args, copier));
    this.#prepare([FRAME.call, id, head.index, head.flags, head.deadlineMs, head.trace, copy], copier.moved);
  }

  writeResult(id: number, func: FunctionRef, value: unknown): void {
    const copier = this.#copier();
    const copy = this.#bounded(() => this.#copiesOf(func).copyResult(value, copier));
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

  sendSignal(kind: number, id: number): void {
    this.#options.post([kind, id], []);
  }

  sendDrop(handle: number, resource: number): void {
    this.#options.post([FRAME.drop, handle, resource], []);
  }

  sendLog(level: LogLevel, text: string): void {
    this.#options.post([FRAME.log, 0, level, text], []);
  }

  /** Checks what arrived; `verb` leads to "a value outside the contract". */
  check(func: FunctionRef, verb: string, copy: (copies: FunctionCopies, copier: Copier) => unknown): unknown {
    try {
      return copy(this.#copiesOf(func), new Copier("in", { maxBytes: this.#options.maxMessageBytes }));
    } catch (thrown) {
      const error = TenonError.from(thrown);
      if (error.code !== "value-invalid") throw error;
      // The other end checks what it sends, so this did not come from its peer.
      throw new TenonError("protocol-error", `${func.path} ${verb} a value outside the contract: ${error.what}`, {
        call: func.path,
      });
    }
  }

  get isOtherTrusted(): boolean {
    return this.#options.isOtherTrusted;
  }

  #copiesOf(func: FunctionRef): FunctionCopies {
    let copies = this.#copies.get(func);
    if (copies === undefined) this.#copies.set(func, (copies = compileCopies(func.function)));
    return copies;
  }

  /** What leaves and is too large is the sender's to mend, with the name of the limit that it can raise. */
  #bounded<T>(copy: () => T): T {
    try {
      return copy();
    } catch (thrown) {
      const error = TenonError.from(thrown);
      if (error.code !== "resource-exhausted") throw thrown;
      throw messageTooLarge(
        `a message has ${error.what}; the limit for all of it is ${this.#options.maxMessageBytes} bytes`,
      );
    }
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
  readonly format: CloneFormat;
  readonly kind: number;
  readonly id: number;
  readonly #parts: readonly unknown[];

  constructor(format: CloneFormat, parts: readonly unknown[], kind: number, id: number) {
    this.format = format;
    this.kind = kind;
    this.id = id;
    this.#parts = parts;
  }

  head(): CallHead {
    const [, , index, flags, deadlineMs, trace] = this.#parts;
    return {
      index: wholeNumber(index),
      flags: wholeNumber(flags),
      deadlineMs: deadlineMs === undefined ? undefined : wholeNumber(deadlineMs),
      trace: trace === undefined ? undefined : text(trace),
    };
  }

  args(func: FunctionRef): unknown[] {
    const args = this.#parts[6];
    if (!Array.isArray(args)) throw foreign(`arguments that are ${typeof args}`);
    if (this.format.isOtherTrusted) return args;
    return this.format.check(func, "was called with", (copies, copier) => copies.copyParams(args, copier)) as unknown[];
  }

  result(func: FunctionRef): unknown {
    const value = this.#parts[2];
    if (this.format.isOtherTrusted) return value;
    return this.format.check(func, "was answered with", (copies, copier) => copies.copyResult(value, copier));
  }

  error(): TenonError {
    return parseError(text(this.#parts[2]));
  }

  logged(): { readonly level: LogLevel; readonly text: string } {
    const [, , level, what] = this.#parts;
    return { level: LOG_LEVELS.find((known) => known === level) ?? "info", text: text(what) };
  }

  dropped(): number {
    return wholeNumber(this.#parts[2]);
  }

  keep(): () => ArrivedMessage {
    return () => this;
  }
}

function wholeNumber(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw foreign(`${typeof value} where a number belongs`);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw foreign(`${typeof value} where text belongs`);
}

function foreign(what: string): TenonError {
  return new TenonError("protocol-error", `a message that is none arrived: ${what}`);
}
