// `adapted`: a plugin of an older version of the contract, whose record goes in and out through the host's adapter, against
// the same call of the same plugin in a host of its own version. A second such plugin shows what of a ratio is chance.
import { readFileSync } from "node:fs";
import { createAdapter } from "@tenon/abi/adapt";
import { resolveWit, selectWorld } from "@tenon/contract";
import { takeSnapshot } from "@tenon/contract/evolution";
import { componentDriver } from "@tenon/drivers/component";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import { definePlugin } from "@tenon/plugin";
import { fileURLToPath } from "node:url";
import { caller } from "../caller.mjs";
import { componentGuest } from "../guests/wasm-guests.mjs";
import { tick, work, WORKLOADS } from "../workloads.mjs";

export const boundary = "adapted";
const guest = (name) => new URL(`../guests/${name}`, import.meta.url);

/** A field in the request was renamed and one is new, and so it is in the response. */
const changed = (text) =>
  text
    .replace("    target: string,", "    /// @renamed-from target\n    triple: string,\n    jobs: option<u32>,")
    .replace("    log: string,", "    /// @renamed-from log\n    output: string,\n    warnings: option<u32>,");

export async function open({ contract }) {
  const wit = readFileSync(new URL("../../../../contracts/bench/bench.wit", import.meta.url), "utf8");
  const [older, newer] = [wit, changed(wit)].map(snapshot);
  const host = createHost({
    drivers: [importDriver, workerDriver, stdioDriver, componentDriver],
    onLog: (entry) => console.error(entry.text),
  });
  const kept = { request: undefined };
  const keeps = (given) => {
    kept.request = given;
    return work.build(given);
  };
  const artifacts = {
    import: { module: definePlugin(contract, () => ({ work: { ...work, callbacks: () => 0 } })) },
    worker: { module: guest("plugin.mjs").href },
    stdio: { command: [process.execPath, fileURLToPath(guest("serve-child.mjs"))] },
    component: { module: componentGuest(contract) },
    // A plugin that keeps what it is given: the engine cannot do without the object then.
    keeping: { module: definePlugin(contract, () => ({ work: { ...work, build: keeps, callbacks: () => 0 } })) },
  };
  const load = (name, adapter, id) =>
    host.load(adapter?.host ?? contract, {
      id: `${name}-${id}`,
      boundary: name === "keeping" ? "import" : name,
      artifact: artifacts[name],
      imports: { host: { tick } },
      ...(adapter && { adapter }),
    });
  const [request] = WORKLOADS["build-record"].args;
  const { target, ...rest } = request;
  const newRequest = { ...rest, triple: target, jobs: 4 };
  const plugins = {};
  for (const name of Object.keys(artifacts)) {
    plugins[name] = {
      exact: await load(name, undefined, "exact"),
      again: await load(name, undefined, "again"),
      adapted: await load(name, createAdapter(older, newer), "adapted"),
      closures: await load(name, createAdapter(older, newer, { codegen: false }), "closures"),
    };
  }
  return {
    workloads: [
      "import sync",
      "import",
      "keeping sync",
      "keeping",
      "worker sync",
      "worker",
      "component sync",
      "component",
      "stdio",
    ],
    contenders(workload) {
      const [name, sync] = workload.split(" ");
      const own = plugins[name];
      const call = (plugin, argument) => caller((sync ? plugin.sync : plugin).work.build, { args: [argument] });
      const isExact = ({ log }) => log.length === 256;
      const ownFunctions = { import: work.build, keeping: keeps };
      const hand = sync && Object.hasOwn(ownFunctions, name) ? [byHand(ownFunctions[name])] : [];
      return [
        { name: "exact", role: "raw", call: call(own.exact, request), verify: isExact },
        { name: "tenon exact again", role: "tenon", call: call(own.again, request), verify: isExact },
        { name: "tenon generated", role: "tenon", call: call(own.adapted, newRequest), verify: isConverted },
        { name: "tenon closures", role: "tenon", call: call(own.closures, newRequest), verify: isConverted },
        ...hand.map((build) => ({
          name: "by hand",
          role: "tenon",
          call: caller(build, { args: [newRequest] }),
          verify: isConverted,
        })),
      ].map((contender) => ({ ...contender, sync: sync !== undefined }));
    },
    close: () => host.close(),
  };
}

/** What no adapter can do without, written for this one function: an object in and one out. */
function byHand(build) {
  return ({ path, triple, args, env }) => {
    const { artifact, log } = build({ path, target: triple, args, env });
    return { artifact, output: log, warnings: undefined };
  };
}

function isConverted({ output, artifact, warnings }) {
  return output.length === 256 && artifact.length === 4096 && warnings === undefined;
}

function snapshot(text) {
  const loaded = resolveWit(text);
  return takeSnapshot(loaded, selectWorld(loaded.resolve, loaded.rootPackage, "plugin"));
}
