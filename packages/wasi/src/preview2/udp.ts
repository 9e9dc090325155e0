// wasi:sockets/udp@0.2: datagrams to and from addresses that the network policy allows, and from anybody where listening is granted.
import { TenonError } from "@tenon/contract/core";
import type { UdpSetting } from "../core/network-protocol.ts";
import { type ComponentGuest, type Member, resource, type Result } from "./component-guest.ts";
import { Pollable } from "./streams.ts";
import {
  addressResult,
  addressValue,
  endpointOf,
  isMapped,
  isUnspecified,
  ok,
  refused,
  socketError,
  type SocketAddress,
} from "./socket-values.ts";
import { keyOf, UdpSocket } from "./udp-socket.ts";

interface OutgoingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress: SocketAddress | undefined;
}

/** What `check-send` permits at once, and the bytes in the system's queue at which it permits no more. */
const SEND_PERMIT = 64;
const MAX_QUEUED = 256 * 1024;
/** The most that fits into one datagram over IPv4 (RFC 768, RFC 791) and IPv6. */
const MAX_DATAGRAM = { ipv4: 65_507, ipv6: 65_527 } as const;
class DatagramStream {
  readonly socket: UdpSocket;
  readonly generation: number;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    this.generation = socket.generation;
  }

  /** Undefined once the socket is gone or has made another pair. */
  get id(): number | undefined {
    return this.generation === this.socket.generation ? this.socket.id : undefined;
  }
}
class IncomingDatagrams extends DatagramStream {}
class OutgoingDatagrams extends DatagramStream {
  permitted = 0;
}

export function udpMembers(guest: ComponentGuest): Readonly<Record<string, Member>> {
  return {
    "udp-socket": resource(UdpSocket),
    "incoming-datagram-stream": resource(IncomingDatagrams),
    "outgoing-datagram-stream": resource(OutgoingDatagrams),
    "[method]udp-socket.start-bind": (self: UdpSocket, _network: unknown, at: SocketAddress) => startBind(self, at),
    "[method]udp-socket.finish-bind": finishBind,
    "[method]udp-socket.stream": makeStreams,
    "[method]udp-socket.local-address": (self: UdpSocket) => addressResult(self.state().local),
    "[method]udp-socket.remote-address": (self: UdpSocket) =>
      self.peer === undefined ? refused("invalid-state") : ok(self.peer),
    "[method]udp-socket.address-family": (self: UdpSocket) => self.family,
    "[method]udp-socket.subscribe": (self: UdpSocket) => new Pollable(() => self.state().state !== "binding"),
    ...settingMembers("unicast-hop-limit", "hop-limit", Number),
    ...settingMembers("receive-buffer-size", "receive-buffer", BigInt),
    ...settingMembers("send-buffer-size", "send-buffer", BigInt),
    "[method]incoming-datagram-stream.receive": (self: IncomingDatagrams, max: bigint) => receive(guest, self, max),
    "[method]incoming-datagram-stream.subscribe": (self: IncomingDatagrams) =>
      new Pollable(() => self.id === undefined || self.socket.state().isReadable === true),
    "[method]outgoing-datagram-stream.check-send": checkSend,
    "[method]outgoing-datagram-stream.send": (self: OutgoingDatagrams, datagrams: readonly OutgoingDatagram[]) =>
      send(guest, self, datagrams),
    "[method]outgoing-datagram-stream.subscribe": (self: OutgoingDatagrams) =>
      new Pollable(() => self.id === undefined || (self.socket.state().held ?? 0) < MAX_QUEUED),
  };
}

/** Node knows the settings of a socket once it is bound. */
function settingMembers(
  name: string,
  setting: UdpSetting,
  as: (value: number) => number | bigint,
): Readonly<Record<string, Member>> {
  return {
    [`[method]udp-socket.${name}`]: (self: UdpSocket) => {
      const value = self.state().settings?.[setting];
      return value === undefined ? refused("invalid-state") : ok(as(value));
    },
    [`[method]udp-socket.set-${name}`]: (self: UdpSocket, value: number | bigint) => {
      if (Number(value) === 0) return refused("invalid-argument");
      if (self.id === undefined || self.phase !== "bound") return refused("invalid-state");
      const most = Math.min(Number(value), 2 ** 31 - 1);
      const { error } = self.network.ask({ do: "udp-set", id: self.id, name: setting, value: most });
      return error === undefined ? ok(undefined) : refused(socketError(error));
    },
  };
}

