// IP addresses as text and bytes, and which part of the world they are in.
import { isIP } from "node:net";

/** `metadata` is where clouds hand out credentials; `special` is everything that is neither a host's address nor listed here. */
export type AddressClass = "public" | "private" | "loopback" | "link-local" | "metadata" | "special";

/** IPv4 ranges that are no public host's, longest prefix first (RFC 6890 and its registry, RFC 6598, RFC 1122). */
const V4: readonly (readonly [string, number, AddressClass])[] = [
  ["169.254.169.254", 32, "metadata"],
  ["100.100.100.200", 32, "metadata"],
  ["192.0.0.192", 32, "metadata"],
  ["169.254.0.0", 16, "link-local"],
  ["127.0.0.0", 8, "loopback"],
  ["10.0.0.0", 8, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.168.0.0", 16, "private"],
  ["100.64.0.0", 10, "private"],
  ["198.18.0.0", 15, "private"],
  ["0.0.0.0", 8, "special"],
  ["192.0.0.0", 24, "special"],
  ["192.0.2.0", 24, "special"],
  ["198.51.100.0", 24, "special"],
  ["203.0.113.0", 24, "special"],
  ["224.0.0.0", 3, "special"],
];

/** IPv6 addresses are public only within 2000::/3, less what these say. Those that carry an IPv4 address count as that one. */
const V6: readonly (readonly [string, number, AddressClass])[] = [
  ["fd00:ec2::254", 128, "metadata"],
  ["::1", 128, "loopback"],
  ["fe80::", 10, "link-local"],
  ["fc00::", 7, "private"],
  ["2001:db8::", 32, "special"],
  ["2001::", 23, "special"],
  ["2000::", 3, "public"],
];
/** Prefix and the bytes after which an IPv4 address follows: mapped, compatible, NAT64 and 6to4. */
const CARRIERS: readonly (readonly [string, number, number])[] = [
  ["::ffff:0:0", 96, 12],
  ["64:ff9b::", 96, 12],
  ["2002::", 16, 2],
];

/** The class of an address in text form; anything that is no address is `special`. */
export function classifyAddress(text: string): AddressClass {
  const bytes = addressBytes(text);
  if (bytes === undefined) return "special";
  if (bytes.length === 4) return V4.find(([prefix, bits]) => startsWith(bytes, prefix, bits))?.[2] ?? "public";
  for (const [prefix, bits, at] of CARRIERS) {
    if (startsWith(bytes, prefix, bits)) return classifyAddress(bytes.slice(at, at + 4).join("."));
  }
  return V6.find(([prefix, bits]) => startsWith(bytes, prefix, bits))?.[2] ?? "special";
}

/** One spelling for each address, so that texts can be compared; undefined for what is none. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined) return undefined;
  return bytes.length === 4
    ? bytes.join(".")
    : v6Groups(bytes)
        .map((group) => group.toString(16))
        .join(":");
}

/** Four or sixteen bytes; undefined for what is no address, or has a zone. */
export function addressBytes(text: string): Uint8Array | undefined {
  const family = isIP(text);
  if (family === 4) return Uint8Array.from(text.split("."), Number);
  return family === 6 && !text.includes("%") ? v6Bytes(text) : undefined;
}

export function v6Groups(bytes: Uint8Array): readonly number[] {
  return Array.from({ length: 8 }, (_, index) => bytes[index * 2]! * 256 + bytes[index * 2 + 1]!);
}

function v6Bytes(text: string): Uint8Array {
  const [head = "", tail] = text.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").flatMap((group) => (group.includes(".") ? v4Bytes(group) : split(group)));
  const before = parse(head);
  const after = tail === undefined ? [] : parse(tail);
  const gap = Array.from({ length: 16 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...gap, ...after]);
}

function v4Bytes(text: string): number[] {
  return text.split(".").map(Number);
}

function split(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}

function startsWith(bytes: Uint8Array, prefix: string, bits: number): boolean {
  const wanted = addressBytes(prefix)!;
  for (let at = 0; at < bits; at += 8) {
    const mask = bits - at >= 8 ? 255 : (255 << (8 - (bits - at))) & 255;
    if ((bytes[at / 8]! & mask) !== (wanted[at / 8]! & mask)) return false;
  }
  return true;
}
