// Addresses and errors of wasi:sockets@0.2, between their form in the interface and Node's.
import { addressBytes, v6Groups } from "../core/addresses.ts";
import type { Endpoint } from "../core/network-protocol.ts";
import type { Result } from "./component-guest.ts";

export type Family = "ipv4" | "ipv6";
export type SocketAddress =
  | { readonly tag: "ipv4"; readonly val: { readonly port: number; readonly address: readonly number[] } }
  | { readonly tag: "ipv6"; readonly val: { readonly port: number; readonly address: readonly number[] } };

const ERRORS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "access-denied"],
  ["EPERM", "access-denied"],
  ["EADDRINUSE", "address-in-use"],
  ["EADDRNOTAVAIL", "address-not-bindable"],
  ["EAFNOSUPPORT", "not-supported"],
  ["EAGAIN", "would-block"],
  ["ECONNABORTED", "connection-aborted"],
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-reset"],
  ["EHOSTUNREACH", "remote-unreachable"],
  ["EINVAL", "invalid-argument"],
  ["EMFILE", "new-socket-limit"],
  ["EMSGSIZE", "datagram-too-large"],
  ["ENETUNREACH", "remote-unreachable"],
  ["ENFILE", "new-socket-limit"],
  ["ENOBUFS", "out-of-memory"],
  ["ENOMEM", "out-of-memory"],
  ["EPIPE", "connection-reset"],
  ["ETIMEDOUT", "timeout"],
  ["EAI_AGAIN", "temporary-resolver-failure"],
  ["ETIMEOUT", "temporary-resolver-failure"],
  ["ESERVFAIL", "temporary-resolver-failure"],
  ["EREFUSED", "permanent-resolver-failure"],
  ["ENOTFOUND", "name-unresolvable"],
  ["ENODATA", "name-unresolvable"],
]);

/** The interface's name for an error of Node's. */
export function socketError(code: string | undefined): string {
  return ERRORS.get(code ?? "") ?? "unknown";
}

export function ok<T>(val: T): Result<T> {
  return { tag: "ok", val };
}

export function refused(code: string): Result<never> {
  return { tag: "err", val: code };
}

export function endpointOf(to: SocketAddress): Endpoint {
  const { port, address } = to.val;
  const text = to.tag === "ipv4" ? address.join(".") : address.map((group) => group.toString(16)).join(":");
  return { address: text, port };
}

/** `0.0.0.0` and `::`, and what carries the former in IPv6. */
export function isUnspecified({ tag, val }: SocketAddress): boolean {
  const { address } = val;
  return address.every((part, index) => part === 0 || (tag === "ipv6" && index === 5 && part === 0xffff));
}

/** An IPv4 address in an IPv6 socket, which the interface does not allow. */
export function isMapped({ tag, val }: SocketAddress): boolean {
  const { address } = val;
  return tag === "ipv6" && address[5] === 0xffff && address.slice(0, 5).every((part) => part === 0);
}

export function ipValue(text: string): { readonly tag: Family; readonly val: readonly number[] } | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? { tag: "ipv4", val: [...bytes] } : { tag: "ipv6", val: v6Groups(bytes) };
}

export function addressValue(end: Endpoint): SocketAddress | undefined {
  // A zone (`%eth0`) is nothing that a guest has a name for.
  const ip = ipValue(end.address.replace(/%.*$/, ""));
  if (ip === undefined) return undefined;
  const { port } = end;
  if (ip.tag === "ipv4") return { tag: "ipv4", val: { port, address: ip.val } };
  const val = { port, flowInfo: 0, address: ip.val, scopeId: 0 };
  return { tag: "ipv6", val };
}

export function addressResult(end: Endpoint | undefined): Result<SocketAddress> {
  const value = end === undefined ? undefined : addressValue(end);
  return value === undefined ? refused("invalid-state") : ok(value);
}
