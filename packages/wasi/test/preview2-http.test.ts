// wasi:http of preview2 against real servers in another thread: requests, bodies both ways, trailers, limits, time and faults.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { createPreview2, type NetworkOptions, type Preview2, type WasiOptions } from "@tenon/wasi";
import { makeCertificates } from "./certificates.mjs";
import { type Fetch, type Fetched, fetch, makeRequest, readBody, readTrailers, settle } from "./http-caller.ts";
import { bytes, call, ok, startThread } from "./network-caller.ts";

interface Ports {
  readonly http: number;
  readonly https: number;
  readonly raw: number;
}

const certificates = makeCertificates("127.0.0.1");
let server: Worker;
let ports: Ports;
before(async () => {
  const { key, cert } = certificates;
  ({ worker: server, first: ports } = await startThread<Ports>("http-server.mjs", { key, cert }));
});
after(() => server.terminate());

function guest(network: NetworkOptions = {}, options: WasiOptions = {}): Preview2 {
  const allow = [`127.0.0.1:${ports.http}`, `127.0.0.1:${ports.https}`, `127.0.0.1:${ports.raw}`];
  return createPreview2({ network: { allow, ...network }, limits: { maxBlockMs: 20_000 }, ...options });
}

const to = (path: string, more: Partial<Fetch> = {}): Fetch => ({
  authority: `127.0.0.1:${ports.http}`,
  path,
  ...more,
});
const badly = (what: string, more: Partial<Fetch> = {}): Fetch => ({
  authority: `127.0.0.1:${ports.raw}`,
  path: `/${what}`,
  ...more,
});

function answered(found: Fetched | { readonly fault: unknown }): Fetched {
  assert.ok("status" in found, JSON.stringify(found));
  return found;
}

function faultOf(found: Fetched | { readonly fault: unknown }): unknown {
  assert.ok("fault" in found, "it was answered");
  return found.fault;
}

const MS = 1_000_000n;

test("a request goes out as it was made, and its answer comes back whole", () => {
  const wasi = guest();
  const body = [bytes("hello "), bytes("there")];
  const sent = to("/echo?q=1", {
    method: { tag: "post" },
    headers: [
      ["X-One", "1"],
      ["X-Two", "a b"],
    ],
    body,
  });
  const { status, headers, response } = answered(fetch(wasi, sent));
  assert.equal(status, 201);
  assert.deepEqual(
    ["x-method", "x-path", "x-host", "x-one", "x-two"].map((name) => headers[name]),
    ["POST", "/echo?q=1", `127.0.0.1:${ports.http}`, "1", "a b"],
  );
  assert.equal(headers["transfer-encoding"], undefined, "what belongs to the connection is the host's");
  assert.deepEqual(readBody(wasi, response), { text: "hello there" });
  wasi.close();
});

test("bodies: none is none, an empty one is none, a length is kept to, else chunks with trailers", () => {
  const wasi = guest();
  const framing = (more: Partial<Fetch>): string =>
    readBody(wasi, answered(fetch(wasi, to("/framing", more))).response).text;
  assert.equal(framing({}), "GET none none {}");
  assert.equal(framing({ body: [] }), "GET none none {}");
  assert.equal(framing({ body: [bytes("x")] }), "GET chunked none {}");
  assert.equal(
    framing({ method: { tag: "put" }, body: [bytes("four")], headers: [["Content-Length", "4"]] }),
    "PUT none 4 {}",
  );
  const trailers = [["X-Sum", "4"]] as const;
  assert.equal(
    framing({ method: { tag: "post" }, body: [bytes("four")], trailers }),
    'POST chunked none {"x-sum":"4"}',
  );
  assert.equal(framing({ method: { tag: "other", val: "PURGE" } }), "PURGE none 0 {}");
  wasi.close();
});

test("a large body goes out and comes in at the pace of whoever reads it", () => {
  const wasi = guest();
  const part = new Uint8Array(1 << 20).fill(7);
  const sent = fetch(wasi, to("/digest", { method: { tag: "post" }, body: Array.from({ length: 8 }, () => part) }));
  assert.match(readBody(wasi, answered(sent).response).text, /^[0-9a-f]{64}$/);
  const came = readBody(wasi, answered(fetch(wasi, to(`/big?bytes=${8 << 20}`))).response);
  assert.equal(came.text.length >= 4 << 20, true);
  wasi.close();
});

test("a guest that does not read holds the server back", async () => {
  const wasi = guest();
  const { response } = answered(fetch(wasi, to(`/big?bytes=${256 << 20}`)));
  // The server learns how much it got rid of when the guest lets go.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const told = new Promise<{ readonly closed: number }>((resolve) => server.once("message", resolve));
  (response as Disposable)[Symbol.dispose]();
  const { closed } = await told;
  assert.ok(closed < 32 << 20, `${closed} bytes were taken from a response that nobody read`);
  wasi.close();
});

