// `worker`: against a bare Atomics wait/notify hop written by hand for each workload, and against comlink.
import { Worker } from "node:worker_threads";
import * as Comlink from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { createHost } from "@tenon/host";
import { workerDriver } from "@tenon/drivers/worker";
import { A, B, DATA, OP, pack, set, SIZE, waitFor } from "../guests/atomics-layout.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "worker";
const guest = (name) => new URL(`../guests/${name}`, import.meta.url);

export async function open({ contract }) {
  const host = createHost({ drivers: [workerDriver] });
  const options = { boundary: "worker", artifact: { module: guest("plugin.mjs").href }, imports: { host: { tick } } };
  const plugin = await host.load(contract, { id: "bench", ...options });
  const bare = openBare();
  const comlink = openComlink();
  let opened = 0;
  return {
    contenders(workload) {
      const { func, args } = WORKLOADS[workload];
      const own = plugin.sync.work[func];
      const remote = plugin.work[func];
      const viaComlink = comlink.remote[func];
      const extra = func === "callbacks" ? [Comlink.proxy(tick)] : [];
      return [
        { name: "bare Atomics hop", role: "raw", sync: true, call: () => bare.call[func](...args) },
        { name: "tenon sync", role: "tenon", sync: true, call: () => own(...args) },
        { name: "tenon", role: "tenon", call: () => remote(...args) },
        { name: "comlink", role: "peer", call: () => viaComlink(...args, ...extra) },
      ];
    },
    coldOpen: () => [
      {
        name: "new Worker and one hop",
        role: "raw",
        call: () => (({ call, close }) => (call.add(1, 2), { close }))(openBare()),
        close: (it) => it.close(),
      },
      {
        name: "tenon",
        role: "tenon",
        call: async () => {
          const fresh = await host.load(contract, { id: `cold-${opened++}`, ...options });
          await fresh.work.add(1, 2);
          return fresh;
        },
        close: (fresh) => fresh.close(),
      },
      {
        name: "comlink",
        role: "peer",
        call: async () => {
          const fresh = openComlink();
          await fresh.remote.add(1, 2);
          return fresh;
        },
        close: (fresh) => fresh.close(),
      },
    ],
    close: () => Promise.all([host.close(), bare.close(), comlink.close()]),
  };
}

function openBare() {
  const shared = new SharedArrayBuffer(SIZE);
  const words = new Int32Array(shared);
  const bytes = new Uint8Array(shared);
  const buffer = Buffer.from(shared);
  const worker = new Worker(guest("atomics-worker.mjs"), { workerData: shared });
  const hop = (op) => {
    words[OP] = op;
    set(words, 1);
    while (waitFor(words, 2, 3) === 3) {
      words[A] = tick(words[A]);
      set(words, 4);
    }
  };
  const call = {
    add: (a, b) => {
      words[A] = a;
      words[B] = b;
      hop(0);
      return words[A];
    },
    echo: (text) => {
      words[A] = buffer.utf8Write(text, DATA);
      hop(1);
      return buffer.utf8Slice(DATA, DATA + words[A]);
    },
    build: (request) => {
      words[A] = pack(buffer, request);
      hop(2);
      const end = DATA + words[A];
      return { artifact: bytes.slice(DATA, end), log: buffer.utf8Slice(end, end + words[B]) };
    },
    bytes: (data) => {
      bytes.set(data, DATA);
      words[A] = data.length;
      hop(3);
      return bytes.slice(DATA, DATA + words[A]);
    },
    callbacks: (count) => {
      words[A] = count;
      hop(4);
      return words[A];
    },
  };
  return {
    call,
    close: () => {
      set(words, 9);
      return worker.terminate();
    },
  };
}

function openComlink() {
  const worker = new Worker(guest("comlink-worker.mjs"));
  return { remote: Comlink.wrap(nodeEndpoint(worker)), close: () => worker.terminate() };
}
