// The engine's copies between text and bytes, found once, each with a portable form behind it.
import { canGenerate } from "../generate.ts";
import {
  isLittleEndian,
  isWellFormed,
  platform,
  readLatin1,
  utf8Decoder,
  utf8Encoder,
  utf8Length,
} from "../platform.ts";

/** Node's Buffer methods that also serve plain Uint8Arrays. */
interface BufferMethods {
  readonly utf8Slice?: (this: Uint8Array, start: number, end: number) => string;
  readonly ucs2Slice?: (this: Uint8Array, start: number, end: number) => string;
  readonly latin1Write?: (this: Uint8Array, text: string, offset: number) => number;
  readonly ucs2Write?: (this: Uint8Array, text: string, offset: number) => number;
  readonly utf8Write?: (this: Uint8Array, text: string, offset: number, length: number) => number;
}
interface BufferClass {
  readonly prototype: BufferMethods;
  readonly byteLength?: (text: string) => number;
}

const buffer = platform.Buffer as unknown as BufferClass | undefined;

/** The method, if this engine's Buffer has it and `probe` finds that it works on a plain Uint8Array. */
function detect<K extends keyof BufferMethods>(
  name: K,
  probe: (method: NonNullable<BufferMethods[K]>) => boolean,
): BufferMethods[K] | undefined {
  try {
    const method = buffer?.prototype[name];
    return method !== undefined && probe(method) ? method : undefined;
  } catch {
    // This engine's Buffer serves only its own kind; the portable form does.
    return undefined;
  }
}

const utf8Slice = detect(
  "utf8Slice",
  (slice) => slice.call(new Uint8Array([97, 0xc3, 0xa9, 0xff]), 1, 4) === "\u00e9\ufffd",
);
const ucs2Slice = isLittleEndian
  ? detect("ucs2Slice", (slice) => slice.call(new Uint8Array([0, 0, 97, 0x26]), 2, 4) === "\u2661")
  : undefined;
const latin1Write = detect("latin1Write", (write) => {
  const bytes = new Uint8Array(3);
  return write.call(bytes, "\u00e9", 1) === 1 && bytes[1] === 0xe9 && bytes[2] === 0;
});
const ucs2Write = isLittleEndian
  ? detect("ucs2Write", (write) => {
      const bytes = new Uint8Array(6);
      return write.call(bytes, "\u2661", 2) === 2 && bytes[2] === 0x61 && bytes[3] === 0x26 && bytes[4] === 0;
    })
  : undefined;

const utf8Write = detect("utf8Write", (write) => {
  const bytes = new Uint8Array(6);
  return write.call(bytes, "a\u00e9\u2661", 1, 4) === 3 && bytes[3] === 0xa9 && bytes[4] === 0;
});

/** Bytes of the UTF-8 of well-formed text. */
export const byteLength: (text: string) => number =
  buffer?.byteLength?.("\u00e9") === 2 ? buffer.byteLength : utf8Length;

/** Writes text of characters up to U+00FF, one byte each. */
export function writeLatin1(bytes: Uint8Array, text: string, offset: number): void {
  if (latin1Write !== undefined) latin1Write.call(bytes, text, offset);
  else for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
}

/** Writes as many whole characters as fit into `length` bytes of UTF-8; returns the bytes written. */
export function writeUtf8Within(bytes: Uint8Array, text: string, offset: number, length: number): number {
  if (utf8Write !== undefined) return utf8Write.call(bytes, text, offset, length);
  return utf8Encoder.encodeInto(text, bytes.subarray(offset, offset + length)).written;
}

/** Writes text as little-endian UTF-16. */
export function writeUtf16(bytes: Uint8Array, text: string, offset: number): void {
  if (ucs2Write !== undefined) {
    ucs2Write.call(bytes, text, offset);
    return;
  }
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    bytes[offset + index * 2] = code & 0xff;
    bytes[offset + index * 2 + 1] = code >> 8;
  }
}

/** Little-endian UTF-16 as text, or undefined where it has lone surrogates. */
export function readUtf16(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = ucs2Slice !== undefined ? ucs2Slice.call(bytes, start, end) : joinUtf16(bytes, start, end);
  return isWellFormed(text) ? text : undefined;
}

function joinUtf16(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  const codes: number[] = [];
  for (let at = start; at < end; at += 2) {
    codes.push((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
    if (codes.length < 4096 && at + 2 < end) continue;
    text += String.fromCharCode(...codes);
    codes.length = 0;
  }
  return text;
}

/** UTF-8 as text, or undefined where it is not UTF-8. A byte order mark is text like any other. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (utf8Slice === undefined) return decodeUtf8(bytes.subarray(start, end));
  const text = utf8Slice.call(bytes, start, end);
  // This read replaces what is not UTF-8; text that has the replacement itself is rare enough to be read twice.
  return text.includes("\ufffd") ? decodeUtf8(bytes.subarray(start, end)) : text;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    // The decoder is fatal and says only that something is wrong.
    return undefined;
  }
}

/** Up to here naming each character is faster than one call into the engine. Measured on Node 20 and 24. */
export const SHORT_TEXT = 16;

/** Text of at most `SHORT_TEXT` bytes if they are ASCII, else undefined. */
export const readShortAscii: (bytes: Uint8Array, start: number, length: number) => string | undefined = canGenerate
  ? unrolledAscii()
  : (bytes, start, length) => {
      let bits = 0;
      for (let at = start; at < start + length; at++) bits |= bytes[at] as number;
      return bits < 0x80 ? readLatin1(bytes, start, start + length) : undefined;
    };

/** One arm for each length: `String.fromCharCode` with named arguments allocates nothing but the string. */
function unrolledAscii(): (bytes: Uint8Array, start: number, length: number) => string | undefined {
  const arms = Array.from({ length: SHORT_TEXT }, (_, last) => {
    const names = Array.from({ length: last + 1 }, (_unused, index) => `a${index}`);
    const reads = names.map((name, index) => `${name}=b[s+${index}]`).join(",");
    return `case ${last + 1}:{const ${reads};return (${names.join("|")})<128?f(${names.join(",")}):undefined}`;
  });
  // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- text made here from nothing foreign
  const make = new Function("f", `"use strict";return (b,s,n)=>{switch(n){case 0:return "";${arms.join("")}}}`) as (
    fromCharCode: (...codes: number[]) => string,
  ) => (bytes: Uint8Array, start: number, length: number) => string | undefined;
  return make(String.fromCharCode);
}