test("trailers come after the body, also when nobody reads it", () => {
  const wasi = guest();
  const { response } = answered(fetch(wasi, to("/trailers")));
  assert.deepEqual(readBody(wasi, response), { text: "body", trailers: { "x-sum": "4" } });
  const unread: unknown = answered(fetch(wasi, to("/trailers"))).response;
  const body: unknown = ok(call(wasi, "http/types", "[method]incoming-response.consume", unread));
  assert.deepEqual(readTrailers(wasi, body), { trailers: { "x-sum": "4" } });
  wasi.close();
});

test("an early answer counts, whatever of the body was still to come", () => {
  const wasi = guest();
  const request = makeRequest(wasi, to("/early", { method: { tag: "post" } }));
  const body: unknown = ok(call(wasi, "http/types", "[method]outgoing-request.body", request));
  const future: unknown = ok(call(wasi, "http/outgoing-handler", "handle", request, undefined));
  const { status } = answered(settle(wasi, future));
  assert.equal(status, 413);
  (body as Disposable)[Symbol.dispose]();
  wasi.close();
});

test("TLS: an authority that the operator named is trusted, and nobody else", () => {
  const secure = (more: Partial<Fetch> = {}): Fetch => ({
    scheme: "HTTPS",
    authority: `127.0.0.1:${ports.https}`,
    path: "/echo",
    ...more,
  });
  const trusting = guest({ http: { ca: [certificates.ca] } });
  assert.equal(answered(fetch(trusting, secure())).headers["x-method"], "GET");
  assert.deepEqual(faultOf(fetch(trusting, secure({ authority: `127.0.0.1:${ports.http}` }))), {
    tag: "TLS-protocol-error",
  });
  trusting.close();
  const strict = guest();
  assert.deepEqual(faultOf(fetch(strict, secure())), { tag: "TLS-certificate-error" });
  strict.close();
});

test("what a server does wrong has its own error code", () => {
  const wasi = guest();
  const head = (what: string): unknown => faultOf(fetch(wasi, badly(what)));
  assert.deepEqual(head("garbage"), { tag: "HTTP-protocol-error" });
  assert.deepEqual(head("close"), { tag: "connection-terminated" });
  assert.deepEqual(head("two-lengths"), { tag: "HTTP-protocol-error" });
  assert.deepEqual(head("upgrade"), { tag: "HTTP-upgrade-failed" });
  const body = (what: string): unknown => readBody(wasi, answered(fetch(wasi, badly(what))).response).fault;
  assert.deepEqual(body("cut"), { tag: "HTTP-response-incomplete" });
  assert.deepEqual(body("cut-chunk"), { tag: "HTTP-response-incomplete" });
  assert.deepEqual(faultOf(fetch(guest({ allow: ["127.0.0.1:1"] }), { authority: "127.0.0.1:1" })), {
    tag: "connection-refused",
  });
  wasi.close();
});

test("limits: headers and bodies, both ways, and requests at once", () => {
  const wasi = guest(
    { http: { maxHeaderBytes: 2000, maxBodyBytes: 10_000 } },
    { limits: { maxOpenFiles: 2, maxBlockMs: 20_000 } },
  );
  const long = "x".repeat(3000);
  assert.deepEqual(faultOf(fetch(wasi, to("/echo", { headers: [["X-Long", long]] }))), {
    tag: "HTTP-request-header-section-size",
    val: 3010,
  });
  assert.deepEqual(faultOf(fetch(wasi, to(`/${long}`))), { tag: "HTTP-request-URI-too-long" });
  assert.deepEqual(faultOf(fetch(wasi, to("/headers?bytes=3000"))), {
    tag: "HTTP-response-header-section-size",
    val: 2000,
  });
  const sent = fetch(wasi, to("/digest", { method: { tag: "post" }, body: [new Uint8Array(10_001)] }));
  assert.deepEqual(faultOf(sent), { tag: "HTTP-request-body-size", val: 10_001n });
  wasi.close();
  const reading = guest({ http: { maxBodyBytes: 10_000 } });
  const came = readBody(reading, answered(fetch(reading, to("/big?bytes=20000"))).response);
  assert.equal((came.fault as { readonly tag: string }).tag, "HTTP-response-body-size");
  reading.close();
  const few = guest({}, { limits: { maxOpenFiles: 1, maxBlockMs: 20_000 } });
  const send = () => call(few, "http/outgoing-handler", "handle", makeRequest(few, to("/slow-head")), undefined);
  const first: Disposable = ok(send());
  assert.deepEqual(send(), { tag: "err", val: { tag: "connection-limit-reached" } });
  first[Symbol.dispose]();
  assert.equal(send().tag, "ok");
  few.close();
});

