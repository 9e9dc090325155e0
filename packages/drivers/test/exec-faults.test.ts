import { fileURLToPath } from "node:url";
import { execDriver, type FunctionMapping } from "@tenon/drivers/exec";
import { indexFunctions } from "@tenon/host/driver";
import { faultContract, runFaults } from "@tenon/verify/faults";
import { skipsOf } from "./faults-runs.ts";

const PROGRAM = fileURLToPath(new URL("exec-faults.sh", import.meta.url));
const SPECIAL: Readonly<Record<string, FunctionMapping>> = {
  "faults.ping": { args: ["ping", "{n}"], exit: { "0": "{stdout:trim}" } },
  // Every call is a process of its own, so that each one is the first.
  "faults.count": { args: ["count", "1"], exit: { "0": "{stdout:trim}" } },
  "faults.spin": { args: ["spin"], exit: { "0": null } },
  "faults.text": { args: ["text", "{length}"], exit: { "0": "{stdout}" } },
  "faults.flood-output": { args: ["flood-output", "{lines}"], stdout: "log", exit: { "0": null } },
};
/** What a program cannot do, or what no fault of this boundary asks for. */
const other = (hasResult: boolean): FunctionMapping => ({ args: ["none"], exit: { "0": hasResult ? 0 : null } });

runFaults({
  driver: execDriver,
  artifact: () => ({
    program: PROGRAM,
    functions: Object.fromEntries(
      indexFunctions(faultContract.exports).map(({ path, function: { result } }) => [
        path,
        SPECIAL[path] ?? other(result !== undefined),
      ]),
    ),
  }),
  skips: skipsOf(execDriver),
});
