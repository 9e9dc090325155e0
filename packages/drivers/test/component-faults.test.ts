import { componentDriver } from "@tenon/drivers/component";
import { runFaults } from "@tenon/verify/faults";
import { faultsComponent } from "./faults-guest.ts";

runFaults({
  driver: componentDriver,
  artifact: (kind) => ({ module: faultsComponent(kind) }),
  skips: [
    { fault: "R5/loops while it initializes", reason: "components have no such function: theirs is a start function" },
    { fault: "R10/prints without measure", reason: "a component without WASI has no output" },
    { fault: "R19/opens ten thousand files and closes none", reason: "a component without WASI has no files" },
  ],
});
