// The `lua` boundary under the conformance cases; what it cannot show is skipped with its reason.
import { readFileSync } from "node:fs";
import { createLuaDriver, luaDriver, type LuaArtifact } from "@tenon/drivers/lua";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";

const script = new URL("../../verify/src/plugins/conformance.lua", import.meta.url);
const source = readFileSync(script, "utf8");
const ID = "tenon:conformance/plugin@0.1.0";

/** The same plugin, and the ones that no host may load. */
function artifact(kind: ArtifactKind): LuaArtifact {
  switch (kind) {
    case "conformance":
      return { script };
    case "incomplete":
      return { source: source.replace("return {", "values.nothing = nil calls.sleep = nil return {") };
    case "other-contract":
      return { source: source.replace(ID, `${ID} abi:sha256:${"0".repeat(64)}`) };
    case "throws":
      return { source: 'error("cannot load on purpose")' };
    default:
      return { source: "while true do end", fuel: 0 };
  }
}

const NO_EXIT = "there is no os.exit: a script that fails costs a call, or its state, and never the session";
const crashes: readonly Skip[] = [
  { case: "crash/every call in flight rejects once, and the next one finds a new plugin", reason: NO_EXIT },
  { case: "crash/an exit with code 0 in the middle of a call is a crash", reason: NO_EXIT },
  { case: "crash/other plugins do not notice", reason: NO_EXIT },
];
const inline: readonly Skip[] = [
  ...crashes,
  {
    case: "load/a plugin that never becomes ready is given up in time",
    reason: "fuel ends it, which lua.test.ts shows",
  },
];
const worker: readonly Skip[] = [
  ...crashes,
  { case: "cancel/the plugin is told", reason: "a call holds its thread while it waits for the host" },
];

const CALM = "the process ends the script's thread and goes on itself, so that there is no crash to see";
const inProcess: readonly Skip[] = [
  ...worker,
  { case: "deadline/a loop is stopped and the plugin works again", reason: CALM },
];

runConformance({ driver: luaDriver, artifact, skips: inline });
runConformance({
  driver: createLuaDriver({ worker: workerDriver }),
  title: "lua in a worker",
  isolation: "worker",
  artifact: (kind) => ({ ...artifact(kind), fuel: 0 }),
  skips: worker,
});

runConformance({
  driver: createLuaDriver({
    worker: workerDriver,
    process: { stdio: stdioDriver, program: new URL("../../tenon/dist/child-sandbox.js", import.meta.url) },
  }),
  title: "lua in a process",
  isolation: "process",
  artifact: (kind) => ({ ...artifact(kind), fuel: 0 }),
  skips: inProcess,
});
