import { fileURLToPath } from "node:url";
import { execDriver, type FunctionMapping } from "@tenon/drivers/exec";
import { indexFunctions } from "@tenon/host/driver";
import { runConformance, type ArtifactKind } from "@tenon/verify";
import { plugin as contract } from "../../verify/dist/generated/conformance.js";

const PROGRAM = fileURLToPath(new URL("exec-plugin.sh", import.meta.url));

/** Values go through standard input and come back from standard output; floats as WAVE, because JSON has no -0 and NaN. */
function echo(params: readonly { readonly name: string }[], form: "json" | "wave"): FunctionMapping {
  const [first] = params;
  const stdin =
    params.length === 1 ? `{${first?.name}:${form}}` : `[${params.map(({ name }) => `{${name}:${form}}`).join(",")}]`;
  return { args: ["echo"], stdin, stdout: form, exit: { "0": { $stdout: true } } };
}

const special: Readonly<Record<string, FunctionMapping>> = {
  "values.nothing": { args: ["nothing"], exit: { "0": null } },
  "values.echo-bytes": { args: ["echo"], stdin: { bytes: "value" }, stdout: "bytes", exit: { "0": { $stdout: true } } },
  "calls.fail": { args: ["fail", "{message:raw}"], exit: { "0": null } },
  "calls.spin": { args: ["spin"], exit: { "0": null } },
  "calls.exit": { args: ["exit", "{code}"], exit: { "100": null } },
  "calls.sleep": { args: ["sleep", "{ms}"], exit: { "0": "{stdout:trim}" } },
  "calls.flood": { args: ["flood", "{lines}"], stdout: "log", exit: { "0": null } },
  "calls.big": { args: ["big", "{n}"], stdout: "bytes", exit: { "0": { $stdout: true } } },
  "calls.log-lines": { args: ["log-lines", "--", "{lines}"], stdout: "log", exit: { "0": null } },
};

function functions(lacking: readonly string[]): Record<string, FunctionMapping> {
  const entries = indexFunctions(contract.exports).map(({ path, function: { params } }) => {
    const form = /f32|f64|scalars|deep|shape/.test(path) ? "wave" : "json";
    const mapping =
      special[path] ??
      (path.startsWith("values.")
        ? echo(params, form)
        : { args: ["unknown"], exit: { "100": path.includes("throw") || path.includes("cancel") ? null : 0 } });
    return [path, mapping] as const;
  });
  return Object.fromEntries(entries.filter(([path]) => !lacking.includes(path)));
}

const ONE_SHOT =
  "every call is a process of its own, so no crash ends the plugin; see exec-driver.test.ts for what an exit means";

runConformance({
  driver: execDriver,
  title: "exec, a shell script that knows nothing of Tenon",
  artifact: (kind: ArtifactKind) => ({
    program: PROGRAM,
    functions: functions(kind === "incomplete" ? ["values.nothing", "calls.sleep"] : []),
  }),
  skips: [
    {
      case: "failures/a throw is plugin-trap with the plugin's own text",
      reason: "a program cannot throw: an exit code that is not mapped is exit-unexpected",
    },
    {
      case: "deadline/a loop is stopped and the plugin works again",
      reason: "the loop's process is killed, but that is no crash of the plugin",
    },
    { case: "crash/*", reason: ONE_SHOT },
    { case: "leaks/*", reason: `${ONE_SHOT}; leaks are tested there` },
    {
      case: "load/a plugin of another contract is refused before its first call",
      reason: "a program knows no contract; its manifest is checked against the host's",
    },
    {
      case: "load/a plugin that throws while it loads is a failed start with its text",
      reason: "nothing runs before the first call",
    },
    {
      case: "load/a plugin that never becomes ready is given up in time",
      reason: "nothing runs before the first call",
    },
  ],
});
