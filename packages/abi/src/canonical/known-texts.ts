// The short texts of a function's calls -> their bytes, for as long as the same texts come at the same places.
//
// To read text character by character costs more than everything else about lowering it, and a call into the engine's native
// copy as much as twenty characters. But keys, flags and settings mostly are those of the call before: to find that out costs
// next to nothing, it is their check as well, and their bytes then move eight at a time.
import { isWellFormed } from "../platform.ts";

/** Characters up to which a text is kept. A longer one is written by a native copy of its own. Measured on Node 20 and 24. */
const SHORT = 64;
/** Texts of one call that are kept. */
const MAX_TEXTS = 256;
const FIRST_BYTES = 1024;
/** Room for all texts of a call, and for some that are new in later ones before all are forgotten. */
const MAX_BYTES = 2 * SHORT * MAX_TEXTS;
/** Calls that are not looked at after one of whose texts most were new: texts that always are cost no more than without this. */
const CALLS_TO_REST = 31;

const NO_BYTES = new Uint8Array();
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** Texts are asked for in the order of their check, and counted in both. Whatever comes in between, bytes are those of the text. */
export class KnownTexts {
  /** By their number in the call; empty where the bytes are not there. */
  readonly #texts: string[] = [];
  readonly #starts: number[] = [];
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = NO_VIEW;
  #used = 0;
  #checked = 0;
  #isNew = 0;
  #taken = 0;
  #resting = 0;

  /** The check of a call begins. */
  begin(): void {
    if (this.#isNew * 2 > this.#checked) this.#resting = CALLS_TO_REST;
    else if (this.#resting > 0) this.#resting--;
    this.#checked = 0;
    this.#isNew = 0;
    this.#taken = 0;
  }

  /** Whether the next text may cross. */
  check(text: string): boolean {
    const index = this.#checked;
    if (text.length > SHORT || index >= MAX_TEXTS || this.#resting > 0) return isWellFormed(text);
    this.#checked = index + 1;
    return this.#texts[index] === text || this.#learn(index, text);
  }

  /** Where the bytes of the next text begin, as many as it has characters; -1 where they are not there. */
  take(text: string): number {
    const index = this.#taken;
    if (text.length > SHORT || index >= this.#checked) return -1;
    this.#taken = index + 1;
    // A value with code of its own may give another text than it gave to the check.
    return this.#texts[index] === text ? (this.#starts[index] as number) : -1;
  }

  /** Copies `length` bytes from `start` on. `to` and `target` are views of one memory. */
  copy(start: number, length: number, to: Uint8Array, target: DataView, at: number): void {
    const last = length - 8;
    if (last < 0) {
      const bytes = this.#bytes;
      for (let index = 0; index < length; index++) to[at + index] = bytes[start + index] as number;
      return;
    }
    // Eight bytes of ASCII are never the bits of a NaN, which an engine may change on the way.
    const view = this.#view;
    for (let index = 0; index < last; index += 8)
      target.setFloat64(at + index, view.getFloat64(start + index, true), true);
    target.setFloat64(at + last, view.getFloat64(start + last, true), true);
  }

  /** Keeps a text that is ASCII in place of the one with its number. Gives whether it may cross. */
  #learn(index: number, text: string): boolean {
    const { length } = text;
    this.#isNew++;
    if (this.#used + length > this.#bytes.length) this.#makeRoom();
    const bytes = this.#bytes;
    const start = this.#used;
    this.#texts[index] = "";
    this.#starts[index] = start;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return isWellFormed(text);
      bytes[start + at] = code;
    }
    this.#texts[index] = text;
    this.#used = start + length;
    return true;
  }

  #makeRoom(): void {
    const { length } = this.#bytes;
    if (length >= MAX_BYTES) {
      this.#texts.fill("");
      this.#used = 0;
      return;
    }
    const larger = new Uint8Array(Math.max(FIRST_BYTES, length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
