// `wasm`: against hand-written glue over the same core module, and against an Extism plugin.
import { createHost } from "@tenon/host";
import { wasmDriver } from "@tenon/drivers/wasm";
import { caller } from "../caller.mjs";
import { glue } from "../guests/wasm-glue.mjs";
import { coreGuest, extismGuest, freshCopy, HOST } from "../guests/wasm-guests.mjs";
import { findPeer } from "../find-peer.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "wasm";

export async function open({ contract }) {
  const bytes = coreGuest();
  const host = createHost({ drivers: [wasmDriver] });
  const imports = { host: { tick } };
  let opened = 0;
  const load = (artifact) => host.load(contract, { id: `bench-${opened++}`, boundary: "wasm", artifact, imports });
  const free = { fuel: 0, trusted: true };
  const metered = await load({ module: bytes });
  const unmetered = await load({ module: bytes, ...free });
  const module = await WebAssembly.compile(bytes);
  const raw = rawGuest(module);
  const extism = await openExtism();

  const loading = (name, artifact) => ({
    name,
    role: "tenon",
    call: async () => {
      const plugin = await load(artifact());
      checkSum(await plugin.work.add(20, 22));
      return plugin;
    },
    close: (plugin) => plugin.close(),
  });
  const fresh = () => freshCopy(bytes, opened);
  return {
    contenders(workload) {
      const given = WORKLOADS[workload];
      const { func } = given;
      return [
        {
          name: func === "add" ? "raw export" : "hand-written glue",
          role: "raw",
          sync: true,
          call: caller(raw[func], given),
        },
        { name: "tenon sync", role: "tenon", sync: true, call: caller(metered.sync.work[func], given) },
        { name: "tenon sync, no fuel", role: "tenon", sync: true, call: caller(unmetered.sync.work[func], given) },
        { name: "tenon", role: "tenon", call: caller(metered.work[func], given) },
        ...(extism ? [{ name: "Extism", role: "peer", call: caller(extism.call[func], given) }] : []),
      ];
    },
    coldOpen: () => [
      {
        name: "compile and instantiate",
        role: "raw",
        call: async () => checkSum(rawGuest(await WebAssembly.compile(freshCopy(bytes, opened++))).add(20, 22)),
      },
      loading("tenon", () => ({ module: fresh() })),
      loading("tenon no fuel", () => ({ module: fresh(), ...free })),
      ...(extism
        ? [{ name: "Extism", role: "peer", call: () => extism.open(opened++), close: (it) => it.close() }]
        : []),
    ],
    warmOpen: () => [
      { name: "instantiate", role: "raw", call: () => checkSum(rawGuest(module).add(20, 22)) },
      loading("tenon", () => ({ module: bytes })),
    ],
    close: () => Promise.all([host.close(), extism?.close()]),
  };
}

function rawGuest(module) {
  const { exports } = new WebAssembly.Instance(module, { [HOST]: { tick } });
  return glue({ memory: exports.memory, realloc: exports.cabi_realloc, exports });
}

function checkSum(sum) {
  if (sum !== 42) throw new Error(`a fresh guest added wrongly: ${sum}`);
}

/** Values go as bytes, the record as JSON, since Extism leaves their form to the plugin. */
async function openExtism() {
  const found = await findPeer("@extism/extism");
  if (found === undefined) return undefined;
  const bytes = extismGuest();
  const make = (wasm) =>
    found.createPlugin({ wasm: [{ data: wasm }] }, { functions: { "extism:host/user": { tick: (_, n) => tick(n) } } });
  const plugin = await make(bytes);
  const numbers = (...values) => new Uint8Array(Int32Array.from(values).buffer);
  const ask = async (on, name, input) => {
    const out = await on.call(name, input);
    // Without it, calls fail when the kernel's memory is full of what earlier ones left there.
    await on.reset();
    return out;
  };
  const add = async (on, a, b) => (await ask(on, "add", numbers(a, b))).getInt32(0, true);
  const call = {
    add: (a, b) => add(plugin, a, b),
    echo: async (text) => (await ask(plugin, "echo", text)).text(),
    build: async (request) => {
      const out = (await ask(plugin, "build", JSON.stringify(request))).bytes();
      return { artifact: out.slice(0, 4096), log: Buffer.from(out.subarray(4096)).toString() };
    },
    bytes: async (data) => (await ask(plugin, "bytes", data)).bytes(),
    callbacks: async (count) => (await ask(plugin, "callbacks", numbers(count))).getInt32(0, true),
  };
  return {
    call,
    open: async (number) => {
      const fresh = await make(freshCopy(bytes, number));
      checkSum(await add(fresh, 20, 22));
      return fresh;
    },
    close: () => plugin.close(),
  };
}
