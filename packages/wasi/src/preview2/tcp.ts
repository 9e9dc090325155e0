// wasi:sockets/tcp@0.2: a socket connects to addresses that the network policy allows, and listens where that was granted.
import { type ComponentGuest, type Member, resource, type Result } from "./component-guest.ts";
import type { GuestInput, GuestOutput } from "./streams.ts";
import { Pollable } from "./streams.ts";
import {
  addressResult,
  endpointOf,
  isMapped,
  isUnspecified,
  ok,
  refused,
  socketError,
  type SocketAddress,
} from "./socket-values.ts";
import { TcpSocket } from "./tcp-socket.ts";

type Streams = readonly [GuestInput, GuestOutput];

export function tcpMembers(guest: ComponentGuest): Readonly<Record<string, Member>> {
  return {
    "tcp-socket": resource(TcpSocket),
    "[method]tcp-socket.start-bind": (self: TcpSocket, _network: unknown, at: SocketAddress) => startBind(self, at),
    "[method]tcp-socket.finish-bind": finishBind,
    "[method]tcp-socket.start-connect": (self: TcpSocket, _network: unknown, to: SocketAddress) =>
      startConnect(self, to),
    "[method]tcp-socket.finish-connect": finishConnect,
    "[method]tcp-socket.start-listen": startListen,
    "[method]tcp-socket.finish-listen": finishListen,
    "[method]tcp-socket.accept": (self: TcpSocket) => accept(guest, self),
    "[method]tcp-socket.local-address": (self: TcpSocket) => addressResult(self.addresses().local),
    "[method]tcp-socket.remote-address": (self: TcpSocket) => addressResult(self.addresses().remote),
    "[method]tcp-socket.is-listening": (self: TcpSocket) => self.phase === "listening",
    "[method]tcp-socket.address-family": (self: TcpSocket) => self.family,
    "[method]tcp-socket.subscribe": (self: TcpSocket) => new Pollable(() => self.isReady()),
    "[method]tcp-socket.shutdown": (self: TcpSocket, how: "receive" | "send" | "both") => shutdown(self, how),
    ...settingMembers(),
  };
}

/** Node sets keep-alive and its idle time; for everything else of a TCP socket it has no call. */
function settingMembers(): Readonly<Record<string, Member>> {
  const unsupported = (): Result<never> => refused("not-supported");
  const unsupportedNumber = (_self: TcpSocket, value: number | bigint): Result<never> =>
    refused(Number(value) === 0 ? "invalid-argument" : "not-supported");
  const names = ["keep-alive-interval", "keep-alive-count", "hop-limit", "receive-buffer-size", "send-buffer-size"];
  return {
    ...Object.fromEntries(names.map((name) => [`[method]tcp-socket.${name}`, unsupported])),
    ...Object.fromEntries(names.map((name) => [`[method]tcp-socket.set-${name}`, unsupportedNumber])),
    // A hint, which the interface allows to ignore.
    "[method]tcp-socket.set-listen-backlog-size": (self: TcpSocket, value: bigint) => {
      if (value === 0n) return refused("invalid-argument");
      return self.phase === "connecting" || self.phase === "connected" ? refused("invalid-state") : ok(undefined);
    },
    "[method]tcp-socket.keep-alive-enabled": (self: TcpSocket) => ok(self.keepAlive.isOn),
    "[method]tcp-socket.set-keep-alive-enabled": (self: TcpSocket, isOn: boolean) =>
      ok(self.setKeepAlive({ ...self.keepAlive, isOn })),
    "[method]tcp-socket.keep-alive-idle-time": (self: TcpSocket) => ok(BigInt(self.keepAlive.idleMs) * 1_000_000n),
    "[method]tcp-socket.set-keep-alive-idle-time": (self: TcpSocket, value: bigint) => {
      if (value === 0n) return refused("invalid-argument");
      // The system counts in seconds, up to 32767.
      const seconds = Math.min(Math.max(Number(value / 1_000_000_000n), 1), 32_767);
      return ok(self.setKeepAlive({ ...self.keepAlive, idleMs: seconds * 1000 }));
    },
  };
}

