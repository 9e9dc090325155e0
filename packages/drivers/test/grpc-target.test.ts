// Plugins that run already: TLS, balancing, loss and return of places, deadlines, cancellation, trace context, limits and streams.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { contractFromResolve, resolveWit, type Contract } from "@tenon/contract";
import { grpcDriver, type GrpcArtifact } from "@tenon/drivers/grpc";
import { createHost, type PluginOptions } from "@tenon/host";
import { definePlugin, type PluginCall } from "@tenon/plugin";
import { makeCertificate } from "@tenon/plugin/grpc";
import { serveGrpc, type ServeGrpcOptions } from "@tenon/plugin/serve-grpc";
import { eventually, rejection } from "@tenon/verify";

interface Demo {
  readonly name: () => string;
  readonly wait: (ms: number) => Promise<string>;
  readonly about: () => string;
  readonly ask: (question: string) => Promise<string>;
  readonly size: (data: Uint8Array) => number;
  readonly count: (to: number) => AsyncIterable<number>;
  readonly sum: (start: number, numbers: AsyncIterable<number>) => Promise<number>;
  readonly double: (numbers: AsyncIterable<number>) => AsyncIterable<number>;
}
interface Imports {
  readonly host: { readonly answer: (question: string) => Promise<string> };
}
type Exports = { readonly demo: Demo };

const { resolve } = resolveWit(`
  package test:grpc@1.0.0;
  interface host { answer: func(question: string) -> string; }
  interface demo {
    name: func() -> string;
    wait: func(ms: u32) -> string;
    about: func() -> string;
    ask: func(question: string) -> string;
    size: func(data: list<u8>) -> u32;
    count: func(to: u32) -> stream<u32>;
    sum: func(start: u32, numbers: stream<u32>) -> u32;
    double: func(numbers: stream<u32>) -> stream<u32>;
  }
  world plugin { import host; export demo; }`);
const contract = contractFromResolve(resolve, 0) as Contract<Exports, Imports>;

const told: string[] = [];
let counted = 0;

function plugin(name: string): ReturnType<typeof definePlugin<Exports, Imports>> {
  return definePlugin<Exports, Imports>(contract, (host) => ({
    demo: {
      name: () => name,
      wait: (ms: number, call?: PluginCall) =>
        new Promise<string>((done) => {
          const timer = setTimeout(done, ms, "waited");
          call?.signal.addEventListener("abort", () => {
            told.push(name);
            clearTimeout(timer);
            done("cancelled");
          });
        }),
      about: (call?: PluginCall) => JSON.stringify({ trace: call?.trace, deadlineMs: call?.deadlineMs }),
      ask: (question: string) => host.host.answer(`${name}: ${question}`),
      size: (data: Uint8Array) => data.length,
      count: async function* (to: number) {
        for (counted = 0; counted < to; counted++) yield counted;
      } as Demo["count"],
      sum: async (start: number, numbers: AsyncIterable<number>) => {
        let sum = start;
        for await (const number of numbers) sum += number;
        return sum;
      },
      double: async function* (numbers: AsyncIterable<number>) {
        for await (const number of numbers) yield number * 2;
      } as Demo["double"],
    },
  }));
}

/** The first truthy answer, within five seconds. */
async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    assert.ok(performance.now() < end, "not within five seconds");
    await new Promise((done) => setTimeout(done, 10));
  }
}

const open: { close(): Promise<void> }[] = [];
after(() => Promise.all(open.map((one) => one.close())));

async function serve(
  name: string,
  options: ServeGrpcOptions = {},
): Promise<{ address: string; close(): Promise<void> }> {
  const server = await serveGrpc(plugin(name), { listen: "127.0.0.1:0", ...options });
  open.push(server);
  return server;
}

async function load(artifact: Partial<GrpcArtifact>, options: Partial<PluginOptions<Imports>> = {}) {
  const host = createHost({ drivers: [grpcDriver] });
  open.push(host);
  return host.load(contract, {
    id: "demo",
    boundary: "grpc",
    artifact: { tls: false, ...artifact },
    imports: { host: { answer: async (question: string) => `answer to ${question}` } },
    ...options,
  });
}

