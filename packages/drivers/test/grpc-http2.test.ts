// Servers that break gRPC on the level of HTTP/2 (security R30): each call ends with one typed error, and the next one is served.
import assert from "node:assert/strict";
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TenonError, type Contract, type ErrorCode } from "@tenon/contract";
import { grpcDriver, readForeignContract } from "@tenon/drivers/grpc";
import { createHost, type Host } from "@tenon/host";
import { takeSnapshot, unchanged } from "@tenon/verify";

type Notifier = { readonly notifier: { notify(request: object, options?: object): Promise<unknown> } };

const GRPC = { ":status": 200, "content-type": "application/grpc+proto" };
const EMPTY = Buffer.from([0, 0, 0, 0, 0]);

type Mode = (stream: ServerHttp2Stream) => void;

function answer(stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string> | undefined): void {
  stream.respond(GRPC, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers ?? {}));
  stream.end(body);
}

const good: Mode = (stream) => answer(stream, EMPTY, { "grpc-status": "0" });
/** Answers behind a header that claims `length` bytes. */
const claims =
  (flag: number, length: number): Mode =>
  (stream) => {
    const header = Buffer.from([flag, 0, 0, 0, 0, 1, 2, 3]);
    header.writeUInt32BE(length, 1);
    answer(stream, header, { "grpc-status": "0" });
  };

const goAway: Mode = (stream) => {
  const { session } = stream;
  session!.goaway();
  stream.close(8);
  setTimeout(() => session!.destroy(), 100);
};

const MODES: Readonly<Record<string, readonly [Mode, ...ErrorCode[]]>> = {
  "no status at all": [(stream) => answer(stream, EMPTY, undefined), "plugin-trap"],
  "a status that is no number": [(stream) => answer(stream, EMPTY, { "grpc-status": "x" }), "plugin-trap"],
  "a page of HTML": [
    (stream) => (stream.respond({ ":status": 200, "content-type": "text/html" }), stream.end("<p>")),
    "plugin-trap",
  ],
  "HTTP 503": [(stream) => (stream.respond({ ":status": 503 }), stream.end()), "plugin-crashed", "plugin-trap"],
  "a reset stream": [(stream) => stream.close(2), "plugin-trap", "plugin-crashed"],
  "a connection that is gone": [(stream) => stream.session!.destroy(), "plugin-crashed"],
  // The server ends its connection itself afterwards: it is in this process, and its socket would count as left behind.
  "GOAWAY in the middle of a call": [goAway, "cancelled", "plugin-crashed", "plugin-trap"],
  "a compressed message that no encoding was named for": [claims(1, 3), "plugin-trap"],
  "a message that claims four gigabytes": [claims(0, 0xffff_ffff), "resource-exhausted"],
  "two messages where one is due": [
    (stream) => answer(stream, Buffer.concat([EMPTY, EMPTY]), { "grpc-status": "0" }),
    "function-missing",
  ],
  "status 0 and no message": [(stream) => answer(stream, Buffer.alloc(0), { "grpc-status": "0" }), "function-missing"],
  // The library takes it for a method that answered nothing.
  "a message that ends early": [claims(0, 100), "plugin-trap", "function-missing"],
  "headers without measure": [
    (stream) => answer(stream, EMPTY, { "grpc-status": "0", x: "y".repeat(200_000) }),
    "plugin-trap",
    "plugin-crashed",
    "resource-exhausted",
  ],
  "an answer that never comes": [(stream) => stream.respond(GRPC), "deadline-exceeded"],
};

let mode: Mode = good;
let server: Http2Server;
let host: Host;
const sessions = new Set<ServerHttp2Session>();

before(async () => {
  host = createHost({ drivers: [grpcDriver] });
  server = createServer({ settings: { maxHeaderListSize: 2 ** 20 } });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    stream.resume();
    if (headers[":path"] === "/proto.Notifier/Notify") return mode(stream);
    answer(stream, Buffer.alloc(0), { "grpc-status": "12" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await host.close();
  for (const session of sessions) session.destroy();
  server.close();
});

async function load(): Promise<Notifier & { close(): Promise<void> }> {
  const proto = fileURLToPath(new URL("fixtures/notifier.proto", import.meta.url));
  const { contract, schema } = await readForeignContract({ proto });
  const { port } = server.address() as AddressInfo;
  return host.load(contract as Contract<Notifier>, {
    id: `notifier-${Math.random()}`,
    boundary: "grpc",
    artifact: { target: `127.0.0.1:${port}`, tls: false, protocol: "go-plugin", schema },
    limits: { callMs: 1500 },
    restart: { backoffMs: 1 },
  }) as never;
}

const REQUEST = { text: "x", name: "y" };

for (const [name, [run, ...codes]] of Object.entries(MODES)) {
  test(`${name} is one typed error, and the next call is served`, async () => {
    const before = takeSnapshot();
    const plugin = await load();
    mode = good;
    // The method returns an empty message, which is no value.
    assert.equal(await plugin.notifier.notify(REQUEST), undefined);
    mode = run;
    const outcome = await plugin.notifier.notify(REQUEST).then(
      (value) => value,
      (error: unknown) => error,
    );
    assert.ok(outcome instanceof TenonError, `it ended with ${String(outcome)}`);
    assert.ok(codes.includes(outcome.code), outcome.message);
    mode = good;
    const again = (): Promise<unknown> => plugin.notifier.notify(REQUEST, { deadlineMs: 5000 });
    assert.equal(await again().catch(again), undefined);
    await plugin.close();
    await unchanged(before, 5000);
  });
}