/**
 * Where listening is granted the socket takes its place now (Node cannot bind without listening), and what connects before
 * `start-listen` waits. Any address and port 0 is what a client binds to, and nothing is to be done for that.
 */
function startBind(self: TcpSocket, at: SocketAddress): Result<undefined> {
  if (self.phase !== "new") return refused("invalid-state");
  if (at.tag !== self.family || isMapped(at)) return refused("invalid-argument");
  const place = endpointOf(at);
  if (self.network.policy.mayListen(place.address, place.port)) self.bind(place);
  else if (at.val.port !== 0 || !isUnspecified(at) || !self.network.policy.reachesOut) return refused("access-denied");
  self.phase = "binding";
  return ok(undefined);
}

function finishBind(self: TcpSocket): Result<undefined> {
  if (self.phase !== "binding") return refused("not-in-progress");
  const { state = "bound" } = self.state();
  if (state === "binding") return refused("would-block");
  if (state !== "bound") {
    self.reset();
    return refused(socketError(state));
  }
  self.phase = "bound";
  return ok(undefined);
}

function startListen(self: TcpSocket): Result<undefined> {
  if (self.phase !== "bound") return refused("invalid-state");
  // Bound as a client is: to no place that was granted.
  if (self.id === undefined) return refused("access-denied");
  self.phase = "listen-started";
  return ok(undefined);
}

function finishListen(self: TcpSocket): Result<undefined> {
  if (self.phase !== "listen-started") return refused("not-in-progress");
  self.phase = "listening";
  return ok(undefined);
}

function accept(guest: ComponentGuest, self: TcpSocket): Result<readonly [TcpSocket, GuestInput, GuestOutput]> {
  if (self.phase !== "listening" || self.id === undefined) return refused("invalid-state");
  if (self.state().isReadable !== true) return refused("would-block");
  const accepted = TcpSocket.create(guest, self.network, self.family);
  if (accepted === undefined) return refused("new-socket-limit");
  const { error } = self.network.ask({ do: "tcp-accept", id: self.id, as: accepted.take("connected") });
  if (error === undefined) return ok([accepted, ...accepted.streams()]);
  accepted.id = undefined;
  accepted[Symbol.dispose]();
  return refused(socketError(error));
}

function startConnect(self: TcpSocket, to: SocketAddress): Result<undefined> {
  if (self.phase !== "new" && self.phase !== "bound") return refused("invalid-state");
  if (to.tag !== self.family || to.val.port === 0 || isUnspecified(to) || isMapped(to))
    return refused("invalid-argument");
  const target = endpointOf(to);
  if (!self.network.policy.mayConnect(target.address, target.port)) return refused("access-denied");
  const from = self.reset();
  const id = self.take("connecting");
  self.network.ask({ do: "tcp-connect", id, to: target, ...(from !== undefined && { from }) });
  return ok(undefined);
}

function finishConnect(self: TcpSocket): Result<Streams> {
  if (self.phase !== "connecting") return refused("not-in-progress");
  const { state = "" } = self.state();
  if (state === "connecting") return refused("would-block");
  if (state !== "open" && state !== "ended") {
    self.reset();
    return refused(state === "EADDRNOTAVAIL" ? "remote-unreachable" : socketError(state));
  }
  self.phase = "connected";
  self.setKeepAlive(self.keepAlive);
  return ok(self.streams());
}

function shutdown(self: TcpSocket, how: "receive" | "send" | "both"): Result<undefined> {
  if (self.id === undefined || self.phase !== "connected") return refused("invalid-state");
  self.network.ask({ do: "tcp-shutdown", id: self.id, how });
  return ok(undefined);
}
