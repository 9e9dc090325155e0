// The conformance cases on a component that was written for them, in each place where it can run.
import { componentDriver, createComponentDriver } from "@tenon/drivers/component";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";
import { conformanceComponent } from "./component-conformance.ts";

const ARTIFACTS: Partial<Record<ArtifactKind, () => Uint8Array>> = {
  conformance: () => conformanceComponent(),
  incomplete: () => conformanceComponent(["nothing", "sleep"]),
  throws: () => conformanceComponent([], "(func $start unreachable) (start $start)"),
  stuck: () => conformanceComponent([], "(func $start (loop $again (br $again))) (start $start)"),
};
const TRAPS = "a trap of WebAssembly has no text of the plugin's own";
const BARE = "a component without WASI has neither clock nor output";

const everywhere: readonly Skip[] = [
  { case: "calls/slow and fast ones do not mix up their answers", reason: BARE },
  { case: "calls/synchronous ones return the value itself", reason: TRAPS },
  { case: "failures/a throw is plugin-trap with the plugin's own text", reason: TRAPS },
  { case: "callbacks/host and plugin call each other ten levels deep", reason: "components are not re-entered" },
  { case: "deadline/a call rejects when its time is over", reason: BARE },
  { case: "cancel/*", reason: BARE },
  { case: "crash/*", reason: "an instance cannot end itself without WASI; it traps, and is replaced" },
  { case: "output/*", reason: BARE },
  {
    case: "load/a plugin of another contract is refused before its first call",
    reason: "components are compared by structure, their binaries name no contract",
  },
  { case: "load/a plugin that throws while it loads is a failed start with its text", reason: TRAPS },
  { case: "close/with calls in flight settles each of them", reason: BARE },
  { case: "leaks/*", reason: BARE },
];
const NO_PROMISES = "a guest on the host's own thread cannot wait for a promise of the host's";

runConformance({
  driver: componentDriver,
  artifact: (kind) => ({ module: ARTIFACTS[kind]?.() ?? new Uint8Array() }),
  skips: [
    ...everywhere,
    { case: "callbacks/a host function that answers later", reason: NO_PROMISES },
    { case: "callbacks/many at once", reason: NO_PROMISES },
    {
      case: "load/a plugin that never becomes ready is given up in time",
      reason: "fuel ends it, which component-limits.test.ts shows",
    },
  ],
});

runConformance({
  driver: createComponentDriver({ worker: workerDriver }),
  title: "component in a worker",
  isolation: "worker",
  artifact: (kind) => ({ module: ARTIFACTS[kind]?.() ?? new Uint8Array(), fuel: 0 }),
  skips: everywhere,
});

runConformance({
  driver: createComponentDriver({
    process: { stdio: stdioDriver, program: new URL("../../tenon/dist/child-sandbox.js", import.meta.url) },
  }),
  title: "component in a process",
  isolation: "process",
  artifact: (kind) => ({ module: ARTIFACTS[kind]?.() ?? new Uint8Array(), fuel: 0 }),
  skips: [
    ...everywhere,
    {
      case: "deadline/a loop is stopped and the plugin works again",
      reason: "the process ends the guest's thread and goes on itself, so that there is no crash to see",
    },
  ],
});
