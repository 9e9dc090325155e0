// UDP and listening of preview2 on loopback: within the grants they work, and strangers are not heard.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createPreview2, type NetworkOptions, type Preview2 } from "@tenon/wasi";
import { type Answer, block, bytes, call, ok, startThread, text } from "./network-caller.ts";

interface Datagram {
  readonly data: Uint8Array;
  readonly remoteAddress: unknown;
}

const LOOPBACK = [127, 0, 0, 1];
const v4 = (port: number, address: readonly number[] = LOOPBACK) => ({ tag: "ipv4", val: { port, address } });
const ANY = v4(0, [0, 0, 0, 0]);

function guest(network: NetworkOptions): Preview2 {
  return createPreview2({ network, limits: { maxBlockMs: 20_000 } });
}

/** `udp` or `tcp`: a socket that is bound, or why it is not. */
function bind(wasi: Preview2, kind: "udp" | "tcp", at: unknown): Answer & { readonly socket: unknown } {
  const network = call(wasi, "sockets/instance-network", "instance-network");
  const socket: unknown = ok(call(wasi, `sockets/${kind}-create-socket`, `create-${kind}-socket`, "ipv4"));
  const method = (name: string, ...args: readonly unknown[]): Answer =>
    call(wasi, `sockets/${kind}`, `[method]${kind}-socket.${name}`, socket, ...args);
  const started = method("start-bind", network, at);
  if (started.tag === "err") return { ...started, socket };
  block(wasi, method("subscribe"));
  return { ...method("finish-bind"), socket };
}

const udp = (wasi: Preview2, name: string, ...args: readonly unknown[]): Answer =>
  call(wasi, "sockets/udp", `[method]${name}`, ...args);
const tcp = (wasi: Preview2, name: string, ...args: readonly unknown[]): Answer =>
  call(wasi, "sockets/tcp", `[method]tcp-socket.${name}`, ...args);

function portOf(answer: Answer): number {
  return ok<{ readonly val: { readonly port: number } }>(answer).val.port;
}

function send(wasi: Preview2, stream: unknown, data: Uint8Array, remoteAddress: unknown): Answer {
  ok(udp(wasi, "outgoing-datagram-stream.check-send", stream));
  return udp(wasi, "outgoing-datagram-stream.send", stream, [{ data, remoteAddress }]);
}

function receive(wasi: Preview2, stream: unknown): readonly Datagram[] {
  block(wasi, udp(wasi, "incoming-datagram-stream.subscribe", stream));
  return ok(udp(wasi, "incoming-datagram-stream.receive", stream, 10n));
}

test("a client sends to what is granted, connected or not, and hears nobody else", async () => {
  const { worker, first: port } = await startThread<number>("udp-echo.mjs");
  const stranger: Socket = createSocket("udp4");
  await new Promise<void>((resolve) => stranger.bind(0, "127.0.0.1", resolve));
  const wasi = guest({ allow: [`127.0.0.1:${port}`] });
  const { socket } = bind(wasi, "udp", ANY);
  const own = portOf(udp(wasi, "udp-socket.local-address", socket));
  const [input, output] = ok<[unknown, unknown]>(udp(wasi, "udp-socket.stream", socket, undefined));
  // Sent first, and dropped: the granted peer's answer is all that the guest gets.
  await new Promise<void>((resolve) => stranger.send("from a stranger", own, "127.0.0.1", () => resolve()));
  assert.deepEqual(send(wasi, output, bytes("one"), v4(port)), { tag: "ok", val: 1n });
  assert.deepEqual(
    receive(wasi, input).map(({ data, remoteAddress }) => [text(data), remoteAddress]),
    [["echo one", v4(port)]],
  );
  assert.deepEqual(send(wasi, output, bytes("x"), v4(stranger.address().port)).val, "access-denied");
  assert.deepEqual(send(wasi, output, bytes("x"), v4(53, [169, 254, 169, 254])).val, "access-denied");
  assert.deepEqual(send(wasi, output, bytes("x"), undefined).val, "invalid-argument");
  assert.deepEqual(send(wasi, output, new Uint8Array(65_508), v4(port)).val, "datagram-too-large");
  assert.throws(() => guestSends(wasi, output, port), { code: "plugin-trap" });
  wasi.close();
  stranger.close();
  await worker.terminate();
});

