// A guest's memory to checked views of it: every pointer and length that a guest passes goes through here.
import { TenonError } from "@tenon/contract/core";
import { fault } from "../core/fault.ts";

/** As much of WebAssembly.Memory as is used here. */
export interface GuestMemory {
  readonly buffer: ArrayBuffer;
}

/** Buffers in one vectored call, as on Linux (IOV_MAX). */
const MAX_VECTORS = 1024;
/** Bytes in one vectored call, as on Linux (MAX_RW_COUNT): longer requests are served in part. */
const MAX_TRANSFER = 0x7ffff000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Memory {
  #memory: GuestMemory | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  bind(memory: GuestMemory): void {
    this.#memory = memory;
    this.#bytes = new Uint8Array(0);
  }

  get isBound(): boolean {
    return this.#memory !== undefined;
  }

  /** The current bytes; a guest that grows its memory leaves earlier views empty. */
  get bytes(): Uint8Array {
    const memory = this.#memory ?? raiseUnbound();
    const { buffer } = memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
    return this.#bytes;
  }

  /** A view of `length` bytes at `pointer`; throws the fault `fault` where they are not all there. */
  slice(pointer: number, length: number): Uint8Array {
    const start = pointer >>> 0;
    const { bytes } = this;
    const end = start + (length >>> 0);
    if (end > bytes.length) throw fault("fault");
    return bytes.subarray(start, end);
  }

  /** For fixed fields: `size` bytes at `pointer` are there. Returns the pointer as an offset into the view. */
  #at(pointer: number, size: number): number {
    const start = pointer >>> 0;
    if (start + size > this.bytes.length) throw fault("fault");
    return start;
  }

  setU8(pointer: number, value: number): void {
    const at = this.#at(pointer, 1);
    this.#bytes[at] = value;
  }

  setU16(pointer: number, value: number): void {
    const at = this.#at(pointer, 2);
    this.#view.setUint16(at, value, true);
  }

  setU32(pointer: number, value: number): void {
    const at = this.#at(pointer, 4);
    this.#view.setUint32(at, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    const at = this.#at(pointer, 8);
    this.#view.setBigUint64(at, value, true);
  }

  getU8(pointer: number): number {
    const at = this.#at(pointer, 1);
    return this.#bytes[at]!;
  }

  getU16(pointer: number): number {
    const at = this.#at(pointer, 2);
    return this.#view.getUint16(at, true);
  }

  getU32(pointer: number): number {
    const at = this.#at(pointer, 4);
    return this.#view.getUint32(at, true);
  }

  getU64(pointer: number): bigint {
    const at = this.#at(pointer, 8);
    return this.#view.getBigUint64(at, true);
  }

  /** A path: strict UTF-8, or `ilseq`. */
  text(pointer: number, length: number): string {
    const bytes = this.slice(pointer, length);
    // Longer than any path may be; the walker would say the same after a costly decoding.
    if (bytes.length > 65_536) throw fault("nametoolong");
    try {
      return utf8.decode(bytes);
    } catch {
      throw fault("ilseq");
    }
  }

  /** Runs `transfer` on each buffer of a vector until one is served in part. Returns the bytes in all. */
  eachVector(pointer: number, count: number, transfer: (bytes: Uint8Array, done: number) => number): number {
    const length = count >>> 0;
    if (length > MAX_VECTORS) throw fault("inval");
    this.slice(pointer, length * 8);
    let done = 0;
    for (let index = 0; index < length && done < MAX_TRANSFER; index++) {
      const field = (pointer >>> 0) + index * 8;
      const whole = this.slice(this.getU32(field), this.getU32(field + 4));
      if (whole.length === 0) continue;
      const bytes = whole.subarray(0, MAX_TRANSFER - done);
      const moved = transfer(bytes, done);
      done += moved;
      if (moved < bytes.length) break;
    }
    return done;
  }
}

function raiseUnbound(): never {
  throw new TenonError("plugin-trap", "the guest called WASI before its memory was known", {
    hint: "call bind(instance) before running the guest, and use no WASI in a start function",
  });
}
