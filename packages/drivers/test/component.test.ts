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
const everywhere: readonly Skip[] = [
  { case: "callbacks/host and plugin call each other ten levels deep", reason: "components are not re-entered" },
  {
    case: "crash/every call in flight rejects once, and the next one finds a new plugin",
    reason:
      "a component of this kind serves one call at a time: none is in flight with the one that ends it (component-wasi.test.ts)",
  },
  { case: "cancel/the plugin is told", reason: "the canonical ABI has no way to tell a guest of a cancellation" },
  {
    case: "load/a plugin of another contract is refused before its first call",
    reason: "components are compared by structure, their binaries name no contract",
  },
  {
    case: "load/a plugin that throws while it loads is a failed start with its text",
    reason: "a start function runs before the imports are there with which it could print",
  },
];
const HELD = "a guest that sleeps on the host's own thread holds it, for a second in all";
const NO_PROMISES = "a guest on the host's own thread cannot wait for a promise of the host's";

runConformance({
  driver: componentDriver,
  artifact: (kind) => ({ module: ARTIFACTS[kind]?.() ?? new Uint8Array() }),
  skips: [
    ...everywhere,
    { case: "callbacks/a host function that answers later", reason: NO_PROMISES },
    { case: "callbacks/many at once", reason: NO_PROMISES },
    { case: "cancel/the caller is free at once", reason: HELD },
    { case: "close/with calls in flight settles each of them", reason: HELD },
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
