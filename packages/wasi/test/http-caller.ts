// wasi:http as a guest uses it: builds a request, sends it, reads what comes.
import type { Preview2 } from "@tenon/wasi";
import { type Answer, block, bytes, call, ok, text } from "./network-caller.ts";

export interface Fetch {
  readonly method?: object;
  readonly scheme?: "HTTP" | "HTTPS";
  readonly authority: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Absent: the body is never asked for. */
  readonly body?: readonly Uint8Array[];
  readonly trailers?: readonly (readonly [string, string])[];
  /** Nanoseconds, by the names of request-options. */
  readonly timeouts?: Readonly<Record<string, bigint>>;
}
export interface Fetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: unknown;
}

const TYPES = "http/types";

export function fieldsOf(wasi: Preview2, entries: readonly (readonly [string, string])[] = []): unknown {
  return ok(
    call(
      wasi,
      TYPES,
      "[static]fields.from-list",
      entries.map(([name, value]) => [name, bytes(value)]),
    ),
  );
}

export function makeRequest(wasi: Preview2, fetch: Fetch): unknown {
  const request: unknown = call(wasi, TYPES, "[constructor]outgoing-request", fieldsOf(wasi, fetch.headers));
  const set = (name: string, value: unknown): void =>
    void ok(call(wasi, TYPES, `[method]outgoing-request.set-${name}`, request, value));
  set("method", fetch.method ?? { tag: "get" });
  set("scheme", { tag: fetch.scheme ?? "HTTP" });
  set("authority", fetch.authority);
  set("path-with-query", fetch.path ?? "/");
  return request;
}

/** The answer to one request, or the error code that kept it from coming. */
export function fetch(wasi: Preview2, wanted: Fetch): Fetched | { readonly fault: unknown } {
  const request = makeRequest(wasi, wanted);
  const body: unknown =
    wanted.body === undefined ? undefined : ok(call(wasi, TYPES, "[method]outgoing-request.body", request));
  const options: unknown = call(wasi, TYPES, "[constructor]request-options");
  for (const [name, value] of Object.entries(wanted.timeouts ?? {}))
    ok(call(wasi, TYPES, `[method]request-options.set-${name}`, options, value));
  const sent = call(wasi, "http/outgoing-handler", "handle", request, options);
  if (sent.tag === "err") return { fault: sent.val };
  const future: unknown = sent.val;
  if (body !== undefined) {
    const fault = sendBody(wasi, body, wanted);
    if (fault !== undefined) return { fault };
  }
  return settle(wasi, future);
}

function sendBody(wasi: Preview2, body: unknown, { body: parts = [], trailers }: Fetch): unknown {
  const output: unknown = ok(call(wasi, TYPES, "[method]outgoing-body.write", body));
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      block(wasi, call(wasi, "io/streams", "[method]output-stream.subscribe", output));
      const permit: bigint = ok(call(wasi, "io/streams", "[method]output-stream.check-write", output));
      const piece = part.subarray(at, at + Number(permit));
      const written = call(wasi, "io/streams", "[method]output-stream.write", output, piece);
      if (written.tag === "err") return faultOf(wasi, written);
      at += piece.length;
    }
  }
  const last = trailers === undefined ? undefined : fieldsOf(wasi, trailers);
  const finished = call(wasi, TYPES, "[static]outgoing-body.finish", body, last);
  return finished.tag === "err" ? finished.val : undefined;
}

export function settle(wasi: Preview2, future: unknown): Fetched | { readonly fault: unknown } {
  block(wasi, call(wasi, TYPES, "[method]future-incoming-response.subscribe", future));
  const got: Answer = ok(call(wasi, TYPES, "[method]future-incoming-response.get", future));
  if (got.tag === "err") return { fault: got.val };
  const response: unknown = got.val;
  const headers: unknown = call(wasi, TYPES, "[method]incoming-response.headers", response);
  const entries = call(wasi, TYPES, "[method]fields.entries", headers) as unknown as readonly [string, Uint8Array][];
  return {
    status: call(wasi, TYPES, "[method]incoming-response.status", response) as unknown as number,
    headers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), text(value)])),
    response,
  };
}

/** The whole body, its trailers, or the error code with which it broke off. */
export function readBody(
  wasi: Preview2,
  response: unknown,
): { readonly text: string; readonly fault?: unknown; readonly trailers?: Readonly<Record<string, string>> } {
  const body: unknown = ok(call(wasi, TYPES, "[method]incoming-response.consume", response));
  const input: unknown = ok(call(wasi, TYPES, "[method]incoming-body.stream", body));
  const parts: Uint8Array[] = [];
  for (;;) {
    const read = call(wasi, "io/streams", "[method]input-stream.blocking-read", input, 65_536n);
    if (read.tag === "ok") parts.push(read.val);
    else if ((read.val as { readonly tag: string }).tag === "closed") break;
    else return { text: text(Buffer.concat(parts)), fault: faultOf(wasi, read) };
  }
  return { text: text(Buffer.concat(parts)), ...readTrailers(wasi, body) };
}

export function readTrailers(
  wasi: Preview2,
  body: unknown,
): { readonly fault?: unknown; readonly trailers?: Readonly<Record<string, string>> } {
  const future: unknown = call(wasi, TYPES, "[static]incoming-body.finish", body);
  block(wasi, call(wasi, TYPES, "[method]future-trailers.subscribe", future));
  const got: Answer = ok(call(wasi, TYPES, "[method]future-trailers.get", future));
  if (got.tag === "err") return { fault: got.val };
  (future as Disposable)[Symbol.dispose]();
  if (got.val === undefined) return {};
  const entries = call(wasi, TYPES, "[method]fields.entries", got.val) as unknown as readonly [string, Uint8Array][];
  return { trailers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), text(value)])) };
}

/** What `http-error-code` makes of a stream's error. */
function faultOf(wasi: Preview2, failed: Answer): unknown {
  const { tag, val } = failed.val as { readonly tag: string; readonly val?: unknown };
  return tag === "last-operation-failed" ? call(wasi, TYPES, "http-error-code", val) : tag;
}
