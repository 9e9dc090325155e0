// wasi:http/incoming-handler: what a guest is given for a request that came to the host, and what is made of its answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPreview2, type HttpCall, type HttpOutcome, type Preview2 } from "@tenon/wasi";
import { fieldsOf } from "./http-caller.ts";
import { bytes, call, ok, text } from "./network-caller.ts";

const TYPES = "http/types";
const streams = (wasi: Preview2, name: string, ...args: readonly unknown[]) =>
  call(wasi, "io/streams", `[method]${name}`, ...args);

/** What `handle` does with the request and the place for the answer. */
type Handler = (wasi: Preview2, request: unknown, responseOut: unknown) => void;

function serve(handler: Handler, request: Partial<HttpCall> = {}, maxBodyBytes?: number): HttpOutcome {
  const wasi = createPreview2();
  const handle = (incoming: object, out: object): void => handler(wasi, incoming, out);
  const outcome = wasi.answerHttp({ authority: "test.example", ...request }, handle, maxBodyBytes);
  wasi.close();
  return outcome;
}

function bodyOf(wasi: Preview2, request: unknown): string {
  const body: unknown = ok(call(wasi, TYPES, "[method]incoming-request.consume", request));
  const input: unknown = ok(call(wasi, TYPES, "[method]incoming-body.stream", body));
  const read = streams(wasi, "input-stream.blocking-read", input, 1000n);
  return read.tag === "ok" ? text(read.val) : "";
}

function respond(wasi: Preview2, out: unknown, content: string, trailers?: unknown): void {
  const response: unknown = call(wasi, TYPES, "[constructor]outgoing-response", fieldsOf(wasi, [["X-Guest", "yes"]]));
  ok(call(wasi, TYPES, "[method]outgoing-response.set-status-code", response, 202));
  const body: unknown = ok(call(wasi, TYPES, "[method]outgoing-response.body", response));
  call(wasi, TYPES, "[static]response-outparam.set", out, { tag: "ok", val: response });
  const output: unknown = ok(call(wasi, TYPES, "[method]outgoing-body.write", body));
  streams(wasi, "output-stream.blocking-write-and-flush", output, bytes(content));
  call(wasi, TYPES, "[static]outgoing-body.finish", body, trailers);
}

test("the guest sees the request as it came, and its answer is whole", () => {
  const seen: unknown[] = [];
  const get = (wasi: Preview2, name: string, request: unknown) =>
    call(wasi, TYPES, `[method]incoming-request.${name}`, request);
  const outcome = serve(
    (wasi, request, out) => {
      for (const name of ["method", "path-with-query", "scheme", "authority"]) seen.push(get(wasi, name, request));
      const headers = call(wasi, TYPES, "[method]fields.entries", get(wasi, "headers", request));
      seen.push((headers as unknown as readonly [string][]).map(([name]) => name));
      respond(wasi, out, bodyOf(wasi, request), fieldsOf(wasi, [["X-Last", "1"]]));
    },
    {
      method: "PATCH",
      path: "/a?b",
      scheme: "https",
      headers: [
        ["X-One", "1"],
        ["Connection", "close"],
        ["Host", "test.example"],
      ],
      body: bytes("body"),
    },
  );
  assert.deepEqual(seen, [{ tag: "patch" }, "/a?b", { tag: "HTTPS" }, "test.example", ["X-One"]]);
  assert.equal(outcome.tag, "ok");
  const { status, headers, body, trailers } = outcome.val;
  assert.deepEqual([status, headers, text(body), trailers], [202, [["X-Guest", "yes"]], "body", [["X-Last", "1"]]]);
});

test("no answer, an error, half an answer and one that is too long are errors", () => {
  const none = serve(() => undefined);
  assert.deepEqual(none, { tag: "err", val: { tag: "internal-error", val: "the guest gave no answer" } });
  const error = { tag: "err", val: { tag: "HTTP-request-denied" } };
  assert.deepEqual(
    serve((wasi, _request, out) => void call(wasi, TYPES, "[static]response-outparam.set", out, error)),
    error,
  );
  const half = serve((wasi, _request, out) => {
    const response: unknown = call(wasi, TYPES, "[constructor]outgoing-response", fieldsOf(wasi));
    const body: Disposable = ok(call(wasi, TYPES, "[method]outgoing-response.body", response));
    call(wasi, TYPES, "[static]response-outparam.set", out, { tag: "ok", val: response });
    body[Symbol.dispose]();
  });
  assert.deepEqual(half, { tag: "err", val: { tag: "internal-error", val: "the guest did not finish its body" } });
  const long = serve((wasi, _request, out) => respond(wasi, out, "x".repeat(11)), {}, 10);
  assert.deepEqual(long, { tag: "err", val: { tag: "HTTP-response-body-size", val: 11n } });
});

test("what a guest throws while it answers is thrown as from any other call, and exit ends it", () => {
  const wasi = createPreview2();
  const exits = (): unknown => call(wasi, "cli/exit", "exit", { tag: "ok", val: undefined });
  assert.throws(() => wasi.answerHttp({ authority: "x" }, exits), { code: "plugin-crashed" });
  wasi.close();
});
