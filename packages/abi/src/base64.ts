// Bytes <-> base64 text (RFC 4648 section 4), with the engine's own routine where there is one.
import { platform } from "./platform.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (char, index) => [char, index]));

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
 * their output; padding may be left out.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const packed = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
  const body = packed.replace(/={1,2}$/, "");
  const isPadded = body.length !== packed.length;
  if (body.length % 4 === 1 || (isPadded && packed.length % 4 !== 0) || !/^[A-Za-z0-9+/]*$/.test(body))
    return undefined;
  if (platform.Buffer !== undefined) return new Uint8Array(platform.Buffer.from(body, "base64"));
  return decodeChecked(body);
}

function decodeChecked(body: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const char of body) {
    bits = ((bits << 6) | (VALUES.get(char) ?? 0)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = (bits >> count) & 0xff;
  }
  return bytes;
}
