// Messages as frames: values as bytes, by the codec that was generated from the contract.
import { compileFunction, Reader, Writer, type FunctionCodec } from "@tenon/abi/codec";
import type { TenonError } from "@tenon/contract/base";
import type { FunctionRef, LogLevel } from "../driver.ts";
import { CALL_FLAG, FRAME, FRAME_HEADER, LOG_LEVELS } from "./frames.ts";
import type { ArrivedMessage, CallHead, MessageFormat } from "./message-format.ts";
import { messageTooLarge, readError } from "./peer-errors.ts";

/** What carries the frames. They arrive at `FrameFormat.open`, in order and whole. */
export interface FrameLink {
  /** Sends one whole frame, length field included. The bytes are only valid during the call. */
  send(frame: Uint8Array): void;
  /** As `send`, for the first `length` bytes: a link that copies them anyway is spared an object for each frame. */
  sendPart?(bytes: Uint8Array, length: number): void;
  /** As `send`, for large frames whose memory is the link's from then on; without it they go through `send`. */
  sendOwned?(frame: Uint8Array): void;
}

/** From here on a frame is handed over instead of copied, where the link can take it. */
const OWNED_BYTES = 16 * 1024;

/** Writes into one buffer and reads with one cursor, so a message is sent or decoded before the next one begins. */
export class FrameFormat implements MessageFormat, ArrivedMessage {
  readonly format: MessageFormat = this;
  kind = 0;
  id = 0;
  readonly #link: FrameLink;
  readonly #maxBytes: number;
  readonly #codecs = new Map<FunctionRef, FunctionCodec>();
  readonly #writer: Writer;
  readonly #copying: Reader;
  /** For frames that nobody else touches: `list<u8>` values are parts of them instead of copies. */
  readonly #owning: Reader;
  #reader: Reader;
  #start = 0;

  constructor(link: FrameLink, maxBytes: number) {
    this.#link = link;
    this.#maxBytes = maxBytes;
    this.#writer = new Writer({ maxBytes: maxBytes + FRAME_HEADER });
    this.#copying = new Reader({ maxBytes });
    this.#owning = new Reader({ maxBytes, canAlias: true });
    this.#reader = this.#copying;
  }

  /**
   * Opens the frame, without its length field, that is the bytes from `start` to `end`, so that a link need not make an
   * object of each. `isOwned` says that nobody will touch its memory again, so that large bytes in it need no copy.
   */
  open(bytes: Uint8Array, isOwned = false, start = 0, end: number = bytes.length): ArrivedMessage {
    this.#reader = (isOwned ? this.#owning : this.#copying).reset(bytes, start, end);
    this.#start = start;
    this.kind = this.#reader.u8();
    this.id = this.#reader.varint();
    return this;
  }

  head(): CallHead {
    const reader = this.#reader;
    const index = reader.varint();
    const flags = reader.u8();
    const deadlineMs = flags & CALL_FLAG.deadline ? reader.varint() : undefined;
    return { index, flags, deadlineMs, trace: flags & CALL_FLAG.trace ? reader.string() : undefined };
  }

  args(func: FunctionRef): unknown[] {
    return this.#codecOf(func).decodeParams(this.#reader);
  }

  result(func: FunctionRef): unknown {
    return this.#codecOf(func).decodeResult(this.#reader);
  }

  error(): TenonError {
    return readError(this.#reader);
  }

  keep(): () => ArrivedMessage {
    const frame = this.#reader.bytes.slice(this.#start, this.#reader.end);
    return () => this.open(frame, true, 0, frame.length);
  }

  logged(): { readonly level: LogLevel; readonly text: string } {
    return { level: LOG_LEVELS[this.#reader.u8()] ?? "info", text: this.#reader.rest() };
  }

  noted(): string {
    return this.#reader.rest();
  }

  dropped(): number {
    return this.#reader.varint();
  }

  writeCall(id: number, func: FunctionRef, head: CallHead, args: readonly unknown[]): void {
    const { flags, deadlineMs, trace } = head;
    const writer = this.#begin(FRAME.call, id);
    writer.varint(head.index);
    writer.u8(flags);
    if (deadlineMs !== undefined) writer.varint(deadlineMs);
    if (trace !== undefined) writer.string(trace);
    this.#codecOf(func).encodeParams(args, writer);
    this.#checkSize();
  }

  writeResult(id: number, func: FunctionRef, value: unknown): void {
    this.#codecOf(func).encodeResult(value, this.#begin(FRAME.result, id));
    this.#checkSize();
  }

  writeError(id: number, error: TenonError): void {
    this.#begin(FRAME.error, id).text(JSON.stringify(error));
  }

  sendSignal(kind: number, id: number): void {
    this.#begin(kind, id);
    this.send();
  }

  sendLog(level: LogLevel, text: string): void {
    const writer = this.#begin(FRAME.log, 0);
    writer.u8(LOG_LEVELS.indexOf(level));
    writer.text(text);
    this.send();
  }

  sendNote(text: string): void {
    this.#begin(FRAME.note, 0).text(text);
    this.send();
  }

  sendDrop(handle: number, resource: number): void {
    this.#begin(FRAME.drop, handle).varint(resource);
    this.send();
  }

  send(): void {
    this.#checkSize();
    const writer = this.#writer;
    writer.setU32(0, writer.length - FRAME_HEADER);
    const link = this.#link;
    if (link.sendOwned !== undefined && writer.length >= OWNED_BYTES) link.sendOwned(writer.take());
    else if (link.sendPart !== undefined) link.sendPart(writer.buffer, writer.length);
    else link.send(writer.bytes());
  }

  #codecOf(func: FunctionRef): FunctionCodec {
    let codec = this.#codecs.get(func);
    if (codec === undefined) this.#codecs.set(func, (codec = compileFunction(func.function)));
    return codec;
  }

  #begin(kind: number, id: number): Writer {
    const writer = this.#writer.reset();
    writer.skip(FRAME_HEADER);
    writer.u8(kind);
    writer.varint(id);
    return writer;
  }

  #checkSize(): void {
    const size = this.#writer.length - FRAME_HEADER;
    const max = this.#maxBytes;
    if (size > max) throw messageTooLarge(`a message of ${size} bytes is over the limit of ${max}`);
  }
}
