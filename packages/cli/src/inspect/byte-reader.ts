// Bytes of a binary -> numbers and names, with the offset of the first byte that does not fit.
import { TenonError } from "@tenon/contract";

/** A total reader: every read either fits or throws artifact-invalid with the byte offset. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #what: string;
  offset: number;

  /** `what` begins the sentence of a failure: `x.wasm is a WebAssembly module`. */
  constructor(bytes: Uint8Array, what: string, from = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#what = what;
    this.#end = end;
    this.offset = from;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#end;
  }

  get left(): number {
    return this.#end - this.offset;
  }

  u8(what: string): number {
    const byte = this.offset < this.#end ? this.#bytes[this.offset] : undefined;
    if (byte === undefined) return this.fail(`ends before ${what}`);
    this.offset++;
    return byte;
  }

  /** LEB128 with at most 32 bits (WebAssembly core specification, 5.2.2). */
  u32(what: string): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value < 2 ** 32 ? value : this.fail(`has a number larger than 32 bits in ${what}`);
    }
    return this.fail(`has an endless number in ${what}`);
  }

  bytes(length: number, what: string): Uint8Array {
    if (length > this.left) {
      return this.fail(`ends inside ${what}: that needs ${length} bytes, and ${this.left} are left`);
    }
    const start = this.offset;
    this.offset += length;
    return this.#bytes.subarray(start, this.offset);
  }

  name(what: string): string {
    const start = this.offset;
    const bytes = this.bytes(this.u32(`the length of ${what}`), what);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      this.offset = start;
      return this.fail(`has a name that is not UTF-8 in ${what}`);
    }
  }

  /** A reader for the next `length` bytes alone; this one continues behind them. */
  part(length: number, what: string): ByteReader {
    this.bytes(length, what);
    return new ByteReader(this.#bytes, this.#what, this.offset - length, this.offset);
  }

  /** As many items as a vector says it has; a count beyond the bytes that are left is refused at once. */
  count(what: string): number {
    const count = this.u32(`the number of ${what}`);
    return count <= this.left ? count : this.fail(`says it has ${count} ${what}, in ${this.left} bytes`);
  }

  fail(problem: string): never {
    throw new TenonError("artifact-invalid", `${this.#what} but ${problem} (at byte ${this.offset})`, {
      hint: "build or fetch the file again",
      sideEffects: "none",
      details: { offset: this.offset },
    });
  }
}