/** Without asking how many it may send. */
function guestSends(wasi: Preview2, output: unknown, port: number): void {
  udp(wasi, "outgoing-datagram-stream.send", output, [{ data: bytes("x"), remoteAddress: v4(port) }]);
}

test("a connected stream has one peer, and the streams before it are dead", async () => {
  const { worker, first: port } = await startThread<number>("udp-echo.mjs");
  const wasi = guest({ allow: [`127.0.0.1:${port}`, "127.0.0.1:9"] });
  const { socket } = bind(wasi, "udp", ANY);
  const [old] = ok<[unknown]>(udp(wasi, "udp-socket.stream", socket, undefined));
  assert.equal(udp(wasi, "udp-socket.stream", socket, v4(port + 1)).val, "access-denied");
  assert.equal(udp(wasi, "udp-socket.stream", socket, v4(0)).val, "invalid-argument");
  const [input, output] = ok<[unknown, unknown]>(udp(wasi, "udp-socket.stream", socket, v4(port)));
  assert.equal(udp(wasi, "incoming-datagram-stream.receive", old, 1n).val, "invalid-state");
  assert.deepEqual(udp(wasi, "udp-socket.remote-address", socket), { tag: "ok", val: v4(port) });
  assert.equal(send(wasi, output, bytes("x"), v4(9)).val, "invalid-argument");
  ok(send(wasi, output, bytes("two"), undefined));
  assert.deepEqual(
    receive(wasi, input).map(({ data }) => text(data)),
    ["echo two"],
  );
  ok(udp(wasi, "udp-socket.set-unicast-hop-limit", socket, 3));
  assert.deepEqual(udp(wasi, "udp-socket.unicast-hop-limit", socket), { tag: "ok", val: 3 });
  assert.equal(udp(wasi, "udp-socket.set-receive-buffer-size", socket, 0n).val, "invalid-argument");
  ok(udp(wasi, "udp-socket.set-receive-buffer-size", socket, 65_536n));
  assert.ok(ok<bigint>(udp(wasi, "udp-socket.receive-buffer-size", socket)) >= 65_536n);
  wasi.close();
  await worker.terminate();
});

test("where listening is granted a UDP socket hears everybody, and may answer who wrote", async () => {
  const wasi = guest({ listen: ["127.0.0.1:0"] });
  assert.equal(bind(wasi, "udp", v4(0, [127, 0, 0, 2])).val, "access-denied");
  assert.equal(
    bind(wasi, "udp", ANY).val,
    "access-denied",
    "nothing may be reached, so there is nothing to bind a client for",
  );
  const { socket } = bind(wasi, "udp", v4(0));
  const [input, output] = ok<[unknown, unknown]>(udp(wasi, "udp-socket.stream", socket, undefined));
  const caller = createSocket("udp4");
  await new Promise<void>((resolve) => caller.bind(0, "127.0.0.1", resolve));
  const from = v4(caller.address().port);
  assert.equal(send(wasi, output, bytes("x"), from).val, "access-denied", "it has not written yet");
  const own = portOf(udp(wasi, "udp-socket.local-address", socket));
  await new Promise<void>((resolve) => caller.send("hello?", own, "127.0.0.1", () => resolve()));
  const [got] = receive(wasi, input);
  assert.deepEqual([text(got!.data), got!.remoteAddress], ["hello?", from]);
  const heard = once(caller, "message") as Promise<[Uint8Array]>;
  ok(send(wasi, output, bytes("here"), from));
  assert.equal(text((await heard)[0]), "here");
  caller.close();
  wasi.close();
});