/** A client has to bind too: any address and port 0 are open to whoever may send at all, and strangers are not heard there. */
function startBind(self: UdpSocket, at: SocketAddress): Result<undefined> {
  if (self.phase !== "new") return refused("invalid-state");
  if (at.tag !== self.family || isMapped(at)) return refused("invalid-argument");
  const place = endpointOf(at);
  const { policy } = self.network;
  self.isListening = policy.mayListen(place.address, place.port);
  const isClient = at.val.port === 0 && isUnspecified(at) && policy.reachesOut;
  if (!self.isListening && !isClient) return refused("access-denied");
  self.id = self.network.nextId();
  self.network.ask({ do: "udp-bind", id: self.id, at: place, takesAll: self.isListening });
  self.phase = "binding";
  return ok(undefined);
}

function finishBind(self: UdpSocket): Result<undefined> {
  if (self.phase !== "binding") return refused("not-in-progress");
  const { state } = self.state();
  if (state === "binding") return refused("would-block");
  if (state === "bound") {
    self.phase = "bound";
    return ok(undefined);
  }
  self.close();
  self.phase = "new";
  return refused(socketError(state));
}

function makeStreams(
  self: UdpSocket,
  peer: SocketAddress | undefined,
): Result<readonly [IncomingDatagrams, OutgoingDatagrams]> {
  if (self.phase !== "bound" || self.id === undefined) return refused("invalid-state");
  if (peer !== undefined) {
    const problem = problemWith(self, peer);
    if (problem !== undefined) return refused(problem);
  }
  self.network.ask({ do: "udp-peer", id: self.id, peer: peer === undefined ? undefined : endpointOf(peer) });
  self.peer = peer;
  self.generation++;
  return ok([new IncomingDatagrams(self), new OutgoingDatagrams(self)]);
}

function problemWith(self: UdpSocket, to: SocketAddress): string | undefined {
  if (to.tag !== self.family || to.val.port === 0 || isUnspecified(to) || isMapped(to)) return "invalid-argument";
  return self.maySend(endpointOf(to)) ? undefined : "access-denied";
}

function receive({ context }: ComponentGuest, self: IncomingDatagrams, max: bigint): Result<readonly object[]> {
  const { id, socket } = self;
  if (id === undefined) return refused("invalid-state");
  const most = Number(max > 1024n ? 1024n : max);
  const { datagrams = [], error } = socket.network.ask({ do: "udp-receive", id, max: most });
  if (error !== undefined) return refused(socketError(error));
  return ok(
    datagrams.flatMap(({ bytes, from }) => {
      const remoteAddress = addressValue(from);
      if (remoteAddress === undefined) return [];
      context.budget.chargeIo(bytes.length);
      socket.heard(from);
      return [{ data: bytes, remoteAddress }];
    }),
  );
}

function checkSend(self: OutgoingDatagrams): Result<bigint> {
  if (self.id === undefined) return refused("invalid-state");
  const { state, held = 0 } = self.socket.state();
  if (state !== "bound") return refused(socketError(state));
  self.permitted = held < MAX_QUEUED ? SEND_PERMIT : 0;
  return ok(BigInt(self.permitted));
}

function send(
  { context }: ComponentGuest,
  self: OutgoingDatagrams,
  datagrams: readonly OutgoingDatagram[],
): Result<bigint> {
  if (datagrams.length > self.permitted)
    throw new TenonError("plugin-trap", "send was asked for more than check-send permits");
  self.permitted = 0;
  let sent = 0n;
  for (const datagram of datagrams) {
    const problem = sendOne(self, datagram);
    // What went before is on its way: the problem comes up again with the next call.
    if (problem !== undefined) return sent > 0n ? ok(sent) : refused(problem);
    context.budget.chargeIo(datagram.data.length);
    sent++;
  }
  return ok(sent);
}

function sendOne({ id, socket }: OutgoingDatagrams, { data, remoteAddress }: OutgoingDatagram): string | undefined {
  if (id === undefined) return "invalid-state";
  const { peer } = socket;
  const to = remoteAddress ?? peer;
  if (to === undefined) return "invalid-argument";
  if (peer !== undefined && keyOf(endpointOf(to)) !== keyOf(endpointOf(peer))) return "invalid-argument";
  const problem = problemWith(socket, to);
  if (problem !== undefined) return problem;
  if (data.length > MAX_DATAGRAM[socket.family]) return "datagram-too-large";
  const { error } = socket.network.ask({ do: "udp-send", id, bytes: data.slice(), to: endpointOf(to) });
  return error === undefined ? undefined : socketError(error);
}
