// The UDP sockets of one guest, in the network thread: what nobody was granted to send is dropped before the guest can see it.
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { canonicalAddress } from "./addresses.ts";
import type { NetworkPolicy } from "./network-policy.ts";
import type { Datagram, Endpoint, NetworkReply, UdpRequest, UdpSetting } from "./network-protocol.ts";

interface Open {
  readonly socket: Socket;
  readonly takesAll: boolean;
  /** `binding`, `bound`, or a Node error code. */
  state: string;
  peer: Endpoint | undefined;
  readonly received: Datagram[];
  receivedBytes: number;
  hopLimit: number;
}

/** What waits for the guest; more is dropped, as the system itself would. */
const MAX_DATAGRAMS = 256;
const MAX_BYTES = 1024 * 1024;
/** The usual start value (RFC 1700); Node cannot ask for it. */
const DEFAULT_HOPS = 64;

export class UdpSockets {
  readonly #open = new Map<number, Open>();
  readonly #policy: NetworkPolicy;
  readonly #wake: () => void;

  constructor(policy: NetworkPolicy, wake: () => void) {
    this.#policy = policy;
    this.#wake = wake;
  }

  answer(request: UdpRequest): NetworkReply {
    if (request.do === "udp-bind") return this.#bind(request.id, request.at, request.takesAll);
    const known = this.#open.get(request.id);
    if (known === undefined) return { error: "EBADF" };
    const { socket } = known;
    switch (request.do) {
      case "udp-peer":
        known.peer = request.peer;
        // What somebody else had sent before is not this peer's.
        this.#keep(known, (datagram) => this.#takes(known, datagram.from));
        return {};
      case "udp-send":
        // One that could not be sent is lost, like any other.
        socket.send(request.bytes, request.to.port, request.to.address, this.#wake);
        return {};
      case "udp-receive": {
        const datagrams = known.received.splice(0, request.max);
        for (const { bytes } of datagrams) known.receivedBytes -= bytes.length;
        return { datagrams };
      }
      case "udp-set":
        setting(known, request.name, request.value);
        return {};
      case "udp-state":
        return stateOf(known);
      case "udp-close":
        this.#open.delete(request.id);
        socket.close();
        return {};
    }
  }

  #bind(id: number, { address, port }: Endpoint, takesAll: boolean): NetworkReply {
    const socket = createSocket(isIPv6(address) ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
    const opened: Open = {
      socket,
      takesAll,
      state: "binding",
      peer: undefined,
      received: [],
      receivedBytes: 0,
      hopLimit: DEFAULT_HOPS,
    };
    this.#open.set(id, opened);
    socket.on("listening", () => this.#enter(opened, "bound"));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#enter(opened, error.code ?? "EIO"));
    socket.on("message", (bytes, from) => this.#take(opened, bytes, { address: from.address, port: from.port }));
    socket.bind({ address, port, exclusive: true });
    return {};
  }

  #take(open: Open, bytes: Uint8Array, from: Endpoint): void {
    if (!this.#takes(open, from)) return;
    if (open.received.length >= MAX_DATAGRAMS || open.receivedBytes + bytes.length > MAX_BYTES) return;
    open.received.push({ bytes: new Uint8Array(bytes), from });
    open.receivedBytes += bytes.length;
    this.#wake();
  }

  #takes({ peer, takesAll }: Open, from: Endpoint): boolean {
    if (peer !== undefined) return isSame(peer, from);
    return takesAll || this.#policy.mayConnect(from.address, from.port);
  }

  #keep(open: Open, isKept: (datagram: Datagram) => boolean): void {
    const kept = open.received.filter(isKept);
    open.received.splice(0, open.received.length, ...kept);
    open.receivedBytes = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #enter(open: Open, state: string): void {
    open.state = state;
    this.#wake();
  }
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && canonicalAddress(one.address) === canonicalAddress(other.address);
}

function setting(open: Open, name: UdpSetting, value: number): void {
  if (name === "hop-limit") {
    open.socket.setTTL(value);
    open.hopLimit = value;
  } else if (name === "receive-buffer") open.socket.setRecvBufferSize(value);
  else open.socket.setSendBufferSize(value);
}

function stateOf(open: Open): NetworkReply {
  const { socket, state, received } = open;
  if (state !== "bound") return { state, isReadable: true };
  const { address, port } = socket.address();
  return {
    state,
    isReadable: received.length > 0,
    held: socket.getSendQueueSize(),
    local: { address, port },
    settings: {
      "hop-limit": open.hopLimit,
      "receive-buffer": socket.getRecvBufferSize(),
      "send-buffer": socket.getSendBufferSize(),
    },
  };
}
