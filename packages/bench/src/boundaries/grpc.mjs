// `grpc`: against bare @grpc/grpc-js with protobufjs, with mutual TLS where ours has it, and against connect-node. Every child is Node,
// every socket a unix one.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { grpcDriver } from "@tenon/drivers/grpc";
import { createHost } from "@tenon/host";
import { makeCertificate } from "@tenon/plugin/grpc";
import { loadContract } from "../contract.mjs";
import { findPeer } from "../find-peer.mjs";
import { serviceOf } from "../guests/connect-service.mjs";
import { buildGoPlugin, untilHandshake } from "../guests/go-plugin.mjs";
import { method } from "../guests/grpc-messages.mjs";
import { watchPhases } from "../phases.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "grpc";
const guest = (name) => fileURLToPath(new URL(`../guests/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-grpc-"));
let sockets = 0;

export async function open({ contract }) {
  const host = createHost({ drivers: [grpcDriver], onLog: (entry) => console.error(entry.text) });
  const options = (autoMtls) => ({
    boundary: "grpc",
    artifact: { command: [process.execPath, guest("grpc-serve-child.mjs")], autoMtls },
    imports: { host: { tick } },
  });
  const plain = await host.load(contract, { id: "plain", ...options(false) });
  const secure = await host.load(contract, { id: "secure", ...options(true) });
  const raw = await openRaw();
  const rawSecure = await openRaw({ host: makeCertificate(), plugin: makeCertificate() });
  const peer = await openConnect();
  let opened = 0;
  let phases;
  const fresh = (name, autoMtls) => ({
    name,
    role: "tenon",
    call: async () => {
      const plugin = await host.load(contract, { id: `cold-${opened++}`, ...options(autoMtls) });
      await plugin.work.add(1, 2);
      return plugin;
    },
    close: (plugin) => plugin.close(),
  });
  return {
    contenders(workload) {
      const { func, args } = WORKLOADS[workload];
      const contenders = [
        { name: "bare grpc-js", role: "raw", call: () => raw.call[func](...args) },
        { name: "tenon", role: "tenon", call: () => plain.work[func](...args) },
        { name: "bare grpc-js, mtls", role: "raw", call: () => rawSecure.call[func](...args) },
        { name: "tenon mtls", role: "tenon", raw: "bare grpc-js, mtls", call: () => secure.work[func](...args) },
      ];
      const other = peer?.call[func];
      return other === undefined
        ? contenders
        : [...contenders, { name: "connect-node", role: "peer", call: () => other(...args) }];
    },
    coldOpen: () => [
      { name: "spawn and one call", role: "raw", call: async () => first(await openRaw()), close: (it) => it.close() },
      fresh("tenon", false),
      fresh("tenon mtls", true),
    ],
    openGo() {
      const program = buildGoPlugin(folder);
      if (program === undefined) return [];
      const builder = loadContract("builder", "0.1.0");
      const imports = Object.fromEntries(builder.imports.map((one) => [one.key, anyFunctions]));
      phases = watchPhases();
      const call = () =>
        phases.time(async (isOpen) => {
          const artifact = { command: [program] };
          const plugin = await host.load(builder, { id: `go-${opened++}`, boundary: "grpc", artifact, imports });
          isOpen();
          await plugin.builder.info();
          return plugin;
        });
      return [
        { name: "handshake", role: "raw", call: () => untilHandshake(program, folder), close: (it) => it.close() },
        { name: "tenon mtls", role: "tenon", call, close: (plugin) => plugin.close() },
      ];
    },
    notes: () => (phases === undefined ? [] : [`grpc open-go, medians: ${phases.report()}`]),
    async close() {
      phases?.close();
      await Promise.all([host.close(), raw.close(), rawSecure.close(), peer?.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The builder's host functions, none of which `info` calls. */
const anyFunctions = new Proxy({}, { get: () => () => {}, has: () => true });

async function first(opened) {
  await opened.call.add(1, 2);
  return opened;
}

async function openChild(name, args = []) {
  const socket = join(folder, `s${sockets++}`);
  const child = spawn(process.execPath, [guest(name), socket, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const close = () => {
    child.stdin.end();
    return ended;
  };
  return { socket, close };
}

/** `tls` has the certificates of both sides. */
async function openRaw(tls) {
  const pems = tls && [tls.host.certPem, tls.plugin.certPem, tls.plugin.keyPem];
  const { socket, close } = await openChild("grpc-raw-child.mjs", pems);
  const credentials = tls
    ? grpc.credentials.createSsl(
        ...[tls.plugin.certPem, tls.host.keyPem, tls.host.certPem].map((pem) => Buffer.from(pem)),
      )
    : grpc.credentials.createInsecure();
  const client = new grpc.Client(`unix:${socket}`, credentials, {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const unary = (name) => {
    const { path, request, response } = method(name);
    return (message) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, request.encode, response.decode, message, (error, reply) =>
          error === null ? resolve(reply.value) : reject(error),
        );
      });
  };
  const [add, echo, build, bytes, callbacks] = ["Add", "Echo", "Build", "Bytes", "Callbacks"].map(unary);
  const ticks = method("Add");
  const stream = client.makeBidiStreamRequest("/bench/Ticks", ticks.request.encode, ticks.response.decode);
  stream.on("data", ({ value }) => stream.write({ a: tick(value) }));
  stream.on("error", () => {});
  const call = {
    add: (a, b) => add({ a, b }),
    echo: (text) => echo({ text }),
    build: (request) =>
      build({ request: { ...request, env: request.env.map(([item1, item2]) => ({ item1, item2 })) } }),
    bytes: (data) => bytes({ data }),
    callbacks: (count) => callbacks({ count }),
  };
  return {
    call,
    close: () => {
      stream.cancel();
      client.close();
      return close();
    },
  };
}

async function openConnect() {
  const node = await findPeer("@connectrpc/connect-node");
  const library = await findPeer("@connectrpc/connect");
  const Work = await serviceOf();
  if (node === undefined || library === undefined || Work === undefined) return undefined;
  const { socket, close } = await openChild("connect-child.mjs");
  const session = new node.Http2SessionManager("http://localhost", undefined, {
    createConnection: () => connect(socket),
  });
  const transport = node.createGrpcTransport({
    baseUrl: "http://localhost",
    sessionManager: session,
    readMaxBytes: 2 ** 28,
  });
  const client = library.createClient(Work, transport);
  const call = {
    add: async (a, b) => (await client.add({ a, b })).value,
    echo: async (text) => (await client.echo({ text })).value,
    build: async (request) =>
      (await client.build({ request: { ...request, env: request.env.map(([item1, item2]) => ({ item1, item2 })) } }))
        .value,
    bytes: async (data) => (await client.bytes({ data })).value,
  };
  return {
    call,
    close: () => {
      session.abort();
      return close();
    },
  };
}
