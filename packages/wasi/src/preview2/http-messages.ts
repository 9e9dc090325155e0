// Requests and responses of wasi:http/types@0.2 as data: what is set is checked, what is taken is taken once.
import type { WasiContext } from "../core/context.ts";
import type { HttpFields } from "../core/network-protocol.ts";
import { type Member, resource, type Result } from "./component-guest.ts";
import { type BodySink, type BodySource, IncomingBody, OutgoingBody } from "./http-bodies.ts";
import { Fields, isToken } from "./http-fields.ts";

export interface Method {
  readonly tag: string;
  readonly val?: string;
}
export type Scheme =
  | { readonly tag: "HTTP" }
  | { readonly tag: "HTTPS" }
  | { readonly tag: "other"; readonly val: string };

const OK = { tag: "ok", val: undefined } as const;
const FAILED = { tag: "err", val: undefined } as const;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
/** What stands for nothing but itself in a URI (RFC 3986), less the fragment, which is never sent. */
const PATH = /^(?:[/?][!-"$-~]*|\*)?$/;
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#@[\]\\\x00-\x20\x7f-\u{10ffff}]+)(?::\d{0,5})?$/u;

/** Body that can be taken once, of a message that is being made. */
abstract class OutgoingMessage {
  readonly headers: Fields;
  readonly #maxBodyBytes: number;
  body: OutgoingBody | undefined;

  constructor(headers: Fields, maxBodyBytes: number) {
    this.headers = new Fields(headers.entries, false);
    this.#maxBodyBytes = maxBodyBytes;
  }

  takeBody(): Result<OutgoingBody> {
    if (this.body !== undefined) return FAILED;
    this.body = new OutgoingBody(this.headers, this.#maxBodyBytes);
    return { tag: "ok", val: this.body };
  }
}

export class OutgoingRequest extends OutgoingMessage {
  method: Method = { tag: "get" };
  path: string | undefined;
  scheme: Scheme | undefined;
  authority: string | undefined;
}

export class OutgoingResponse extends OutgoingMessage {
  status = 200;
}

/** Nanoseconds; undefined leaves it to the host. */
export class RequestOptions {
  connect: bigint | undefined;
  firstByte: bigint | undefined;
  betweenBytes: bigint | undefined;
}

abstract class IncomingMessage {
  readonly headers: Fields;
  readonly #source: BodySource;
  readonly #context: WasiContext;
  #isConsumed = false;

  constructor(headers: HttpFields, source: BodySource, context: WasiContext) {
    this.headers = Fields.received(headers);
    this.#source = source;
    this.#context = context;
  }

  consume(): Result<IncomingBody> {
    if (this.#isConsumed) return FAILED;
    this.#isConsumed = true;
    return { tag: "ok", val: new IncomingBody(this.#source, this.#context) };
  }

  [Symbol.dispose](): void {
    if (!this.#isConsumed) this.#source.close();
    this.#isConsumed = true;
  }
}

export class IncomingResponse extends IncomingMessage {
  readonly status: number;

  constructor(status: number, headers: HttpFields, source: BodySource, context: WasiContext) {
    super(headers, source, context);
    this.status = status;
  }
}

export interface RequestLine {
  readonly method: Method;
  readonly path: string;
  readonly scheme: Scheme;
  readonly authority: string;
}

export class IncomingRequest extends IncomingMessage {
  readonly line: RequestLine;

  constructor(line: RequestLine, headers: HttpFields, source: BodySource, context: WasiContext) {
    super(headers, source, context);
    this.line = line;
  }
}

/** Where the answer to an incoming request goes, once. */
export class ResponseOutparam {
  answer: Result<OutgoingResponse> | undefined;
  readonly #sink: BodySink;

  constructor(sink: BodySink) {
    this.#sink = sink;
  }

  /** The body may follow from then on. */
  set(answer: Result<OutgoingResponse>): void {
    this.answer = answer;
    if (answer.tag === "ok") answer.val.body?.attach(this.#sink);
  }
}

export function messageMembers(maxBodyBytes: number): Readonly<Record<string, Member>> {
  return {
    ...requestMembers(maxBodyBytes),
    ...optionMembers(),
    "incoming-response": resource(IncomingResponse),
    "[method]incoming-response.status": (self: IncomingResponse) => self.status,
    "[method]incoming-response.headers": (self: IncomingResponse) => self.headers,
    "[method]incoming-response.consume": (self: IncomingResponse) => self.consume(),
    "incoming-request": resource(IncomingRequest),
    "[method]incoming-request.method": (self: IncomingRequest) => self.line.method,
    "[method]incoming-request.path-with-query": (self: IncomingRequest) => self.line.path,
    "[method]incoming-request.scheme": (self: IncomingRequest) => self.line.scheme,
    "[method]incoming-request.authority": (self: IncomingRequest) => self.line.authority,
    "[method]incoming-request.headers": (self: IncomingRequest) => self.headers,
    "[method]incoming-request.consume": (self: IncomingRequest) => self.consume(),
    "outgoing-response": resource(OutgoingResponse),
    "[constructor]outgoing-response": (headers: Fields) => new OutgoingResponse(headers, maxBodyBytes),
    "[method]outgoing-response.status-code": (self: OutgoingResponse) => self.status,
    "[method]outgoing-response.set-status-code": (self: OutgoingResponse, status: number) => {
      if (status < 100 || status > 999) return FAILED;
      self.status = status;
      return OK;
    },
    "[method]outgoing-response.headers": (self: OutgoingResponse) => self.headers,
    "[method]outgoing-response.body": (self: OutgoingResponse) => self.takeBody(),
    "response-outparam": resource(ResponseOutparam),
    "[method]response-outparam.send-informational": (): Result<never> => ({
      tag: "err",
      val: { tag: "internal-error", val: "informational responses are not supported" },
    }),
    "[static]response-outparam.set": (param: ResponseOutparam, answer: Result<OutgoingResponse>) => param.set(answer),
  };
}

function requestMembers(maxBodyBytes: number): Readonly<Record<string, Member>> {
  return {
    "outgoing-request": resource(OutgoingRequest),
    "[constructor]outgoing-request": (headers: Fields) => new OutgoingRequest(headers, maxBodyBytes),
    "[method]outgoing-request.body": (self: OutgoingRequest) => self.takeBody(),
    "[method]outgoing-request.headers": (self: OutgoingRequest) => self.headers,
    "[method]outgoing-request.method": (self: OutgoingRequest) => self.method,
    "[method]outgoing-request.set-method": (self: OutgoingRequest, method: Method) => {
      if (method.tag === "other" && !isToken(method.val ?? "")) return FAILED;
      self.method = method;
      return OK;
    },
    "[method]outgoing-request.path-with-query": (self: OutgoingRequest) => self.path,
    "[method]outgoing-request.set-path-with-query": (self: OutgoingRequest, path: string | undefined) => {
      if (path !== undefined && !PATH.test(path)) return FAILED;
      self.path = path;
      return OK;
    },
    "[method]outgoing-request.scheme": (self: OutgoingRequest) => self.scheme,
    "[method]outgoing-request.set-scheme": (self: OutgoingRequest, scheme: Scheme | undefined) => {
      if (scheme?.tag === "other" && !SCHEME.test(scheme.val)) return FAILED;
      self.scheme = scheme;
      return OK;
    },
    "[method]outgoing-request.authority": (self: OutgoingRequest) => self.authority,
    "[method]outgoing-request.set-authority": (self: OutgoingRequest, authority: string | undefined) => {
      if (authority !== undefined && !AUTHORITY.test(authority)) return FAILED;
      self.authority = authority;
      return OK;
    },
  };
}

function optionMembers(): Readonly<Record<string, Member>> {
  const member = (name: string, key: keyof RequestOptions): Record<string, Member> => ({
    [`[method]request-options.${name}`]: (self: RequestOptions) => self[key],
    [`[method]request-options.set-${name}`]: (self: RequestOptions, duration: bigint | undefined) => {
      self[key] = duration;
      return OK;
    },
  });
  return {
    "request-options": resource(RequestOptions),
    "[constructor]request-options": () => new RequestOptions(),
    ...member("connect-timeout", "connect"),
    ...member("first-byte-timeout", "firstByte"),
    ...member("between-bytes-timeout", "betweenBytes"),
  };
}
