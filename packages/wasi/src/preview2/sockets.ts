// wasi:sockets@0.2: names, TCP and UDP within the network grants.
import { canonicalAddress } from "../core/addresses.ts";
import type { Network } from "../core/network.ts";
import {
  type ComponentGuest,
  defineInterface,
  type Preview2Interface,
  resource,
  type Result,
} from "./component-guest.ts";
import type { StreamFault } from "./streams.ts";
import { Pollable } from "./streams.ts";
import { type Family, ipValue, ok, refused, socketError } from "./socket-values.ts";
import { tcpMembers } from "./tcp.ts";
import { TcpSocket } from "./tcp-socket.ts";
import { udpMembers } from "./udp.ts";
import { UdpSocket } from "./udp-socket.ts";

class InstanceNetwork {}

class ResolvedAddresses {
  readonly addresses: readonly string[];
  at = 0;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }
}

export function socketInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const create = <T>(make: (network: Network) => T | undefined): Result<T> => {
    const { network } = guest.context;
    if (network === undefined) return refused("access-denied");
    const made = make(network);
    return made === undefined ? refused("new-socket-limit") : ok(made);
  };
  return {
    "wasi:sockets/network": defineInterface(guest, {
      network: resource(InstanceNetwork),
      "network-error-code": (error: StreamFault) => error.network,
    }),
    "wasi:sockets/instance-network": defineInterface(guest, { "instance-network": () => new InstanceNetwork() }),
    "wasi:sockets/tcp-create-socket": defineInterface(guest, {
      "create-tcp-socket": (family: Family) => create((network) => TcpSocket.create(guest, network, family)),
    }),
    "wasi:sockets/tcp": defineInterface(guest, tcpMembers(guest)),
    "wasi:sockets/udp-create-socket": defineInterface(guest, {
      "create-udp-socket": (family: Family) => create((network) => UdpSocket.create(guest, network, family)),
    }),
    "wasi:sockets/udp": defineInterface(guest, udpMembers(guest)),
    "wasi:sockets/ip-name-lookup": defineInterface(guest, {
      "resolve-address-stream": resource(ResolvedAddresses),
      "resolve-addresses": (_network: unknown, name: string) => resolve(guest, name),
      "[method]resolve-address-stream.resolve-next-address": (self: ResolvedAddresses) => {
        const next = self.addresses[self.at++];
        return ok(next === undefined ? undefined : ipValue(next));
      },
      "[method]resolve-address-stream.subscribe": () => new Pollable(() => true),
    }),
  };
}

/** Waits for the answer: names are few and short-lived, and nothing is gained from a thread that polls for one. */
function resolve(guest: ComponentGuest, name: string): Result<ResolvedAddresses> {
  const { network, guard } = guest.context;
  if (network === undefined) {
    guard?.noteNetwork(name, 0, false);
    return refused("access-denied");
  }
  // An address as a name resolves to itself; whether it may be reached is asked when it is connected to.
  if (canonicalAddress(name) !== undefined) return ok(new ResolvedAddresses([name]));
  if (!network.policy.mayResolve(name)) return refused("access-denied");
  const { addresses, error } = network.ask({ do: "resolve", name });
  if (addresses === undefined) {
    const code = socketError(error);
    return refused(code === "unknown" ? "name-unresolvable" : code);
  }
  const allowed = network.policy.resolved(name, addresses);
  return allowed.length === 0 ? refused("access-denied") : ok(new ResolvedAddresses(allowed));
}
