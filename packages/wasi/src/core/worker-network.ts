// Requests of one guest's thread to sockets and names: the thread that does what cannot be done synchronously.
import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { workerData } from "node:worker_threads";
import type { NetworkReply, NetworkRequest, NetworkStart } from "./network.ts";

interface Open {
  readonly socket: Socket;
  /** `connecting`, `open`, `ended` by the other side, or a Node error code once something went wrong. */
  state: string;
}

/** Bytes that one guest may leave waiting in one socket. */
const MAX_HELD = 1024 * 1024;
const sockets = new Map<number, Open>();
const { signal, port } = workerData as NetworkStart;

port.on("message", (request: NetworkRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
});

async function answer(request: NetworkRequest): Promise<NetworkReply> {
  try {
    return request.do === "resolve" ? await resolve(request.name) : act(request);
  } catch (thrown) {
    return { error: codeOf(thrown) };
  }
}

async function resolve(name: string): Promise<NetworkReply> {
  const found = await lookup(name, { all: true, verbatim: true });
  return { addresses: found.map(({ address }) => address) };
}

function act(request: Exclude<NetworkRequest, { readonly do: "resolve" }>): NetworkReply {
  if (request.do === "connect") return open(request.id, request.address, request.port);
  const known = sockets.get(request.id);
  if (known === undefined) return { error: "EBADF" };
  const { socket } = known;
  switch (request.do) {
    case "state":
      return {
        state: known.state,
        held: socket.writableLength,
        isReadable: socket.readableLength > 0 || isOver(known),
      };
    case "read":
      return read(known, request.max);
    case "write":
      if (isBroken(known) || socket.writableEnded) return { error: "EPIPE" };
      if (socket.writableLength > MAX_HELD) return { error: "ENOBUFS" };
      socket.write(request.bytes);
      return {};
    case "shutdown":
      if (request.how !== "receive") socket.end();
      return {};
    case "addresses":
      return {
        local: endOf(socket.localAddress, socket.localPort),
        remote: endOf(socket.remoteAddress, socket.remotePort),
      };
    case "close":
      sockets.delete(request.id);
      socket.destroy();
      return {};
    default:
      return { error: "EINVAL" };
  }
}

function open(id: number, address: string, port: number): NetworkReply {
  // An address and never a name: what was checked is what is connected to.
  const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  const opened: Open = { socket, state: "connecting" };
  sockets.set(id, opened);
  socket.on("connect", () => (opened.state = "open"));
  socket.on("end", () => (opened.state = opened.state === "open" ? "ended" : opened.state));
  socket.on("error", (error) => (opened.state = codeOf(error)));
  // Asking for nothing starts the flow into the socket's own buffer, which has a limit.
  socket.on("readable", () => undefined);
  return {};
}

function read(known: Open, max: number): NetworkReply {
  const { socket } = known;
  const length = Math.min(max, socket.readableLength);
  const bytes = length > 0 ? (socket.read(length) as Buffer | null) : null;
  if (bytes !== null) return { bytes: new Uint8Array(bytes) };
  if (isBroken(known)) return { error: known.state };
  return isOver(known) ? { isEnd: true } : {};
}

function isBroken({ state }: Open): boolean {
  return state !== "connecting" && state !== "open" && state !== "ended";
}

function isOver(known: Open): boolean {
  return isBroken(known) || known.state === "ended" || known.socket.readableEnded;
}

function endOf(
  address: string | undefined,
  port: number | undefined,
): { readonly address: string; readonly port: number } | undefined {
  return address === undefined || port === undefined ? undefined : { address, port };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "EIO";
}
