// One HTTP request and its response, in the network thread: state that the guest asks for, and the clocks that end it.
import { type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { FaultError, httpFaultOf } from "./http-faults.ts";
import type { LookUp } from "./network-names.ts";
import type { HttpLimits, NetworkPolicy } from "./network-policy.ts";
import type { HttpFault, HttpFields, HttpTarget, HttpTimeouts, NetworkReply } from "./network-protocol.ts";

export interface HttpContext {
  readonly policy: NetworkPolicy;
  readonly lookUp: LookUp;
  readonly wake: () => void;
  readonly limits: HttpLimits;
}

/** Bytes that may wait to be sent. */
const MAX_HELD = 1024 * 1024;
const DEFAULT_PORTS = { http: 80, https: 443 } as const;

export class HttpExchange {
  readonly #context: HttpContext;
  readonly #target: HttpTarget;
  readonly #timeouts: HttpTimeouts;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #fault: HttpFault | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isResolved: boolean;
  #isOver = false;
  #isDraining = false;
  #bodyBytes = 0;

  constructor(context: HttpContext, target: HttpTarget, headers: HttpFields, timeouts: HttpTimeouts) {
    this.#context = context;
    this.#target = target;
    this.#timeouts = timeouts;
    this.#isResolved = isIP(target.host) !== 0;
    this.#startClock(timeouts.connectMs, () => ({ tag: this.#isResolved ? "connection-timeout" : "DNS-timeout" }));
    this.#request = this.#open(headers);
  }

  get state(): NetworkReply {
    // The guest waits for an answer: the other side has to know of the question, finished or not.
    if (!this.#request.headersSent) this.#sendHead();
    const response = this.#response;
    return {
      ...(this.#fault !== undefined && { fault: this.#fault }),
      state: response === undefined ? "waiting" : "response",
      held: this.#request.writableLength,
      isReadable: this.#isDone || (response?.readableLength ?? 0) > 0,
    };
  }

  get response(): NetworkReply {
    const response = this.#response;
    if (response === undefined) return this.#fault === undefined ? {} : { fault: this.#fault };
    return { response: { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders) } };
  }

  write(bytes: Uint8Array): NetworkReply {
    if (this.#fault !== undefined) return { fault: this.#fault };
    if (this.#request.writableLength > MAX_HELD) return { error: "ENOBUFS" };
    // After an early answer nobody may be reading; what cannot be sent is dropped then.
    if (this.#request.destroyed || this.#request.writableEnded) return {};
    this.#frame();
    this.#request.write(bytes);
    return {};
  }

  finish(trailers: HttpFields): NetworkReply {
    if (this.#request.destroyed) return this.#fault === undefined ? {} : { fault: this.#fault };
    if (trailers.length > 0) {
      this.#frame();
      this.#request.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    }
    this.#request.end();
    return {};
  }

  read(max: number): NetworkReply {
    const response = this.#response;
    const length = Math.min(max, response?.readableLength ?? 0);
    const bytes = length > 0 ? (response?.read(length) as Buffer | null) : null;
    if (bytes === null) return this.#fault !== undefined ? { fault: this.#fault } : { isEnd: this.#isOver };
    if (response?.readableLength === 0 && !this.#isOver) {
      this.#awaitBytes();
      // An end that was there already shows only when somebody asks for more.
      response.read(0);
    }
    this.#bodyBytes += bytes.length;
    if (this.#bodyBytes <= this.#context.limits.maxBodyBytes) return { bytes: new Uint8Array(bytes) };
    this.#fail({ tag: "HTTP-response-body-size", val: BigInt(this.#bodyBytes) });
    return { fault: this.#fault ?? { tag: "HTTP-response-body-size" } };
  }

  /** From now on nobody reads the body, which must not keep the trailers from coming. */
  get trailers(): NetworkReply {
    const response = this.#response;
    if (!this.#isDraining) {
      this.#isDraining = true;
      this.#drain();
    }
    if (this.#fault !== undefined) return { fault: this.#fault };
    return this.#isOver && response !== undefined ? { trailers: pairs(response.rawTrailers), isEnd: true } : {};
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#fault ??= { tag: "connection-terminated" };
    this.#response?.destroy();
    this.#request.destroy();
  }

  get #isDone(): boolean {
    return this.#fault !== undefined || this.#isOver;
  }

  #open(headers: HttpFields): ClientRequest {
    const { host, port, isTls, method, path } = this.#target;
    const { maxHeaderBytes, ca } = this.#context.limits;
    const options: RequestOptions = {
      host,
      port,
      method,
      path,
      // A connection for each request: the check of its address is never older than the request.
      agent: false,
      setHost: false,
      maxHeaderSize: maxHeaderBytes,
      lookup: (name, how, done) => this.#lookUp(name, how.all === true, done as LookUpDone),
    };
    const request = isTls
      ? httpsRequest({ ...options, ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }) })
      : httpRequest(options);
    this.#watch(request);
    request.setHeader("Host", authority(host, port, isTls));
    for (const [name, values] of byName(headers)) request.setHeader(name, values);
    return request;
  }

  /** The one answer of the name servers for this connection: what is checked is what is connected to. */
  #lookUp(name: string, wantsAll: boolean, done: LookUpDone): void {
    const { policy, lookUp } = this.#context;
    const settle = async (): Promise<void> => {
      const found = await lookUp(name);
      const allowed = policy.reachable(name, this.#target.port, found);
      this.#isResolved = true;
      if (allowed.length === 0) throw new FaultError({ tag: "destination-IP-prohibited" });
      const all = allowed.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      if (wantsAll) done(null, all);
      else done(null, all[0]!.address, all[0]!.family);
    };
    settle().catch((error: unknown) => done(error as Error, []));
  }

  #watch(request: ClientRequest): void {
    request.on("socket", (socket) => {
      socket.once(this.#target.isTls ? "secureConnect" : "connect", () =>
        this.#startClock(this.#timeouts.firstByteMs, () => ({ tag: "connection-read-timeout" })),
      );
    });
    request.on("response", (response) => this.#receive(response));
    request.on("upgrade", (_response, socket) => {
      // Node has let go of it, so nobody else listens for what still goes wrong.
      socket.on("error", () => undefined);
      socket.destroy();
      this.#fail({ tag: "HTTP-upgrade-failed" });
    });
    request.on("drain", this.#context.wake);
    request.on("error", (error) => {
      // The other side may answer and close before it has read everything; the answer counts.
      if (this.#response === undefined) this.#fail(httpFaultOf(error, this.#context.limits.maxHeaderBytes));
      this.#context.wake();
    });
  }

  #receive(response: IncomingMessage): void {
    this.#response = response;
    this.#awaitBytes();
    response.on("readable", () => {
      if (response.readableLength > 0) clearTimeout(this.#timer);
      if (this.#isDraining) this.#drain();
      // Asking for nothing is what lets an empty body end.
      if (response.readableLength === 0) response.read(0);
      this.#context.wake();
    });
    response.on("end", () => {
      clearTimeout(this.#timer);
      this.#isOver = true;
      this.#context.wake();
    });
    response.on("error", (error: NodeJS.ErrnoException) => {
      const isCut = error.code === "ECONNRESET";
      this.#fail(isCut ? { tag: "HTTP-response-incomplete" } : httpFaultOf(error, this.#context.limits.maxHeaderBytes));
    });
    this.#context.wake();
  }

  #drain(): void {
    while ((this.#response?.readableLength ?? 0) > 0 && !this.#isDone) this.read(Number.POSITIVE_INFINITY);
  }

  #awaitBytes(): void {
    this.#startClock(this.#timeouts.betweenBytesMs, () => ({ tag: "connection-read-timeout" }));
  }

  /** A body of unknown length goes out in chunks; Node would send none with some methods. */
  #frame(): void {
    const request = this.#request;
    if (request.headersSent || request.hasHeader("content-length")) return;
    request.setHeader("Transfer-Encoding", "chunked");
  }

  #sendHead(): void {
    if (this.#request.destroyed) return;
    if (!this.#request.writableEnded) this.#frame();
    this.#request.flushHeaders();
  }

  #startClock(ms: number, fault: () => HttpFault): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(fault()), ms);
  }

  #fail(fault: HttpFault): void {
    clearTimeout(this.#timer);
    // What is over cannot go wrong any more, and what went wrong first is the reason.
    if (!this.#isDone) this.#fault = fault;
    this.#request.destroy();
    this.#context.wake();
  }
}

type LookUpDone = (
  error: Error | null,
  address: string | readonly { readonly address: string; readonly family: number }[],
  family?: number,
) => void;

function pairs(raw: readonly string[]): HttpFields {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at]!, raw[at + 1]!]);
  return found;
}

/** Fields of one name stand together on the wire, in the spelling of the first. */
function byName(fields: HttpFields): Iterable<readonly [string, string[]]> {
  const groups = new Map<string, readonly [string, string[]]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const group = groups.get(key) ?? [name, []];
    group[1].push(value);
    groups.set(key, group);
  }
  return groups.values();
}

function authority(host: string, port: number, isTls: boolean): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === DEFAULT_PORTS[isTls ? "https" : "http"] ? name : `${name}:${port}`;
}
