// The HTTP requests of one guest, in the network thread.
import { type HttpContext, HttpExchange } from "./network-exchange.ts";
import { httpFaultOf } from "./http-faults.ts";
import { DEFAULT_HTTP_LIMITS } from "./network-policy.ts";
import type { HttpLimits } from "./network-policy.ts";
import type { HttpRequest, NetworkReply } from "./network-protocol.ts";

export class HttpClient {
  readonly #context: HttpContext;
  readonly #open = new Map<number, HttpExchange>();

  constructor(context: Omit<HttpContext, "limits"> & { readonly limits: Partial<HttpLimits> }) {
    this.#context = { ...context, limits: { ...DEFAULT_HTTP_LIMITS, ...context.limits } };
  }

  answer(request: HttpRequest): NetworkReply {
    if (request.do === "http-start") return this.#start(request);
    const known = this.#open.get(request.id);
    if (known === undefined) return { fault: { tag: "connection-terminated" } };
    switch (request.do) {
      case "http-state":
        return known.state;
      case "http-response":
        return known.response;
      case "http-write":
        return known.write(request.bytes);
      case "http-finish":
        return known.finish(request.trailers);
      case "http-read":
        return known.read(request.max);
      case "http-trailers":
        return known.trailers;
      case "http-close":
        this.#open.delete(request.id);
        known.close();
        return {};
    }
  }

  #start({ id, target, headers, timeouts }: HttpRequest & { readonly do: "http-start" }): NetworkReply {
    try {
      this.#open.set(id, new HttpExchange(this.#context, target, headers, timeouts));
      return {};
    } catch (thrown) {
      // Node refuses what it cannot write (a path with a space, a method that is no token) before it connects.
      return { fault: httpFaultOf(thrown, this.#context.limits.maxHeaderBytes) };
    }
  }
}
