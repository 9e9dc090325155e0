// One request that came to the host -> a call of a component's wasi:http/incoming-handler, and the answer that it made.
import type { HttpFault, HttpFields } from "../core/network-protocol.ts";
import type { ComponentGuest } from "./component-guest.ts";
import type { BodySink, BodySource } from "./http-bodies.ts";
import { IncomingRequest, type Method, type OutgoingResponse, ResponseOutparam } from "./http-messages.ts";
import { StreamFailure } from "./streams.ts";

/** A request as a server of Node's has it, with its body whole. */
export interface HttpCall {
  /** In capitals, as on the wire. Default `GET`. */
  readonly method?: string;
  /** The path and query. Default `/`. */
  readonly path?: string;
  readonly scheme?: "http" | "https";
  /** `host:port`, what the Host header says. */
  readonly authority: string;
  /** Values as latin1 text, which is how Node gives them. What belongs to the connection is left out. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

/** The answer, or the `error-code` that the guest gave in its place; `internal-error` when it gave none, or only half of one. */
export type HttpOutcome =
  | { readonly tag: "ok"; readonly val: HttpAnswer }
  | { readonly tag: "err"; readonly val: { readonly tag: string; readonly val?: unknown } };

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

export function answerHttp(
  { context }: ComponentGuest,
  call: HttpCall,
  maxBodyBytes: number,
  handle: (request: object, responseOut: object) => unknown,
): HttpOutcome {
  const { method = "GET", path = "/", scheme = "http", authority, headers = [], body = new Uint8Array(0) } = call;
  const line = {
    method: methodOf(method),
    path,
    scheme: { tag: scheme === "http" ? "HTTP" : "HTTPS" } as const,
    authority,
  };
  const collected = new CollectedBody(maxBodyBytes);
  const responseOut = new ResponseOutparam(collected);
  handle(new IncomingRequest(line, headers, bodyOf(body), context), responseOut);
  const { answer } = responseOut;
  if (answer === undefined) return failed("the guest gave no answer");
  if (answer.tag === "err") return { tag: "err", val: answer.val as HttpFault };
  return collected.outcome(answer.val);
}

function failed(val: string): HttpOutcome {
  return { tag: "err", val: { tag: "internal-error", val } };
}

function methodOf(text: string): Method {
  return METHODS.has(text) ? { tag: text.toLowerCase() } : { tag: "other", val: text };
}

function bodyOf(bytes: Uint8Array): BodySource {
  let at = 0;
  return {
    read(into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
    isReady: () => true,
    trailers: () => ({ trailers: [] }),
    close: () => undefined,
  };
}

class CollectedBody implements BodySink {
  readonly #maxBytes: number;
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #trailers: HttpFields | undefined;
  #fault: HttpFault | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) {
      this.#fault = { tag: "HTTP-response-body-size", val: BigInt(this.#bytes) };
      throw new StreamFailure({ http: this.#fault });
    }
    this.#parts.push(bytes.slice());
    // Byte-wise writers would otherwise cost an object for each byte.
    if (this.#parts.length >= 1024) this.#parts.splice(0, this.#parts.length, Buffer.concat(this.#parts));
  }

  held(): number {
    return 0;
  }

  finish(trailers: HttpFields): undefined {
    this.#trailers = trailers;
  }

  abort(): void {
    this.#fault ??= { tag: "internal-error", val: "the guest did not finish its body" };
  }

  outcome({ status, headers, body }: OutgoingResponse): HttpOutcome {
    if (this.#fault !== undefined) return { tag: "err", val: this.#fault };
    if (body !== undefined && this.#trailers === undefined) return failed("the guest did not finish its body");
    const val = { status, headers: headers.entries, body: Buffer.concat(this.#parts), trailers: this.#trailers ?? [] };
    return { tag: "ok", val };
  }
}
