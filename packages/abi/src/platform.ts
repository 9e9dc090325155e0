// What the JavaScript engine offers beyond the language, found once: text coders and Node's faster string copies.

interface TextEncoderLike {
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}
interface TextDecoderLike {
  decode(bytes: Uint8Array): string;
}
interface BufferLike {
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  readonly utf8Write: (this: Uint8Array, text: string, offset: number) => number;
}
interface PlatformGlobals {
  readonly TextEncoder: new () => TextEncoderLike;
  readonly TextDecoder: new (
    label: string,
    options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  ) => TextDecoderLike;
  readonly Buffer?: {
    readonly prototype: BufferLike;
    readonly allocUnsafeSlow?: (bytes: number) => { readonly buffer: ArrayBuffer };
    from(text: string, encoding: "base64"): Uint8Array;
    from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: "base64"): string };
  };
}

/** `isWellFormed` is ES2024; Node 20 has it. */
interface WellFormedString {
  isWellFormed(): boolean;
}

export const platform: PlatformGlobals = globalThis as unknown as PlatformGlobals;

/** Fatal, and a leading U+FEFF stays in the text: a value must come out as it went in. */
export const utf8Decoder: TextDecoderLike = new platform.TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
export const utf8Encoder: TextEncoderLike = new platform.TextEncoder();

/** Whether the text has no lone surrogates, which no WIT string can carry. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormedString).isWellFormed();
}

/** Multi-byte numbers in lists are copied as memory where the machine is little-endian, as the wire is. */
export const isLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function detectLatin1Slice(): BufferLike["latin1Slice"] | undefined {
  const slice = platform.Buffer?.prototype.latin1Slice;
  try {
    return slice?.call(new Uint8Array([97, 98, 99]), 1, 3) === "bc" ? slice : undefined;
  } catch {
    // This engine's Buffer does not serve plain Uint8Arrays: the portable path below does.
    return undefined;
  }
}

function detectUtf8Write(): BufferLike["utf8Write"] | undefined {
  const write = platform.Buffer?.prototype.utf8Write;
  try {
    const probe = new Uint8Array(4);
    return write?.call(probe, "\u00e9", 1) === 2 && probe[1] === 0xc3 ? write : undefined;
  } catch {
    // As above.
    return undefined;
  }
}

const latin1Slice = detectLatin1Slice();
const utf8Write = detectUtf8Write();

/** Bytes as text, one character per byte. */
export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  if (latin1Slice !== undefined) return latin1Slice.call(bytes, start, end);
  let text = "";
  for (let at = start; at < end; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096)));
  }
  return text;
}

/** Writes the UTF-8 of `text` at `offset` (room for 3 bytes per unit is the caller's duty); returns the bytes written. */
export function writeUtf8(bytes: Uint8Array, text: string, offset: number): number {
  if (utf8Write !== undefined) return utf8Write.call(bytes, text, offset);
  const target = bytes.subarray(offset);
  if (!isShared(bytes)) return utf8Encoder.encodeInto(text, target).written;
  // Some engines refuse shared memory in encodeInto.
  const scratch = new Uint8Array(text.length * 3);
  const written = utf8Encoder.encodeInto(text, scratch).written;
  target.set(scratch.subarray(0, written));
  return written;
}

/** Bytes that the UTF-8 of `text` takes (a lone surrogate counts as its replacement). */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff && isPaired(text, index, code)) ? 1 : 2;
  }
  return bytes;
}

function isPaired(text: string, index: number, code: number): boolean {
  const other = text.charCodeAt(code < 0xdc00 ? index + 1 : index - 1);
  return code < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00;
}

/** Whether other threads may change these bytes while they are read. */
export function isShared(bytes: Uint8Array): boolean {
  return typeof SharedArrayBuffer !== "undefined" && bytes.buffer instanceof SharedArrayBuffer;
}

/** A buffer of its own whose first content is anything; for who writes all of it at once. */
export function uninitialised(bytes: number): ArrayBuffer {
  const made = platform.Buffer?.allocUnsafeSlow?.(bytes).buffer;
  // An engine whose Buffer takes its memory from a pool would show its neighbours' bytes.
  return made?.byteLength === bytes ? made : new ArrayBuffer(bytes);
}
