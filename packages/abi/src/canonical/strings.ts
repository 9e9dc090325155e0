// Strings of JavaScript <-> strings in linear memory, in the three encodings of the canonical ABI.
// component-model CanonicalABI.md, "load_string_from_range" and "store_string_into_range".
//
// Storing asks for the exact size where that is cheap to know; else text is taken for ASCII and grown where that was wrong.
// Text was checked for lone surrogates before it comes here. Loading is strict: whatever is not text traps.
import { readLatin1, writeUtf8 } from "../platform.ts";
import { tooLong } from "./context.ts";
import type { Context } from "./context.ts";
import type { StringEncoding } from "./env.ts";
import { MAX_BYTE_LENGTH } from "./layout.ts";
import {
  SHORT_TEXT,
  byteLength,
  readShortAscii,
  readUtf8,
  readUtf16,
  writeLatin1,
  writeUtf16,
  writeUtf8Within,
} from "./native-text.ts";
import { trap } from "./traps.ts";

/** Gives the pointer; the code units, tagged where the encoding has a tag, are left in `context.units`. */
export type StoreString = (context: Context, text: string, allocate?: Allocate) => number;
/** Memory from the guest's allocator; generated code has its own (`allocation` in generate-store.ts). */
export type Allocate = (context: Context, align: number, size: number) => number;
export type LoadString = (context: Context, pointer: number, units: number) => string;

/** Up to here a loop over characters beats one call into the engine's native copy. Measured on Node 20 and 24. */
const SHORT_WRITE = 24;
/** From here on, counting the UTF-8 bytes of text before it is written costs too much. */
const LONG_WRITE = 200;
/** The high bit of the length says UTF-16 in `latin1+utf16` ("utf16_tag"). */
const UTF16_TAG = 0x8000_0000;

const STORERS: Readonly<Record<StringEncoding, StoreString>> = {
  utf8: storeUtf8,
  utf16: storeUtf16,
  "latin1+utf16": storeCompact,
};

const LOADERS: Readonly<Record<StringEncoding, LoadString>> = {
  utf8: loadUtf8,
  utf16: loadUtf16,
  "latin1+utf16": loadCompact,
};

export function stringStorer(encoding: StringEncoding): StoreString {
  return STORERS[encoding];
}

export function stringLoader(encoding: StringEncoding): LoadString {
  return LOADERS[encoding];
}

function allocated(context: Context, align: number, size: number): number {
  return context.reallocate(0, 0, align, size);
}

function storeUtf8(context: Context, text: string, allocate: Allocate = allocated): number {
  const { length } = text;
  if (length > SHORT_WRITE) return storeLongUtf8(context, text, length, allocate);
  const pointer = allocate(context, 1, length);
  const { u8 } = context;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return growUtf8(context, text, pointer, length);
    u8[pointer + index] = code;
  }
  context.units = length;
  return pointer;
}

/** The text was not ASCII after all ("store_string_to_utf8"). */
function growUtf8(context: Context, text: string, old: number, oldSize: number): number {
  const bytes = byteLength(text);
  if (bytes > MAX_BYTE_LENGTH) tooLong("a string", bytes);
  const pointer = context.reallocate(old, oldSize, 1, bytes);
  writeUtf8(context.u8, text, pointer);
  context.units = bytes;
  return pointer;
}

function storeLongUtf8(context: Context, text: string, length: number, allocate: Allocate): number {
  if (length > LONG_WRITE && isAsciiWhereSampled(text, length))
    return storeGuessedUtf8(context, text, length, allocate);
  const bytes = byteLength(text);
  const pointer = allocate(context, 1, bytes);
  if (bytes === length) writeLatin1(context.u8, text, pointer);
  else writeUtf8(context.u8, text, pointer);
  context.units = bytes;
  return pointer;
}

function isAsciiWhereSampled(text: string, length: number): boolean {
  const bits =
    text.charCodeAt(0) | text.charCodeAt(length >>> 2) | text.charCodeAt(length >>> 1) | text.charCodeAt(length - 1);
  return bits < 0x80;
}

/** The widest UTF-8 of one character. */
const SLACK = 4;

/**
 * Counting the bytes of long text first costs as much as writing them. It is written as if it were ASCII, with room for
 * one character more: only text that is not ASCII reaches into that room, which then gets its old bytes back.
 */
function storeGuessedUtf8(context: Context, text: string, length: number, allocate: Allocate): number {
  if (length > MAX_BYTE_LENGTH) tooLong("a string", length);
  const pointer = allocate(context, 1, length);
  const { u8 } = context;
  const end = pointer + length;
  if (context.isShared || end + SLACK > u8.length) return growUtf8(context, text, pointer, length);
  const first = u8[end] as number;
  const second = u8[end + 1] as number;
  const third = u8[end + 2] as number;
  const fourth = u8[end + 3] as number;
  if (writeUtf8Within(u8, text, pointer, length + SLACK) === length) {
    context.units = length;
    return pointer;
  }
  u8[end] = first;
  u8[end + 1] = second;
  u8[end + 2] = third;
  u8[end + 3] = fourth;
  return growUtf8(context, text, pointer, length);
}

function storeUtf16(context: Context, text: string): number {
  const { length } = text;
  if (length * 2 > MAX_BYTE_LENGTH) tooLong("a string", length * 2);
  const pointer = context.reallocate(0, 0, 2, length * 2);
  writeUtf16(context.u8, text, pointer);
  context.units = length;
  return pointer;
}

/** Latin-1 where every character allows it, else UTF-16 with the tag. */
function storeCompact(context: Context, text: string): number {
  const { length } = text;
  if (!isLatin1(text)) {
    const pointer = storeUtf16(context, text);
    context.units = length + UTF16_TAG;
    return pointer;
  }
  if (length > MAX_BYTE_LENGTH) tooLong("a string", length);
  const pointer = context.reallocate(0, 0, 2, length);
  writeLatin1(context.u8, text, pointer);
  context.units = length;
  return pointer;
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}

/** Checks the range of a string and charges its bytes, before it is copied. */
function claim(context: Context, pointer: number, align: number, bytes: number): void {
  if (bytes > MAX_BYTE_LENGTH) trap(`a string of ${bytes} bytes is longer than ${MAX_BYTE_LENGTH}`);
  context.range(pointer, align, bytes);
  context.budget.chargeString(bytes);
}

function loadUtf8(context: Context, pointer: number, bytes: number): string {
  claim(context, pointer, 1, bytes);
  if (bytes <= SHORT_TEXT) {
    const text = readShortAscii(context.u8, pointer, bytes);
    if (text !== undefined) return text;
  }
  const text = context.isShared
    ? readUtf8(context.u8.slice(pointer, pointer + bytes), 0, bytes)
    : readUtf8(context.u8, pointer, pointer + bytes);
  return text ?? trap(`the string at ${pointer} is not valid UTF-8`);
}

function loadUtf16(context: Context, pointer: number, units: number): string {
  const bytes = units * 2;
  claim(context, pointer, 2, bytes);
  const text = context.isShared
    ? readUtf16(context.u8.slice(pointer, pointer + bytes), 0, bytes)
    : readUtf16(context.u8, pointer, pointer + bytes);
  return text ?? trap(`the string at ${pointer} is not valid UTF-16`);
}

function loadCompact(context: Context, pointer: number, units: number): string {
  if (units >= UTF16_TAG) return loadUtf16(context, pointer, units - UTF16_TAG);
  claim(context, pointer, 2, units);
  return context.isShared
    ? readLatin1(context.u8.slice(pointer, pointer + units), 0, units)
    : readLatin1(context.u8, pointer, pointer + units);
}
