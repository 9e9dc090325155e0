// A UDP socket of a guest: its number in the network thread, its peer, and whom it may write to.
import { canonicalAddress } from "../core/addresses.ts";
import { isFault } from "../core/fault.ts";
import type { Network } from "../core/network.ts";
import type { Endpoint, NetworkReply } from "../core/network-protocol.ts";
import { adopt, type ComponentGuest, release } from "./component-guest.ts";
import type { Family, SocketAddress } from "./socket-values.ts";

/** Peers that a listening socket may answer; those who wrote first are forgotten first. */
const MAX_CALLERS = 1024;

export class UdpSocket {
  readonly guest: ComponentGuest;
  readonly network: Network;
  readonly family: Family;
  id: number | undefined;
  phase: "new" | "binding" | "bound" = "new";
  isListening = false;
  peer: SocketAddress | undefined;
  /** Each `stream` makes a pair of its own; only those of the last one work. */
  generation = 0;
  readonly #callers = new Set<string>();

  /** `create` counts it; nothing else makes one. */
  constructor(guest: ComponentGuest, network: Network, family: Family) {
    this.guest = guest;
    this.network = network;
    this.family = family;
  }

  /** Undefined beyond the guest's limit of open things. */
  static create(guest: ComponentGuest, network: Network, family: Family): UdpSocket | undefined {
    try {
      return adopt(guest, new UdpSocket(guest, network, family));
    } catch (thrown) {
      if (isFault(thrown, "mfile")) return undefined;
      throw thrown;
    }
  }

  state(): NetworkReply {
    return this.id === undefined
      ? { state: "EBADF", isReadable: true }
      : this.network.ask({ do: "udp-state", id: this.id });
  }

  /** Whoever wrote to a place that is granted for listening may be answered. */
  heard(from: Endpoint): void {
    if (!this.isListening) return;
    this.#callers.add(keyOf(from));
    if (this.#callers.size > MAX_CALLERS) for (const oldest of this.#callers) return void this.#callers.delete(oldest);
  }

  maySend(to: Endpoint): boolean {
    return this.network.policy.mayConnect(to.address, to.port) || this.#callers.has(keyOf(to));
  }

  close(): void {
    if (this.id !== undefined) this.network.ask({ do: "udp-close", id: this.id });
    this.id = undefined;
  }

  [Symbol.dispose](): void {
    release(this.guest, this);
  }
}

/** The same text for the same place, however its address is written. */
export function keyOf({ address, port }: Endpoint): string {
  return `${canonicalAddress(address)} ${port}`;
}
