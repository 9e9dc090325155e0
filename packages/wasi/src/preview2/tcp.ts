// wasi:sockets/tcp@0.2 for clients: a socket connects to addresses that the network policy allows, and to nothing else.
import { addressBytes, v6Groups } from "../core/addresses.ts";
import { fault, systemFault } from "../core/fault.ts";
import type { Endpoint, Network, NetworkReply } from "../core/network.ts";
import { adopt, type ComponentGuest, type Member, release, type Result, resource } from "./component-guest.ts";
import { GuestInput, GuestOutput, Pollable } from "./streams.ts";

type Family = "ipv4" | "ipv6";
export type SocketAddress =
  | { readonly tag: "ipv4"; readonly val: { readonly port: number; readonly address: readonly number[] } }
  | { readonly tag: "ipv6"; readonly val: { readonly port: number; readonly address: readonly number[] } };

const CONNECT_ERRORS = new Map([
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-reset"],
  ["ECONNABORTED", "connection-aborted"],
  ["ETIMEDOUT", "timeout"],
  ["EHOSTUNREACH", "remote-unreachable"],
  ["ENETUNREACH", "remote-unreachable"],
  ["EADDRNOTAVAIL", "remote-unreachable"],
]);

export class TcpSocket {
  readonly guest: ComponentGuest;
  readonly network: Network;
  readonly family: Family;
  /** Undefined until it connects. */
  id: number | undefined;
  isConnected = false;

  constructor(guest: ComponentGuest, network: Network, family: Family) {
    this.guest = guest;
    this.network = network;
    this.family = family;
    adopt(guest, this);
  }

  ask(request: "state" | "addresses"): NetworkReply {
    return this.id === undefined ? {} : this.network.ask({ do: request, id: this.id });
  }

  close(): void {
    if (this.id !== undefined) this.network.ask({ do: "close", id: this.id });
    this.id = undefined;
  }

  [Symbol.dispose](): void {
    release(this.guest, this);
  }
}

export function tcpMembers(guest: ComponentGuest): Readonly<Record<string, Member>> {
  const refuse = () => ({ tag: "err", val: "not-supported" });
  const settings = [
    "keep-alive-enabled",
    "keep-alive-idle-time",
    "keep-alive-interval",
    "keep-alive-count",
    "hop-limit",
  ];
  const sizes = ["receive-buffer-size", "send-buffer-size"];
  const unsupported = [...settings, ...sizes].flatMap((name) => [name, `set-${name}`]);
  // Servers are nobody's to grant here: no guest listens.
  const servers = ["start-bind", "finish-bind", "start-listen", "finish-listen", "accept", "set-listen-backlog-size"];
  return {
    "tcp-socket": resource(TcpSocket),
    ...Object.fromEntries([...unsupported, ...servers].map((name) => [`[method]tcp-socket.${name}`, refuse])),
    "[method]tcp-socket.start-connect": (self: TcpSocket, _network: unknown, to: SocketAddress) =>
      startConnect(self, to),
    "[method]tcp-socket.finish-connect": (self: TcpSocket) => finishConnect(guest, self),
    "[method]tcp-socket.local-address": (self: TcpSocket) => addressOf(self.ask("addresses").local),
    "[method]tcp-socket.remote-address": (self: TcpSocket) => addressOf(self.ask("addresses").remote),
    "[method]tcp-socket.is-listening": () => false,
    "[method]tcp-socket.address-family": (self: TcpSocket) => self.family,
    "[method]tcp-socket.subscribe": (self: TcpSocket) =>
      new Pollable(() => self.id === undefined || self.isConnected || self.ask("state").state !== "connecting"),
    "[method]tcp-socket.shutdown": (self: TcpSocket, how: "receive" | "send" | "both") => shutdown(self, how),
  };
}

/** Text of an address in the form of the interface. */
export function ipText(to: { readonly tag: Family; readonly val: readonly number[] }): string {
  return to.tag === "ipv4" ? to.val.join(".") : to.val.map((group) => group.toString(16)).join(":");
}

export function ipValue(text: string): { readonly tag: Family; readonly val: readonly number[] } | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? { tag: "ipv4", val: [...bytes] } : { tag: "ipv6", val: v6Groups(bytes) };
}

function startConnect(self: TcpSocket, to: SocketAddress): Result<undefined> {
  if (self.id !== undefined) return { tag: "err", val: "invalid-state" };
  const { port } = to.val;
  if (to.tag !== self.family || port === 0) return { tag: "err", val: "invalid-argument" };
  const address = ipText({ tag: to.tag, val: to.val.address });
  if (!self.network.policy.mayConnect(address, port)) return { tag: "err", val: "access-denied" };
  self.id = self.network.nextId();
  self.network.ask({ do: "connect", id: self.id, address, port });
  return { tag: "ok", val: undefined };
}

function finishConnect(guest: ComponentGuest, self: TcpSocket): Result<readonly [GuestInput, GuestOutput]> {
  if (self.id === undefined || self.isConnected) return { tag: "err", val: "not-in-progress" };
  const { state = "" } = self.ask("state");
  if (state === "connecting") return { tag: "err", val: "would-block" };
  if (state !== "open" && state !== "ended") {
    self.close();
    return { tag: "err", val: CONNECT_ERRORS.get(state) ?? "unknown" };
  }
  self.isConnected = true;
  return { tag: "ok", val: [inputOf(guest, self), outputOf(self)] };
}

function inputOf({ context }: ComponentGuest, self: TcpSocket): GuestInput {
  const read = (into: Uint8Array): number => {
    for (;;) {
      const reply = askOpen(self, (id) => self.network.ask({ do: "read", id, max: into.length }));
      if (reply.isEnd === true) return 0;
      if (reply.bytes !== undefined) {
        into.set(reply.bytes);
        return reply.bytes.length;
      }
      context.clocks.sleep(1);
    }
  };
  return new GuestInput(read, () => self.id === undefined || self.ask("state").isReadable === true);
}

function outputOf(self: TcpSocket): GuestOutput {
  const write = (bytes: Uint8Array): void => {
    askOpen(self, (id) => self.network.ask({ do: "write", id, bytes: bytes.slice() }));
  };
  return new GuestOutput(write, () => self.ask("state").held ?? 0);
}

/** Streams outlive their socket where a guest drops it first; then they are closed. */
function askOpen(self: TcpSocket, ask: (id: number) => NetworkReply): NetworkReply {
  if (self.id === undefined) throw fault("pipe");
  const reply = ask(self.id);
  if (reply.error === undefined) return reply;
  throw reply.error === "EPIPE"
    ? fault("pipe")
    : systemFault(Object.assign(new Error(reply.error), { code: reply.error }));
}

function shutdown(self: TcpSocket, how: "receive" | "send" | "both"): Result<undefined> {
  if (self.id === undefined || !self.isConnected) return { tag: "err", val: "invalid-state" };
  self.network.ask({ do: "shutdown", id: self.id, how });
  return { tag: "ok", val: undefined };
}

function addressOf(end: Endpoint | undefined): Result<SocketAddress> {
  const ip = end === undefined ? undefined : ipValue(end.address);
  if (end === undefined || ip === undefined) return { tag: "err", val: "invalid-state" };
  const { port } = end;
  if (ip.tag === "ipv4") return { tag: "ok", val: { tag: "ipv4", val: { port, address: ip.val } } };
  const val = { port, flowInfo: 0, address: ip.val, scopeId: 0 };
  return { tag: "ok", val: { tag: "ipv6", val } };
}
