// Bytes <-> base64 text (RFC 4648 section 4), with the engine's own routine where there is one.
import { platform } from "./platform.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map([
  ...Array.from(ALPHABET, (char, index): [string, number] => [char, index]),
  ["-", 62],
  ["_", 63],
]);

export function toBase64(bytes: Uint8Array): string {
  if (platform.Buffer !== undefined)
    return platform.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const chars = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 63]);
    out += `${chars.slice(0, Math.min(left, 3) + 1).join("")}${"=".repeat(Math.max(0, 3 - left))}`;
  }
  return out;
}

/**
 * The bytes of base64 text, or undefined where it is not base64. White space is skipped, because command-line tools wrap
 * their output; padding may be left out, and `-` and `_` stand for `+` and `/` (RFC 4648 section 5).
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const direct = decodeExact(text);
  if (direct !== undefined || !/\s/.test(text)) return direct;
  return decodeExact(text.replace(/\s+/g, ""));
}

function decodeExact(text: string): Uint8Array | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const body = text.length - padding;
  if (body % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  const size = Math.floor((body * 3) / 4);
  const bytes = platform.Buffer === undefined ? decodeChars(text, body) : platform.Buffer.from(text, "base64");
  // Both decoders pass over what is no base64, and then come out short.
  if (bytes.length !== size) return undefined;
  const isAlone = bytes.buffer.byteLength === size;
  return isAlone ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

function decodeChars(text: string, length: number): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (let index = 0; index < length; index++) {
    const value = VALUES.get(text.charAt(index));
    if (value === undefined) continue;
    bits = ((bits << 6) | value) & 0x3fff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  return new Uint8Array(bytes);
}
