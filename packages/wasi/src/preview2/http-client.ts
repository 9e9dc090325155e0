// wasi:http/outgoing-handler@0.2: one request that the policy allows to its exchange in the network thread. Redirects are not
// followed: whoever follows one makes another request, which is checked like the first.
import { isFault } from "../core/fault.ts";
import type { Network } from "../core/network.ts";
import type { HttpFault, HttpTarget, HttpTimeouts, NetworkReply } from "../core/network-protocol.ts";
import { adopt, type ComponentGuest, release, type Result } from "./component-guest.ts";
import type { BodySink, BodySource } from "./http-bodies.ts";
import { IncomingResponse, type Method, type OutgoingRequest, type RequestOptions } from "./http-messages.ts";
import { Pollable, StreamFailure } from "./streams.ts";

/** The guest's side of one exchange; `close` gives it up, finished or not. */
class Exchange implements BodySource, BodySink {
  readonly #guest: ComponentGuest;
  readonly #network: Network;
  readonly id: number;
  readonly handle: { close(): void };
  #isClosed = false;

  constructor(guest: ComponentGuest, network: Network) {
    this.#guest = guest;
    this.#network = network;
    this.id = network.nextId();
    // Throws `mfile`, before anything is asked of the thread.
    this.handle = adopt(guest, { close: () => this.#end() });
  }

  ask(request: "http-state" | "http-response" | "http-trailers"): NetworkReply {
    if (this.#isClosed) return { fault: { tag: "connection-terminated" } };
    return this.#network.ask({ do: request, id: this.id });
  }

  read(into: Uint8Array): number | undefined {
    if (this.#isClosed) return 0;
    const reply = this.#network.ask({ do: "http-read", id: this.id, max: into.length });
    if (reply.fault !== undefined) throw new StreamFailure({ http: reply.fault });
    if (reply.bytes === undefined) return reply.isEnd === true ? 0 : undefined;
    into.set(reply.bytes);
    return reply.bytes.length;
  }

  isReady(): boolean {
    return this.ask("http-state").isReadable ?? true;
  }

  trailers(): ReturnType<BodySource["trailers"]> {
    const { fault, trailers } = this.ask("http-trailers");
    if (fault !== undefined) return { fault };
    return trailers === undefined ? undefined : { trailers };
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const { fault, error } = this.#network.ask({ do: "http-write", id: this.id, bytes: bytes.slice() });
    const problem = fault ?? (error === undefined ? undefined : { tag: "internal-error", val: error });
    if (problem !== undefined) throw new StreamFailure({ http: problem });
  }

  held(): number {
    return this.#isClosed ? 0 : (this.ask("http-state").held ?? 0);
  }

  finish(trailers: Parameters<BodySink["finish"]>[0]): HttpFault | undefined {
    return this.#isClosed ? undefined : this.#network.ask({ do: "http-finish", id: this.id, trailers }).fault;
  }

  abort(): void {
    this.close();
  }

  close(): void {
    release(this.#guest, this.handle);
  }

  #end(): void {
    if (!this.#isClosed) this.#network.ask({ do: "http-close", id: this.id });
    this.#isClosed = true;
  }
}

export class FutureIncomingResponse {
  readonly #exchange: Exchange;
  readonly #guest: ComponentGuest;
  #isTaken = false;
  #keepsExchange = true;

  constructor(exchange: Exchange, guest: ComponentGuest) {
    this.#exchange = exchange;
    this.#guest = guest;
  }

  subscribe(): Pollable {
    return new Pollable(() => {
      const { state, fault } = this.#exchange.ask("http-state");
      return fault !== undefined || state === "response";
    });
  }

  get(): Result<Result<IncomingResponse>> | undefined {
    if (this.#isTaken) return { tag: "err", val: undefined };
    const { fault } = this.#exchange.ask("http-state");
    const { response } = this.#exchange.ask("http-response");
    if (response === undefined) {
      if (fault === undefined) return undefined;
      this.#isTaken = true;
      return { tag: "ok", val: { tag: "err", val: fault } };
    }
    this.#isTaken = true;
    this.#keepsExchange = false;
    const val = new IncomingResponse(response.status, response.headers, this.#exchange, this.#guest.context);
    return { tag: "ok", val: { tag: "ok", val } };
  }

  [Symbol.dispose](): void {
    if (this.#keepsExchange) this.#exchange.close();
  }
}

export function handle(
  guest: ComponentGuest,
  request: OutgoingRequest,
  options: RequestOptions | undefined,
): Result<FutureIncomingResponse> {
  const { network, guard } = guest.context;
  const target = targetOf(request);
  if ("tag" in target) return failed(target);
  if (network === undefined) {
    guard?.noteNetwork(target.host, target.port, false);
    return failed({ tag: "HTTP-request-denied" });
  }
  const problem = problemWith(network, request, target);
  if (problem !== undefined) return failed(problem);
  let exchange: Exchange;
  try {
    exchange = new Exchange(guest, network);
  } catch (thrown) {
    if (isFault(thrown, "mfile")) return failed({ tag: "connection-limit-reached" });
    throw thrown;
  }
  const timeouts = timeoutsOf(options, network.http.maxTimeoutMs);
  const headers = request.headers.entries;
  const started = network.ask({ do: "http-start", id: exchange.id, target, headers, timeouts });
  const fault = started.fault ?? (request.body === undefined ? exchange.finish([]) : request.body.attach(exchange));
  if (fault === undefined) return { tag: "ok", val: new FutureIncomingResponse(exchange, guest) };
  exchange.close();
  return failed(fault);
}

function failed(fault: HttpFault): Result<never> {
  return { tag: "err", val: fault };
}

function targetOf({ scheme, authority, path, method }: OutgoingRequest): HttpTarget | HttpFault {
  if (scheme?.tag === "other") return { tag: "HTTP-protocol-error" };
  const isTls = scheme?.tag !== "HTTP";
  const parts = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d*))?$/.exec(authority ?? "");
  const port = parts?.[3] === undefined || parts[3] === "" ? (isTls ? 443 : 80) : Number(parts[3]);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined || port < 1 || port > 65_535) return { tag: "HTTP-request-URI-invalid" };
  const from = path ?? "";
  return {
    host,
    port,
    isTls,
    method: methodText(method),
    path: from === "" || from.startsWith("?") ? `/${from}` : from,
  };
}

function methodText({ tag, val }: Method): string {
  return tag === "other" ? (val ?? "") : tag.toUpperCase();
}

function problemWith(network: Network, request: OutgoingRequest, target: HttpTarget): HttpFault | undefined {
  // A tunnel would carry what nobody checks.
  if (target.method === "CONNECT") return { tag: "HTTP-request-method-invalid" };
  if (!network.policy.mayRequest(target.host, target.port)) return { tag: "HTTP-request-denied" };
  const { maxHeaderBytes } = network.http;
  if (target.path.length > maxHeaderBytes) return { tag: "HTTP-request-URI-too-long" };
  const { size } = request.headers;
  if (size > maxHeaderBytes) return { tag: "HTTP-request-header-section-size", val: size };
  const lengths = request.headers.values("content-length");
  if (lengths.length > 1 || (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0]))) {
    return { tag: "HTTP-request-body-size", val: undefined };
  }
  const isMissing = request.body === undefined && lengths[0] !== undefined && Number(lengths[0]) > 0;
  return isMissing ? { tag: "HTTP-request-body-size", val: 0n } : undefined;
}

function timeoutsOf(options: RequestOptions | undefined, mostMs: number): HttpTimeouts {
  // A millisecond is the least that a timer of Node's can do, and 2^31 - 1 of them the most.
  const most = Math.min(mostMs, 2 ** 31 - 1);
  const milliseconds = (time: bigint | undefined): number =>
    time === undefined ? most : Math.max(1, Math.min(Number(time / 1_000_000n), most));
  return {
    connectMs: milliseconds(options?.connect),
    firstByteMs: milliseconds(options?.firstByte),
    betweenBytesMs: milliseconds(options?.betweenBytes),
  };
}