test("a length that is not kept to, and trailers behind one, are errors of the sender", () => {
  const wasi = guest();
  const headers = [["Content-Length", "5"]] as const;
  const short = fetch(wasi, to("/digest", { method: { tag: "post" }, headers, body: [bytes("four")] }));
  assert.deepEqual(faultOf(short), { tag: "HTTP-request-body-size", val: 4n });
  const long = fetch(wasi, to("/digest", { method: { tag: "post" }, headers, body: [bytes("sixsix")] }));
  assert.deepEqual(faultOf(long), { tag: "HTTP-request-body-size", val: 6n });
  const trailing = fetch(
    wasi,
    to("/digest", { method: { tag: "post" }, headers, body: [bytes("five5")], trailers: [["x", "y"]] }),
  );
  assert.deepEqual(faultOf(trailing), { tag: "HTTP-protocol-error" });
  assert.deepEqual(faultOf(fetch(wasi, to("/digest", { headers }))), { tag: "HTTP-request-body-size", val: 0n });
  wasi.close();
});

test("timeouts of the guest end a request that hangs, and the host's are the most", () => {
  const wasi = guest();
  const first = { "first-byte-timeout": 60n * MS };
  assert.deepEqual(faultOf(fetch(wasi, to("/slow-head", { timeouts: first }))), { tag: "connection-read-timeout" });
  const between = { "between-bytes-timeout": 60n * MS };
  const { response } = answered(fetch(wasi, to("/slow-body", { timeouts: between })));
  assert.deepEqual(readBody(wasi, response), { text: "begin", fault: { tag: "connection-read-timeout" } });
  wasi.close();
  const capped = guest({ http: { maxTimeoutMs: 60 } });
  const asked = { "first-byte-timeout": 3_600_000n * MS, "connect-timeout": 3_600_000n * MS };
  // On a busy machine connecting takes as long as that.
  const { tag } = faultOf(fetch(capped, to("/slow-head", { timeouts: asked }))) as { readonly tag: string };
  assert.match(tag, /^connection-(read-)?timeout$/);
  capped.close();
});

test("fields: names and values are checked, the connection's own are forbidden, given ones are immutable", () => {
  const wasi = guest();
  const fields: unknown = call(wasi, "http/types", "[constructor]fields");
  const append = (name: string, value: string) =>
    call(wasi, "http/types", "[method]fields.append", fields, name, bytes(value));
  for (const name of ["Host", "connection", "Transfer-Encoding", "UPGRADE", "keep-alive", "proxy-authorization"])
    assert.deepEqual(append(name, "x"), { tag: "err", val: { tag: "forbidden" } }, name);
  for (const [name, value] of [
    ["", "x"],
    ["a b", "x"],
    ["a:", "x"],
    ["a", "x\r\nHost: evil"],
    ["a", "x\0"],
  ] as const)
    assert.deepEqual(
      append(name, value),
      { tag: "err", val: { tag: "invalid-syntax" } },
      JSON.stringify([name, value]),
    );
  ok(append("__proto__", "1"));
  ok(append("X-A", "1"));
  ok(append("x-a", "2"));
  const get = (name: string) => call(wasi, "http/types", "[method]fields.get", fields, name) as unknown as Uint8Array[];
  assert.deepEqual(
    get("X-a").map((value) => Buffer.from(value).toString()),
    ["1", "2"],
  );
  ok(call(wasi, "http/types", "[method]fields.set", fields, "X-A", [bytes("3")]));
  assert.equal(get("x-a").length, 1);
  const request: unknown = call(wasi, "http/types", "[constructor]outgoing-request", fields);
  const headers: unknown = call(wasi, "http/types", "[method]outgoing-request.headers", request);
  assert.deepEqual(call(wasi, "http/types", "[method]fields.delete", headers, "x-a"), {
    tag: "err",
    val: { tag: "immutable" },
  });
  const set = (what: string, value: unknown) =>
    call(wasi, "http/types", `[method]outgoing-request.set-${what}`, request, value).tag;
  assert.equal(set("method", { tag: "other", val: "a b" }), "err");
  for (const path of ["no slash", "/a b", "/a#b", "/\r\n"]) assert.equal(set("path-with-query", path), "err", path);
  for (const authority of ["", "a/b", "user@host", "a b", "[::1", "a:b"])
    assert.equal(set("authority", authority), "err", authority);
  wasi.close();
});

test("the same future gives its answer once, and closing the guest ends what is under way", () => {
  const wasi = guest();
  const future: unknown = ok(call(wasi, "http/outgoing-handler", "handle", makeRequest(wasi, to("/echo")), undefined));
  assert.equal(answered(settle(wasi, future)).status, 201);
  assert.deepEqual(call(wasi, "http/types", "[method]future-incoming-response.get", future), {
    tag: "err",
    val: undefined,
  });
  ok(call(wasi, "http/outgoing-handler", "handle", makeRequest(wasi, to("/slow-head")), undefined));
  wasi.close();
});
