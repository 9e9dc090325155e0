// The conformance cases on a component that was written for them.
import { componentDriver } from "@tenon/drivers/component";
import { runConformance, type ArtifactKind } from "@tenon/verify";
import { conformanceComponent } from "./component-conformance.ts";

const ARTIFACTS: Partial<Record<ArtifactKind, () => Uint8Array>> = {
  conformance: () => conformanceComponent(),
  incomplete: () => conformanceComponent(["nothing", "sleep"]),
  throws: () => conformanceComponent([], "(func $start unreachable) (start $start)"),
};
const ONE_AT_A_TIME = "a component on the host's thread runs one call at a time and cannot wait";
const TRAPS = "a trap of WebAssembly has no text of the plugin's own";
const BARE = "a component without WASI has neither clock nor output";

runConformance({
  driver: componentDriver,
  artifact: (kind) => ({ module: ARTIFACTS[kind]?.() ?? new Uint8Array() }),
  skips: [
    { case: "calls/slow and fast ones do not mix up their answers", reason: BARE },
    { case: "calls/synchronous ones return the value itself", reason: TRAPS },
    { case: "failures/a throw is plugin-trap with the plugin's own text", reason: TRAPS },
    { case: "callbacks/a host function that answers later", reason: ONE_AT_A_TIME },
    { case: "callbacks/many at once", reason: ONE_AT_A_TIME },
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
    {
      case: "load/a plugin that never becomes ready is given up in time",
      reason: "a start function on the host's thread cannot be given up",
    },
    { case: "close/with calls in flight settles each of them", reason: BARE },
    { case: "leaks/*", reason: BARE },
  ],
});