describe("a grpc plugin that runs already", () => {
  test("is called, and calls the host", async () => {
    const { address } = await serve("one");
    const loaded = await load({ target: address });
    assert.equal(await loaded.demo.name(), "one");
    assert.equal(await loaded.demo.ask("why?"), "answer to one: why?");
    await loaded.close();
  });

  test("two hosts are two sessions, each with its own host functions", async () => {
    const { address } = await serve("shared");
    const first = await load({ target: address });
    const second = await load({ target: address }, { imports: { host: { answer: async () => "second" } } });
    assert.deepEqual(await Promise.all([first.demo.ask("x"), second.demo.ask("x")]), ["answer to shared: x", "second"]);
  });

  test("deadline, cancellation and trace context arrive", async () => {
    const { address } = await serve("far");
    const loaded = await load({ target: address });
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const about = JSON.parse(await loaded.demo.about({ trace, deadlineMs: 5000 })) as {
      trace: string;
      deadlineMs: number;
    };
    assert.equal(about.trace, trace);
    assert.ok(about.deadlineMs > 3000 && about.deadlineMs <= 5000, String(about.deadlineMs));
    const abort = new AbortController();
    const pending = loaded.demo.wait(20_000, { signal: abort.signal });
    assert.equal(await loaded.demo.name(), "far");
    abort.abort();
    await rejection(pending, "cancelled");
    await eventually("the plugin is told", () => told.includes("far"));
    await rejection(loaded.demo.wait(20_000, { deadlineMs: 50 }), "deadline-exceeded");
    assert.equal(await loaded.demo.name(), "far", "the session goes on");
  });

  test("messages over the limit are refused on the side that would send them, and calls go on", async () => {
    const { address } = await serve("small");
    const loaded = await load({ target: address }, { limits: { maxMessageBytes: 10_000 } });
    assert.equal(await loaded.demo.size(new Uint8Array(9_000)), 9_000);
    const error = await rejection(loaded.demo.size(new Uint8Array(20_000)), "resource-exhausted");
    assert.match(error.what, /over the limit of 10000/);
    assert.equal(await loaded.demo.name(), "small");
  });

  test("streams go both ways, and leaving one early stops the plugin", async () => {
    const { address } = await serve("streams");
    const { demo } = await load({ target: address });
    const seen: number[] = [];
    for await (const number of await demo.count(5)) seen.push(number);
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    async function* numbers(): AsyncIterable<number> {
      for (let number = 1; number <= 1000; number++) yield number;
    }
    assert.equal(await demo.sum(5, numbers()), 500_505);
    const doubled: number[] = [];
    for await (const number of await demo.double(numbers())) doubled.push(number);
    assert.equal(doubled.length, 1000);
    assert.equal(doubled.at(-1), 2000);
    for await (const number of await demo.count(100_000_000)) if (number === 3) break;
    const isStill = async (): Promise<boolean> => {
      const before = counted;
      await new Promise((done) => setTimeout(done, 30));
      return counted === before;
    };
    await until(isStill);
    assert.ok(counted < 100_000_000, "the plugin did not count to the end");
    assert.equal(await demo.name(), "streams");
  });
});

describe("mutual TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "grpc-tls-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const [server, client, stranger] = [makeCertificate(), makeCertificate(), makeCertificate()];
  const tls = { ca: file("server.pem", server.certPem), serverName: "localhost" };
  const own = { cert: file("client.pem", client.certPem), key: file("client.key", client.keyPem) };
  const foreign = { cert: file("stranger.pem", stranger.certPem), key: file("stranger.key", stranger.keyPem) };
  const options = { tls: { cert: server.certPem, key: server.keyPem, ca: client.certPem } };

  test("a host with the right certificate is served", async () => {
    const { address } = await serve("secret", options);
    const loaded = await load({ target: address, tls: { ...tls, ...own } });
    assert.equal(await loaded.demo.name(), "secret");
  });

  test("no certificate, another one, a server that nobody knows and plain text are refused", async () => {
    const { address } = await serve("secret", options);
    await rejection(load({ target: address, tls }), "start-failed");
    await rejection(load({ target: address, tls: { ...tls, ...foreign } }), "start-failed");
    await rejection(load({ target: address, tls: own }), "start-failed");
    await rejection(load({ target: address, tls: { ...tls, ...own, serverName: "example.org" } }), "start-failed");
    await rejection(load({ target: address, tls: false }), "start-failed");
  });
});

describe("one plugin id in many places", () => {
  const count = async (call: () => Promise<string>, times = 20): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (let at = 0; at < times; at++) {
      const name = await call();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  test("calls go round, a lost place is left and found again", async () => {
    const [a, b] = [await serve("a"), await serve("b")];
    const target = `ipv4:${a.address},${b.address}`;
    const loaded = await load({ target });
    assert.deepEqual(await count(() => loaded.demo.name()), { a: 10, b: 10 });
    assert.equal(await loaded.demo.ask("x"), "answer to a: x");
    let settled = 0;
    const waiting = Array.from({ length: 4 }, () => loaded.demo.wait(20_000).finally(() => void settled++));
    const outcomes = Promise.allSettled(waiting);
    assert.equal(await loaded.demo.name(), "b");
    await b.close();
    await eventually("the calls of b are rejected", () => settled === 2);
    assert.deepEqual(await count(() => loaded.demo.name(), 5), { a: 5 });
    await serve("b again", { listen: b.address });
    await until(async () => Object.keys(await count(() => loaded.demo.name(), 2)).length === 2);
    await loaded.close();
    const codes = (await outcomes).map((one) =>
      one.status === "rejected" ? (one.reason as { code: string }).code : "value",
    );
    assert.deepEqual(codes.sort(), ["plugin-crashed", "plugin-crashed", "session-closed", "session-closed"]);
  });

  test("the last loss ends the session, and the next call starts it anew by policy", async () => {
    const only = await serve("only");
    const loaded = await load({ target: only.address }, { restart: { backoffMs: 1 } });
    const pending = rejection(loaded.demo.wait(20_000), "plugin-crashed");
    assert.equal(await loaded.demo.name(), "only");
    await only.close();
    await pending;
    await serve("only again", { listen: only.address });
    assert.equal(await until(() => loaded.demo.name().catch(() => undefined)), "only again");
  });

  test("dns:/// dials every address of a name", async () => {
    const { address } = await serve("named");
    const loaded = await load({ target: `dns:///localhost:${address.split(":")[1]}` });
    assert.equal(await loaded.demo.name(), "named");
    const error = await rejection(load({ target: "dns:///no-such-name.invalid:1" }), "start-failed");
    assert.match(error.what, /has no address/);
  });
});
