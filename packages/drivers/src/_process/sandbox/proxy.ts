// The hosts that a plugin was granted -> a proxy on a socket of the file system, the one thing outside that its sandbox can reach.
import { lookup } from "node:dns/promises";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TenonError } from "@tenon/contract/core";
import type { Granted } from "@tenon/host/driver";
import { grantedNet } from "@tenon/policy";
import { NetworkPolicy } from "@tenon/wasi";

const MAX_CONNECTIONS = 64;
/** To a host, and for the head of a request. */
const CONNECT_MS = 10_000;
const MAX_HEAD_BYTES = 16 * 1024;
/** Between proxies, and about the connection to this one (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade"];

/** Where a request wants to go. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

/**
 * An HTTP proxy: `CONNECT` for whatever is encrypted, whole addresses for plain HTTP. A name is resolved here, and the very address
 * that policy let through is connected to. Every connection is a line of the audit log. It ends with the plugin's process.
 */
export class NetworkProxy {
  readonly #server: Server;
  readonly #policy: NetworkPolicy;
  readonly #granted: Granted;
  readonly #open = new Set<Duplex>();

  constructor(path: string, granted: Granted) {
    const allow = grantedNet(granted.grants).map(
      ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    this.#policy = new NetworkPolicy({ allow });
    this.#granted = granted;
    this.#server = createServer({ maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: CONNECT_MS, requestTimeout: 0 });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("connection", (socket) => this.#hold(socket));
    this.#server.on("connect", (asked, socket, head) => void this.#tunnel(asked, socket, head));
    this.#server.on("request", (asked, answer) => void this.#forward(asked, answer));
    this.#server.on("clientError", (_, socket) => socket.destroy());
    this.#server.listen(path);
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  async #tunnel(asked: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    try {
      const upstream = await this.#reach(destinationOf(`tcp://${asked.url ?? ""}`, 443));
      upstream.on("error", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    } catch (thrown) {
      const { status, text } = refusalOf(thrown);
      socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${text}\n`);
    }
  }

  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    try {
      const url = new URL(asked.url ?? "");
      if (url.protocol !== "http:") throw denied(`${url.protocol} is not what this proxy speaks`);
      const upstream = await this.#reach(destinationOf(url.href, 80));
      const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
      const { method } = asked;
      const options = { method, path: `${url.pathname}${url.search}`, headers: { ...headers, host: url.host } };
      const sent = request({ ...options, createConnection: () => upstream }, (got) => {
        const kept = Object.entries(got.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
        answer.writeHead(got.statusCode ?? 502, Object.fromEntries(kept));
        got.pipe(answer);
      });
      sent.on("error", () => answer.destroy());
      answer.on("close", () => upstream.destroy());
      asked.pipe(sent);
    } catch (thrown) {
      const { status, text } = refusalOf(thrown);
      answer.writeHead(Number(status.slice(0, 3)), { "Content-Type": "text/plain", Connection: "close" });
      answer.end(`${text}\n`);
    }
  }

  /** A connection to an address that policy let through just now. */
  async #reach({ host, port }: Destination): Promise<Socket> {
    const isAllowed = this.#policy.mayRequest(host, port);
    const rule = isAllowed ? "granted" : "no grant has it";
    this.#granted.audit("net", `${host}:${port}`, { isAllowed, rule });
    if (!isAllowed) throw denied(`the plugin was not granted ${host}:${port}`);
    const found = (await lookup(host, { all: true })).map(({ address }) => address);
    const addresses = this.#policy.reachable(host, port, found);
    if (addresses.length === 0) throw denied(`${host} leads to no address that may be reached`);
    let failed: unknown;
    for (const address of addresses) {
      try {
        return await this.#connect(address, port);
      } catch (error) {
        failed = error;
      }
    }
    throw failed;
  }

  async #connect(host: string, port: number): Promise<Socket> {
    const socket = connect({ host, port });
    this.#hold(socket);
    const timer = setTimeout(() => socket.destroy(new Error("it took too long")), CONNECT_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      });
      return socket;
    } finally {
      clearTimeout(timer);
    }
  }

  #hold(socket: Duplex): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    // Whoever uses it listens too; nobody's mistake ends the host.
    socket.on("error", () => {});
  }
}

function destinationOf(text: string, usual: number): Destination {
  const { hostname, port } = new URL(text);
  if (hostname === "") throw denied("the request names no host");
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) };
}

function denied(what: string): TenonError {
  return new TenonError("capability-denied", what, { sideEffects: "none" });
}

/** Text for the plugin, which says nothing of the host's network. */
function refusalOf(thrown: unknown): { readonly status: string; readonly text: string } {
  if (thrown instanceof TenonError) return { status: "403 Forbidden", text: thrown.what };
  if (thrown instanceof TypeError) return { status: "400 Bad Request", text: "this is an HTTP proxy" };
  return { status: "502 Bad Gateway", text: "the host could not be reached" };
}