test("a TCP server takes connections where it was granted, and nowhere else", async () => {
  const wasi = guest({ listen: ["127.0.0.1:0"] });
  for (const at of [v4(8080), v4(0, [0, 0, 0, 0]), v4(0, [127, 0, 0, 2])])
    assert.equal(bind(wasi, "tcp", at).val, "access-denied");
  const { socket } = bind(wasi, "tcp", v4(0));
  assert.deepEqual(tcp(wasi, "accept", socket), { tag: "err", val: "invalid-state" });
  ok(tcp(wasi, "start-listen", socket));
  ok(tcp(wasi, "finish-listen", socket));
  assert.equal(call(wasi, "sockets/tcp", "[method]tcp-socket.is-listening", socket), true);
  assert.deepEqual(tcp(wasi, "accept", socket), { tag: "err", val: "would-block" });
  const port = portOf(tcp(wasi, "local-address", socket));
  const client = new Worker(new URL("tcp-client.mjs", import.meta.url), {
    execArgv: [],
    workerData: { port, say: "ping" },
  });
  const heard = once(client, "message") as Promise<[string]>;
  block(wasi, tcp(wasi, "subscribe", socket));
  const [accepted, input, output] = ok<[unknown, unknown, unknown]>(tcp(wasi, "accept", socket));
  assert.ok(portOf(tcp(wasi, "remote-address", accepted)) > 0);
  const came: Uint8Array = ok(call(wasi, "io/streams", "[method]input-stream.blocking-read", input, 100n));
  assert.equal(text(came), "ping");
  ok(call(wasi, "io/streams", "[method]output-stream.blocking-write-and-flush", output, bytes("pong")));
  ok(tcp(wasi, "shutdown", accepted, "both"));
  assert.deepEqual(call(wasi, "io/streams", "[method]input-stream.blocking-read", input, 1n), {
    tag: "err",
    val: { tag: "closed" },
  });
  assert.equal((await heard)[0], "pong");
  wasi.close();
  await client.terminate();
});

test("a place that is taken says so, and what a guest bound as a client it cannot listen at", async () => {
  const { worker, first: port } = await startThread<number>("echo-server.mjs");
  const wasi = guest({ listen: ["127.0.0.1:*"], allow: [`127.0.0.1:${port}`] });
  assert.equal(bind(wasi, "tcp", v4(port)).val, "address-in-use");
  const client = bind(wasi, "tcp", ANY);
  assert.equal(client.tag, "ok");
  assert.deepEqual(tcp(wasi, "start-listen", client.socket), { tag: "err", val: "access-denied" });
  // A bound socket may still become a client's, at the port that it has.
  const bound = bind(wasi, "tcp", v4(0));
  const own = portOf(tcp(wasi, "local-address", bound.socket));
  const network = call(wasi, "sockets/instance-network", "instance-network");
  ok(tcp(wasi, "start-connect", bound.socket, network, v4(port)));
  block(wasi, tcp(wasi, "subscribe", bound.socket));
  ok(tcp(wasi, "finish-connect", bound.socket));
  assert.equal(portOf(tcp(wasi, "local-address", bound.socket)), own);
  assert.deepEqual(tcp(wasi, "keep-alive-enabled", bound.socket), { tag: "ok", val: false });
  ok(tcp(wasi, "set-keep-alive-enabled", bound.socket, true));
  ok(tcp(wasi, "set-keep-alive-idle-time", bound.socket, 90_000_000_000n));
  assert.deepEqual(tcp(wasi, "keep-alive-idle-time", bound.socket), { tag: "ok", val: 90_000_000_000n });
  assert.deepEqual(tcp(wasi, "set-hop-limit", bound.socket, 0), { tag: "err", val: "invalid-argument" });
  assert.deepEqual(tcp(wasi, "hop-limit", bound.socket), { tag: "err", val: "not-supported" });
  wasi.close();
  await worker.terminate();
});

test("a listen grant is an address and a port", () => {
  for (const listen of ["example.org:80", "localhost:80", "127.0.0.1", "127.0.0.1:65536", ""])
    assert.throws(() => guest({ listen: [listen] }), { code: "config-invalid" }, listen);
});
