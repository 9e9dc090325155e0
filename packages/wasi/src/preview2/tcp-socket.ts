// A TCP socket of a guest: its phase, its number in the network thread, and its two streams.
import { fault, isFault } from "../core/fault.ts";
import type { Network } from "../core/network.ts";
import type { Endpoint, NetworkReply } from "../core/network-protocol.ts";
import { adopt, type ComponentGuest, release } from "./component-guest.ts";
import { type Family, socketError } from "./socket-values.ts";
import { GuestInput, GuestOutput, StreamFailure } from "./streams.ts";

/** What the interface calls the socket's state (wasi-sockets, TcpSocketOperationalSemantics.md). */
type Phase = "new" | "binding" | "bound" | "listen-started" | "listening" | "connecting" | "connected";

interface KeepAlive {
  readonly isOn: boolean;
  readonly idleMs: number;
}

export class TcpSocket {
  readonly guest: ComponentGuest;
  readonly network: Network;
  readonly family: Family;
  /** Undefined while nothing in the network thread belongs to it. */
  id: number | undefined;
  phase: Phase = "new";
  /** Linux's default: off, and two hours. */
  keepAlive: KeepAlive = { isOn: false, idleMs: 7_200_000 };

  /** `create` counts it; nothing else makes one. */
  constructor(guest: ComponentGuest, network: Network, family: Family) {
    this.guest = guest;
    this.network = network;
    this.family = family;
  }

  /** Undefined beyond the guest's limit of open things. */
  static create(guest: ComponentGuest, network: Network, family: Family): TcpSocket | undefined {
    try {
      return adopt(guest, new TcpSocket(guest, network, family));
    } catch (thrown) {
      if (isFault(thrown, "mfile")) return undefined;
      throw thrown;
    }
  }

  /** Gives it a number in the network thread. */
  take(phase: Phase): number {
    this.phase = phase;
    return (this.id = this.network.nextId());
  }

  bind(at: Endpoint): void {
    this.network.ask({ do: "tcp-listen", id: this.take("binding"), at });
  }

  /** Lets go of what it has in the network thread. Returns where it was bound. */
  reset(): Endpoint | undefined {
    const { local } = this.phase === "bound" ? this.addresses() : {};
    this.close();
    this.phase = "new";
    return local;
  }

  state(): NetworkReply {
    return this.id === undefined ? {} : this.network.ask({ do: "tcp-state", id: this.id });
  }

  /** Whether the operation that is under way would come to an end now. */
  isReady(): boolean {
    if (this.id === undefined) return true;
    if (this.phase === "listening") return this.state().isReadable === true;
    const { state } = this.state();
    return state !== "connecting" && state !== "binding";
  }

  addresses(): NetworkReply {
    return this.id === undefined ? {} : this.network.ask({ do: "tcp-addresses", id: this.id });
  }

  setKeepAlive(keepAlive: KeepAlive): undefined {
    this.keepAlive = keepAlive;
    if (this.id === undefined || this.phase !== "connected") return;
    this.network.ask({ do: "tcp-keep-alive", id: this.id, ...keepAlive });
  }

  streams(): readonly [GuestInput, GuestOutput] {
    const { clocks } = this.guest.context;
    const read = (into: Uint8Array): number => {
      for (;;) {
        const activity = this.network.activity;
        const reply = this.#askOpen((id) => this.network.ask({ do: "tcp-read", id, max: into.length }));
        if (reply.isEnd === true) return 0;
        if (reply.bytes !== undefined) {
          into.set(reply.bytes);
          return reply.bytes.length;
        }
        clocks.sleep(WAIT_MS, activity);
      }
    };
    const write = (bytes: Uint8Array): void => {
      this.#askOpen((id) => this.network.ask({ do: "tcp-write", id, bytes: bytes.slice() }));
    };
    return [
      new GuestInput(read, () => this.id === undefined || this.state().isReadable === true),
      new GuestOutput(write, () => this.state().held ?? 0),
    ];
  }

  close(): void {
    if (this.id !== undefined) this.network.ask({ do: "tcp-close", id: this.id });
    this.id = undefined;
  }

  [Symbol.dispose](): void {
    release(this.guest, this);
  }

  /** Streams outlive their socket where a guest drops it first; then they are closed. */
  #askOpen(ask: (id: number) => NetworkReply): NetworkReply {
    if (this.id === undefined) throw fault("pipe");
    const { error, ...reply } = ask(this.id);
    if (error === undefined) return reply;
    throw error === "EPIPE" ? fault("pipe") : new StreamFailure({ network: socketError(error) });
  }
}

/** The network thread wakes whoever waits; this is for what it might miss. */
const WAIT_MS = 50;
