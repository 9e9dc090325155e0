// `stdio`: binary frames and JSON lines, against raw frames on Node streams and against vscode-jsonrpc. Every child is Node.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { createHost } from "@tenon/host";
import { stdioDriver } from "@tenon/drivers/stdio";
import { decodeReply, encodeRecord, frameReader, sendFrame } from "../guests/frames-layout.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "stdio";
const guest = (name) => fileURLToPath(new URL(`../guests/${name}`, import.meta.url));

export async function open({ contract }) {
  const host = createHost({ drivers: [stdioDriver], onLog: (entry) => console.error(entry.text) });
  const options = (child) => ({
    boundary: "stdio",
    artifact: { command: [process.execPath, guest(child)] },
    imports: { host: { tick } },
  });
  const frames = await host.load(contract, { id: "frames", ...options("serve-child.mjs") });
  const json = await host.load(contract, { id: "json", ...options("json-child.mjs") });
  const raw = openRaw();
  const rpc = openRpc();
  let opened = 0;
  const fresh = (name, child) => ({
    name,
    role: "tenon",
    call: async () => {
      const plugin = await host.load(contract, { id: `cold-${opened++}`, ...options(child) });
      await plugin.work.add(1, 2);
      return plugin;
    },
    close: (plugin) => plugin.close(),
  });
  return {
    contenders(workload) {
      const { func, args } = WORKLOADS[workload];
      const [binary, lines] = [frames.work[func], json.work[func]];
      return [
        { name: "raw frames", role: "raw", call: () => raw.call[func](...args) },
        { name: "tenon", role: "tenon", call: () => binary(...args) },
        { name: "tenon json", role: "tenon", call: () => lines(...args) },
        { name: "vscode-jsonrpc", role: "peer", call: () => rpc.call[func](...args) },
      ];
    },
    coldOpen: () => [
      { name: "spawn and one frame", role: "raw", call: async () => first(openRaw()), close: (it) => it.close() },
      fresh("tenon", "serve-child.mjs"),
      fresh("tenon json", "json-child.mjs"),
      { name: "vscode-jsonrpc", role: "peer", call: async () => first(openRpc()), close: (it) => it.close() },
    ],
    close: () => Promise.all([host.close(), raw.close(), rpc.close()]),
  };
}

async function first(opened) {
  await opened.call.add(1, 2);
  return opened;
}

function openChild(name) {
  const child = spawn(process.execPath, [guest(name)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const close = () => {
    child.stdin.end();
    return ended;
  };
  return { child, close };
}

function openRaw() {
  const { child, close } = openChild("frames-child.mjs");
  let settle;
  child.stdout.on(
    "data",
    frameReader((op, body) => {
      if (op !== 5) return settle(body);
      const out = Buffer.allocUnsafe(4);
      out.writeInt32LE(tick(body.readInt32LE(0)));
      sendFrame(child.stdin, 5, out);
    }),
  );
  const ask = (op, body) =>
    new Promise((resolve) => {
      settle = resolve;
      sendFrame(child.stdin, op, body);
    });
  const ints = (...numbers) => {
    const body = Buffer.allocUnsafe(numbers.length * 4);
    numbers.forEach((number, i) => body.writeInt32LE(number, i * 4));
    return body;
  };
  const call = {
    add: async (a, b) => (await ask(0, ints(a, b))).readInt32LE(0),
    echo: async (text) => (await ask(1, Buffer.from(text))).toString(),
    build: async (request) => decodeReply(await ask(2, encodeRecord(request))),
    bytes: async (data) => new Uint8Array(await ask(3, data)),
    callbacks: async (count) => (await ask(4, ints(count))).readInt32LE(0),
  };
  return { call, close };
}

function openRpc() {
  const { child, close } = openChild("jsonrpc-child.mjs");
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest("tick", tick);
  connection.listen();
  const call = {
    add: (a, b) => connection.sendRequest("add", a, b),
    echo: (text) => connection.sendRequest("echo", text),
    build: async (request) => {
      const { artifact, log } = await connection.sendRequest("build", request);
      return { artifact: new Uint8Array(Buffer.from(artifact, "base64")), log };
    },
    bytes: async (data) =>
      new Uint8Array(
        Buffer.from(await connection.sendRequest("bytes", Buffer.from(data.buffer).toString("base64")), "base64"),
      ),
    callbacks: (count) => connection.sendRequest("callbacks", count),
  };
  return {
    call,
    close: () => {
      connection.dispose();
      return close();
    },
  };
}
