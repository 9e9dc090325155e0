// TCP of preview2 against a server in another thread: within the grants it works, beyond them nothing is even tried.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { createPreview2, type Preview2 } from "@tenon/wasi";
import { type Answer, call, ok, startThread } from "./network-caller.ts";

let server: Worker;
let port = 0;
before(async () => {
  ({ worker: server, first: port } = await startThread<number>("echo-server.mjs"));
});
after(() => server.terminate());

function connect(wasi: Preview2, address: readonly number[], to: number): Answer & { readonly socket?: unknown } {
  const network = call(wasi, "sockets/instance-network", "instance-network");
  const created = call(wasi, "sockets/tcp-create-socket", "create-tcp-socket", "ipv4");
  if (created.tag === "err") return created;
  const socket: unknown = created.val;
  const target = { tag: "ipv4", val: { port: to, address } };
  const started = call(wasi, "sockets/tcp", "[method]tcp-socket.start-connect", socket, network, target);
  if (started.tag === "err") return { ...started, socket };
  call(wasi, "io/poll", "[method]pollable.block", call(wasi, "sockets/tcp", "[method]tcp-socket.subscribe", socket));
  return { ...call(wasi, "sockets/tcp", "[method]tcp-socket.finish-connect", socket), socket };
}

const LOOPBACK = [127, 0, 0, 1];

function readText(wasi: Preview2, input: unknown, wanted: number): string {
  let text = "";
  while (text.length < wanted) {
    const bytes: Uint8Array = ok(call(wasi, "io/streams", "[method]input-stream.blocking-read", input, 100_000n));
    text += new TextDecoder().decode(bytes);
  }
  return text;
}

test("a granted address is connected to, written to and read from to its end", () => {
  const wasi = createPreview2({ network: { allow: [`127.0.0.1:${port}`] }, limits: { maxBlockMs: 20_000 } });
  const connected = connect(wasi, LOOPBACK, port);
  const [input, output] = ok<[unknown, unknown]>(connected);
  const remote = call(wasi, "sockets/tcp", "[method]tcp-socket.remote-address", connected.socket);
  assert.deepEqual(remote, { tag: "ok", val: { tag: "ipv4", val: { port, address: LOOPBACK } } });
  assert.equal(readText(wasi, input, 6), "hello ");
  const sent = "x".repeat(300_000);
  for (let at = 0; at < sent.length;) {
    const permit: bigint = ok(call(wasi, "io/streams", "[method]output-stream.check-write", output));
    if (permit === 0n) continue;
    const part = new TextEncoder().encode(sent.slice(at, at + Number(permit)));
    ok(call(wasi, "io/streams", "[method]output-stream.write", output, part));
    at += part.length;
  }
  ok(call(wasi, "io/streams", "[method]output-stream.blocking-flush", output));
  assert.equal(readText(wasi, input, sent.length), sent);
  ok(call(wasi, "sockets/tcp", "[method]tcp-socket.shutdown", connected.socket, "send"));
  const end = call(wasi, "io/streams", "[method]input-stream.blocking-read", input, 10n);
  assert.deepEqual(end, { tag: "err", val: { tag: "closed" } });
  (connected.socket as Disposable)[Symbol.dispose]();
  assert.equal(call(wasi, "io/streams", "[method]output-stream.write", output, new Uint8Array(1)).tag, "err");
  wasi.close();
});

test("localhost is resolved and connected to when it is granted by name", () => {
  const wasi = createPreview2({ network: { allow: [`localhost:${port}`] }, limits: { maxBlockMs: 20_000 } });
  assert.deepEqual(connect(wasi, LOOPBACK, port).val, "access-denied", "before the name was resolved");
  const stream: unknown = ok(call(wasi, "sockets/ip-name-lookup", "resolve-addresses", {}, "localhost"));
  const found: unknown[] = [];
  for (;;) {
    const next: unknown = ok(
      call(wasi, "sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address", stream),
    );
    if (next === undefined) break;
    found.push(next);
  }
  assert.ok(JSON.stringify(found).includes("127,0,0,1"), JSON.stringify(found));
  assert.equal(connect(wasi, LOOPBACK, port).tag, "ok");
  wasi.close();
});

test("what is not granted is access-denied: other ports, other addresses, names, and everything without a grant", () => {
  const wasi = createPreview2({ network: { allow: ["127.0.0.2:80", "example.org:443"] } });
  assert.equal(connect(wasi, LOOPBACK, port).val, "access-denied");
  assert.equal(connect(wasi, [127, 0, 0, 2], 81).val, "access-denied");
  assert.equal(connect(wasi, [169, 254, 169, 254], 80).val, "access-denied");
  assert.equal(call(wasi, "sockets/ip-name-lookup", "resolve-addresses", {}, "localhost").val, "access-denied");
  wasi.close();
  const none = createPreview2();
  assert.equal(connect(none, LOOPBACK, port).val, "access-denied");
  none.close();
});

test("a refused connection says so, and sockets count against the limit", () => {
  const wasi = createPreview2({ network: { allow: ["127.0.0.1:*"] }, limits: { maxOpenFiles: 3, maxBlockMs: 20_000 } });
  assert.equal(connect(wasi, LOOPBACK, 1).val, "connection-refused");
  assert.equal(connect(wasi, LOOPBACK, port).tag, "ok");
  assert.equal(connect(wasi, LOOPBACK, port).tag, "ok");
  assert.equal(connect(wasi, LOOPBACK, port).val, "new-socket-limit");
  wasi.close();
});
