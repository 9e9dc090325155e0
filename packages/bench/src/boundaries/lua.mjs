// `lua`: against the bare C API of the same Lua without any limit, and against the wasmoon package as it is meant to be used.
import { readFileSync } from "node:fs";
import { createHost } from "@tenon/host";
import { luaDriver } from "@tenon/drivers/lua";
import { LuaFactory } from "wasmoon";
import { caller } from "../caller.mjs";
import { luaGlue, luaModuleBytes } from "../guests/lua-glue.mjs";
import { tick, work, WORKLOADS } from "../workloads.mjs";

export const boundary = "lua";
const source = readFileSync(new URL("../guests/work.lua", import.meta.url), "utf8");

export async function open({ contract }) {
  const host = createHost({ drivers: [luaDriver] });
  const imports = { host: { tick } };
  let opened = 0;
  const load = (artifact) => host.load(contract, { id: `bench-${opened++}`, boundary: "lua", artifact, imports });
  const metered = await load({ source });
  const unmetered = await load({ source, fuel: 0, trusted: true });
  const later = await host.load(contract, {
    id: "bench-later",
    boundary: "lua",
    artifact: { source },
    imports: { host: { tick: async (n) => tick(n) } },
  });
  const module = await WebAssembly.compile(luaModuleBytes());
  const raw = luaGlue(module, source, tick);
  const factory = new LuaFactory();
  const peer = await openPeer(factory);
  return {
    contenders(workload) {
      const given = WORKLOADS[workload];
      const { func } = given;
      return [
        { name: "bare C API", role: "raw", sync: true, call: caller(raw[func], given) },
        { name: "tenon sync", role: "tenon", sync: true, call: caller(metered.sync.work[func], given) },
        { name: "tenon sync, no fuel", role: "tenon", sync: true, call: caller(unmetered.sync.work[func], given) },
        { name: "tenon", role: "tenon", call: caller(metered.work[func], given) },
        ...(func === "callbacks"
          ? [{ name: "tenon, host answers later", role: "tenon", call: caller(later.work[func], given) }]
          : []),
        ...(peer.call[func]
          ? [{ name: "wasmoon", role: "peer", sync: true, call: caller(peer.call[func], given) }]
          : []),
      ];
    },
    coldOpen: () => [],
    warmOpen: () => [
      { name: "instantiate", role: "raw", call: () => checkSum(luaGlue(module, source, tick).add(20, 22)) },
      {
        name: "tenon",
        role: "tenon",
        call: async () => {
          const plugin = await load({ source });
          checkSum(await plugin.work.add(20, 22));
          return plugin;
        },
        close: (plugin) => plugin.close(),
      },
      {
        name: "wasmoon",
        role: "peer",
        call: async () => {
          const fresh = await openPeer(factory);
          checkSum(fresh.call.add(20, 22));
          return fresh;
        },
        close: (fresh) => fresh.close(),
      },
    ],
    close: () => Promise.all([host.close(), peer.close()]),
  };
}

/** Its strings end at the first zero: bytes come back as base64, which the script has ready, and `bytes` is left out. */
async function openPeer(factory) {
  const engine = await factory.createEngine();
  engine.global.set("host", { tick });
  engine.global.set(
    "artifact64",
    Buffer.from(work.build(WORKLOADS["build-record"].args[0]).artifact).toString("base64"),
  );
  const { work: own } = engine.doStringSync(source.replace("artifact = artifact,", "artifact = artifact64,"));
  const build = (request) => {
    const { artifact, log } = own.build(request);
    return { artifact: Buffer.from(artifact, "base64"), log };
  };
  return {
    call: { add: own.add, echo: own.echo, callbacks: own.callbacks, build },
    close: () => engine.global.close(),
  };
}

function checkSum(sum) {
  if (sum !== 42) throw new Error(`a fresh guest added wrongly: ${sum}`);
}
