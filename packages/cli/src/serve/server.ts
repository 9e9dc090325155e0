// HTTP requests -> calls of a program's handler, and its answers on the wire.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TenonError } from "@tenon/contract/core";
import type { HttpAnswer, HttpCall } from "@tenon/wasi";
import type { ThreadAnswer } from "./messages.ts";
import type { Threads } from "./threads.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly threads: Pick<Threads, "answer">;
  /** Of a request's body. */
  readonly maxBodyBytes: number;
  /** Requests that are read or wait for a thread; more are refused with 503. */
  readonly maxPending: number;
  /** Told of every request that the program did not answer. */
  readonly onFailure: (number: number, line: string, error: TenonError) => void;
}

export interface HttpServer {
  readonly url: string;
  /** Takes no more requests, and resolves when those that it has are answered. */
  close(): Promise<void>;
}

/** Rejects with `start-failed` where it cannot listen. */
export async function listen(options: ServerOptions): Promise<HttpServer> {
  const { host, port } = options;
  const requests = new Requests(options);
  const server = createServer((request, response) => {
    // A connection that becomes idle while the server closes would keep it open.
    response.once("close", () => (server.listening ? undefined : server.closeIdleConnections()));
    void requests.take(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (thrown) =>
      reject(TenonError.from(thrown, "start-failed", { hint: "choose another --addr", sideEffects: "none" })),
    );
    server.listen(port, host, resolve);
  });
  // It is bound to an address and port.
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

class Requests {
  readonly #options: ServerOptions;
  #count = 0;
  #pending = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = ++this.#count;
    const { threads, maxPending, onFailure } = this.#options;
    if (this.#pending >= maxPending) return refuse(request, response, 503, { "retry-after": "1" });
    this.#pending++;
    try {
      const body = await this.#bodyOf(request);
      if (body === undefined) return refuse(request, response, 413);
      const answer = await threads.answer({ number, call: callOf(request, body) });
      const failed = failureOf(answer);
      if (failed === undefined) return respond(request, response, (answer as Answered).outcome.val);
      onFailure(number, `${request.method} ${request.url}`, failed);
      refuse(request, response, failed.code === "deadline-exceeded" ? 504 : 500);
    } catch {
      // The client is gone: nobody waits for an answer.
      response.destroy();
    } finally {
      this.#pending--;
    }
  }

  /** Undefined where it is too large. */
  async #bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
    const { maxBodyBytes } = this.#options;
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return undefined;
    const parts: Buffer[] = [];
    let size = 0;
    // The answer to a body that is too large goes over the same connection.
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBodyBytes) return undefined;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }
}

interface Answered {
  readonly outcome: { readonly tag: "ok"; readonly val: HttpAnswer };
}

function failureOf(answer: ThreadAnswer): TenonError | undefined {
  if ("error" in answer) return TenonError.fromJSON(answer.error);
  const { outcome } = answer;
  if (outcome.tag === "err") {
    const { tag, val } = outcome.val;
    const why = typeof val === "string" ? `${tag}: ${val}` : tag;
    return new TenonError("plugin-trap", `the program answered with the error ${why}`);
  }
  // Those below announce an answer that is still to come, and the interface has no second one.
  const { status } = outcome.val;
  return status >= 200 ? undefined : new TenonError("plugin-trap", `the program answered with the status ${status}`);
}

function callOf(request: IncomingMessage, body: Uint8Array): HttpCall {
  const { method = "GET", url = "/", headers, rawHeaders } = request;
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : []));
  // A client may name the whole address, as it does with a proxy.
  const path = URL.canParse(url) ? url.replace(/^[a-z]+:\/\/[^/?#]*/i, "") || "/" : url;
  return { method, path, authority: headers.host ?? "localhost", headers: pairs, body };
}

function respond({ method }: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  const { status, body, trailers } = answer;
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  // The length is known by now, and a wrong one would cut the next answer on the connection.
  const headers = answer.headers.filter(([name]) => !hasBody || name.toLowerCase() !== "content-length");
  if (hasBody && trailers.length === 0) headers.push(["content-length", String(body.length)]);
  response.writeHead(status, headers.flat());
  if (hasBody && trailers.length > 0)
    response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
  response.end(hasBody ? body : undefined);
}

/** How long the rest of a request that was refused is read and thrown away: a client that still sends would not see the answer. */
const LINGER_MS = 5_000;

/** Answers before the request is whole, if need be; the connection ends with it then. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isRead = request.complete;
  response.writeHead(status, {
    "content-type": "text/plain",
    ...headers,
    ...(!isRead && { connection: "close" }),
  });
  response.end(`${status}\n`);
  if (isRead) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once("close", () => clearTimeout(timer)).resume();
}
