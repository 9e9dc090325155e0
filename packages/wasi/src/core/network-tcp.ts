// The TCP sockets of one guest, in the network thread: connections that it opens, and those that it accepts.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Endpoint, NetworkReply, TcpRequest } from "./network-protocol.ts";

interface Connection {
  readonly kind: "connection";
  readonly socket: Socket;
  /** `connecting`, `open`, `ended` by the other side, or a Node error code once something went wrong. */
  state: string;
  /** The guest wants nothing more of what comes. */
  isDeaf: boolean;
}
interface Listener {
  readonly kind: "listener";
  readonly server: Server;
  /** `binding`, `bound`, or a Node error code. */
  state: string;
  readonly waiting: Connection[];
}

/** Bytes that one guest may leave waiting in one socket. */
const MAX_HELD = 1024 * 1024;
/** Connections that wait to be accepted; those beyond are closed. */
const MAX_WAITING = 128;

export class TcpSockets {
  readonly #open = new Map<number, Connection | Listener>();
  readonly #wake: () => void;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  answer(request: TcpRequest): NetworkReply {
    if (request.do === "tcp-connect") return this.#connect(request.id, request.to, request.from);
    if (request.do === "tcp-listen") return this.#listen(request.id, request.at);
    const known = this.#open.get(request.id);
    if (known === undefined) return { error: "EBADF" };
    if (request.do === "tcp-close") return this.#close(request.id, known);
    return known.kind === "listener" ? this.#ofListener(known, request) : ofConnection(known, request);
  }

  #connect(id: number, to: Endpoint, from: Endpoint | undefined): NetworkReply {
    // An address and never a name: what was checked is what is connected to.
    const options = { host: to.address, port: to.port, allowHalfOpen: true, noDelay: true };
    const own = from === undefined ? {} : { localAddress: from.address, localPort: from.port };
    this.#open.set(id, this.#watch(connect({ ...options, ...own }), "connecting"));
    return {};
  }

  #listen(id: number, { address, port }: Endpoint): NetworkReply {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const listener: Listener = { kind: "listener", server, state: "binding", waiting: [] };
    this.#open.set(id, listener);
    server.on("connection", (socket) => {
      if (listener.waiting.length >= MAX_WAITING) socket.destroy();
      else listener.waiting.push(this.#watch(socket, "open"));
      this.#wake();
    });
    server.on("listening", () => this.#enter(listener, "bound"));
    server.on("error", (error: NodeJS.ErrnoException) => this.#enter(listener, error.code ?? "EIO"));
    server.listen({ host: address, port, exclusive: true });
    return {};
  }

  #ofListener(listener: Listener, request: TcpRequest): NetworkReply {
    switch (request.do) {
      case "tcp-state":
        return { state: listener.state, isReadable: listener.waiting.length > 0 };
      case "tcp-addresses": {
        const found = listener.server.address();
        return typeof found === "object" && found !== null
          ? { local: { address: found.address, port: found.port } }
          : {};
      }
      case "tcp-accept": {
        const accepted = listener.waiting.shift();
        if (accepted === undefined) return { error: "EAGAIN" };
        this.#open.set(request.as, accepted);
        return {};
      }
      default:
        return { error: "EINVAL" };
    }
  }

  #watch(socket: Socket, state: string): Connection {
    const connection: Connection = { kind: "connection", socket, state, isDeaf: false };
    socket.on("connect", () => this.#enter(connection, "open"));
    socket.on("end", () => this.#enter(connection, connection.state === "open" ? "ended" : connection.state));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#enter(connection, error.code ?? "EIO"));
    // Asking for nothing starts the flow into the socket's own buffer, which has a limit.
    socket.on("readable", () => {
      if (connection.isDeaf) socket.read();
      this.#wake();
    });
    socket.on("drain", this.#wake);
    return connection;
  }

  #enter(known: Connection | Listener, state: string): void {
    known.state = state;
    this.#wake();
  }

  #close(id: number, known: Connection | Listener): NetworkReply {
    this.#open.delete(id);
    if (known.kind === "connection") endGently(known.socket);
    else {
      for (const { socket } of known.waiting) socket.destroy();
      known.server.close();
    }
    return {};
  }
}

/** What was written before the guest let go of its socket still goes out, as from any other program. */
function endGently(socket: Socket): void {
  if (socket.connecting || socket.writableLength === 0) {
    socket.destroy();
    return;
  }
  socket.on("readable", () => socket.read());
  socket.end(() => socket.destroy());
  socket.setTimeout(10_000, () => socket.destroy());
}

function ofConnection(known: Connection, request: TcpRequest): NetworkReply {
  const { socket } = known;
  switch (request.do) {
    case "tcp-state":
      return {
        state: known.state,
        held: socket.writableLength,
        isReadable: socket.readableLength > 0 || isOver(known),
      };
    case "tcp-read":
      return read(known, request.max);
    case "tcp-write":
      if (isBroken(known) || socket.writableEnded) return { error: "EPIPE" };
      if (socket.writableLength > MAX_HELD) return { error: "ENOBUFS" };
      socket.write(request.bytes);
      return {};
    case "tcp-shutdown":
      if (request.how !== "receive") socket.end();
      if (request.how !== "send") {
        known.isDeaf = true;
        socket.read();
      }
      return {};
    case "tcp-keep-alive":
      socket.setKeepAlive(request.isOn, request.idleMs);
      return {};
    case "tcp-addresses":
      return {
        local: endOf(socket.localAddress, socket.localPort),
        remote: endOf(socket.remoteAddress, socket.remotePort),
      };
    default:
      return { error: "EINVAL" };
  }
}

function read(known: Connection, max: number): NetworkReply {
  const { socket } = known;
  const length = known.isDeaf ? 0 : Math.min(max, socket.readableLength);
  const bytes = length > 0 ? (socket.read(length) as Buffer | null) : null;
  // An end that was there already shows only when somebody asks for more.
  if (socket.readableLength === 0) socket.read(0);
  if (bytes !== null) return { bytes: new Uint8Array(bytes) };
  if (isBroken(known)) return { error: known.state };
  return isOver(known) ? { isEnd: true } : {};
}

function isBroken({ state }: Connection): boolean {
  return state !== "connecting" && state !== "open" && state !== "ended";
}

function isOver(known: Connection): boolean {
  return known.isDeaf || isBroken(known) || known.state === "ended" || known.socket.readableEnded;
}

function endOf(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address, port };
}
