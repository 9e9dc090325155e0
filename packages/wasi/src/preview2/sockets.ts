// wasi:sockets@0.2: names and TCP connections within the network grants; UDP and listening are always refused.
import { canonicalAddress } from "../core/addresses.ts";
import { Fault } from "../core/fault.ts";
import {
  type ComponentGuest,
  defineInterface,
  type Preview2Interface,
  resource,
  type Result,
} from "./component-guest.ts";
import { Pollable } from "./streams.ts";
import { ipValue, tcpMembers, TcpSocket } from "./tcp.ts";

class InstanceNetwork {}
/** No UDP socket is ever made, so no value of these types exists and no method of them can be reached. */
abstract class UdpSocket {}
abstract class DatagramStream {}

class ResolvedAddresses {
  readonly addresses: readonly string[];
  at = 0;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }
}

const UDP = [
  "start-bind",
  "finish-bind",
  "stream",
  "local-address",
  "remote-address",
  "address-family",
  "unicast-hop-limit",
  "set-unicast-hop-limit",
  "receive-buffer-size",
  "set-receive-buffer-size",
  "send-buffer-size",
  "set-send-buffer-size",
  "subscribe",
];

export function socketInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const refuse = () => ({ tag: "err", val: "access-denied" });
  const methods = (type: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [`[method]${type}.${name}`, refuse]));
  return {
    "wasi:sockets/network": defineInterface(guest, {
      network: resource(InstanceNetwork),
      "network-error-code": () => undefined,
    }),
    "wasi:sockets/instance-network": defineInterface(guest, { "instance-network": () => new InstanceNetwork() }),
    "wasi:sockets/tcp-create-socket": defineInterface(guest, {
      "create-tcp-socket": (family: "ipv4" | "ipv6") => createTcp(guest, family),
    }),
    "wasi:sockets/tcp": defineInterface(guest, tcpMembers(guest)),
    "wasi:sockets/udp-create-socket": defineInterface(guest, { "create-udp-socket": refuse }),
    "wasi:sockets/udp": defineInterface(guest, {
      "udp-socket": resource(UdpSocket),
      "incoming-datagram-stream": resource(DatagramStream),
      "outgoing-datagram-stream": resource(DatagramStream),
      ...methods("udp-socket", UDP),
      ...methods("incoming-datagram-stream", ["receive", "subscribe"]),
      ...methods("outgoing-datagram-stream", ["check-send", "send", "subscribe"]),
    }),
    "wasi:sockets/ip-name-lookup": defineInterface(guest, {
      "resolve-address-stream": resource(ResolvedAddresses),
      "resolve-addresses": (_network: unknown, name: string) => resolve(guest, name),
      "[method]resolve-address-stream.resolve-next-address": (self: ResolvedAddresses) => {
        const next = self.addresses[self.at++];
        return { tag: "ok", val: next === undefined ? undefined : ipValue(next) };
      },
      "[method]resolve-address-stream.subscribe": () => new Pollable(() => true),
    }),
  };
}

function createTcp(guest: ComponentGuest, family: "ipv4" | "ipv6"): Result<TcpSocket> {
  const { network } = guest.context;
  if (network === undefined) return { tag: "err", val: "access-denied" };
  try {
    return { tag: "ok", val: new TcpSocket(guest, network, family) };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { tag: "err", val: "new-socket-limit" };
  }
}

/** Waits for the answer: names are few and short-lived, and nothing is gained from a thread that polls for one. */
function resolve(guest: ComponentGuest, name: string): Result<ResolvedAddresses> {
  const { network } = guest.context;
  if (network === undefined) return { tag: "err", val: "access-denied" };
  // An address as a name resolves to itself; whether it may be reached is asked when it is connected to.
  if (canonicalAddress(name) !== undefined) return { tag: "ok", val: new ResolvedAddresses([name]) };
  if (!network.policy.mayResolve(name)) return { tag: "err", val: "access-denied" };
  const { addresses, error } = network.ask({ do: "resolve", name });
  if (addresses === undefined) {
    return { tag: "err", val: error === "EAI_AGAIN" ? "temporary-resolver-failure" : "name-unresolvable" };
  }
  const allowed = network.policy.resolved(name, addresses);
  if (allowed.length === 0) return { tag: "err", val: "access-denied" };
  return { tag: "ok", val: new ResolvedAddresses(allowed) };
}
