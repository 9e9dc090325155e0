// The contract's `tools` interface: programs of the machine, found by name and only within the plugin's grants.
import { accessSync, constants, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";
import type { HostFunctions } from "@tenon/host";
import type { PluginImports, ToolError, ToolOptions, ToolOutput } from "../generated/plugin.ts";
import { resolveExec, resolveProgram, type Verdict } from "@tenon/policy";
import { toolGrant } from "../config/grants.ts";
import { locate } from "../project/containment.ts";
import type { BuildContext } from "./build-context.ts";
import { runToolProcess } from "./tool-process.ts";

type ToolFunctions = HostFunctions<PluginImports>["tools"];
type Reply = { tag: "ok"; val: ToolOutput } | { tag: "err"; val: ToolError };

const DEFAULT_TIMEOUT_MS = 10 * 60_000;
const MAX_TIMEOUT_MS = 60 * 60_000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `context` gives the build that the plugin is busy with right now. */
export function toolFunctions(context: () => BuildContext): ToolFunctions {
  return {
    findTool: (name) => {
      const now = context();
      const verdict = resolveProgram(now.grants, name);
      return refusal(now, `look for ${name}`, name, verdict) === undefined ? findProgram(name) : undefined;
    },
    runTool: (name, args, options) => runTool(context(), name, args, options),
  };
}

async function runTool(context: BuildContext, name: string, args: string[], options: ToolOptions): Promise<Reply> {
  const verdict = resolveExec(context.grants, name, args);
  context.audit("exec", [name, ...args].join(" "), verdict);
  const lacking = refusal(context, `run ${name}`, name, verdict);
  if (lacking !== undefined) return fail({ tag: "denied", val: lacking });
  const cwd = folderOf(context, options.cwd);
  if (typeof cwd !== "string") return fail(cwd);
  const file = findProgram(name);
  if (file === undefined) return fail({ tag: "not-found" });
  const wrong = options.env.find(([variable, value]) => !VARIABLE.test(variable) || value.includes("\0"));
  if (wrong !== undefined)
    return fail({ tag: "failed", val: `${JSON.stringify(wrong[0])} is no environment variable` });
  if (args.some((arg) => arg.includes("\0"))) return fail({ tag: "failed", val: "an argument has a NUL in it" });
  const timeoutMs = Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
  const end = await runToolProcess({
    file,
    args,
    cwd,
    env: options.env,
    stdin: options.stdin,
    timeoutMs,
    signal: context.signal,
  });
  if (end.kind === "timed-out") return fail({ tag: "timed-out" });
  if (end.kind === "cancelled") return fail({ tag: "failed", val: "the build was cancelled" });
  if (end.kind === "failed") return fail({ tag: "failed", val: end.why });
  return {
    tag: "ok",
    val: { exitCode: end.exitCode, stdout: end.stdout, stderr: end.stderr, truncated: end.isTruncated },
  };
}

function fail(val: ToolError): Reply {
  return { tag: "err", val };
}

/** Why the plugin may not use the program; reported as well. */
function refusal(context: BuildContext, what: string, name: string, { isAllowed }: Verdict): string | undefined {
  if (isAllowed) return undefined;
  const grant = toolGrant(name);
  context.sink.denied({ plugin: context.plugin, what, grant });
  return `the plugin has no grant ${grant}`;
}

function folderOf(context: BuildContext, cwd: string | undefined): string | ToolError {
  // Outside of a build (a version is asked for) there is no project to stand in.
  if (context.project === undefined)
    return cwd === undefined ? tmpdir() : { tag: "denied", val: "no project is being built" };
  const located = locate(context.project, cwd ?? "");
  if (located.kind === "inside") return located.real;
  context.sink.denied({ plugin: context.plugin, what: `run a tool in ${cwd}`, grant: undefined });
  return { tag: "denied", val: `${cwd} ${located.why}` };
}

/** The first executable file of that name in PATH. A name with a slash is never looked up. */
export function findProgram(name: string): string | undefined {
  if (name === "" || /[\\/\0]/.test(name)) return undefined;
  const extensions = process.platform === "win32" ? (process.env["PATHEXT"] ?? ".EXE;.CMD").split(";") : [""];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    // A relative entry would depend on whose project is built.
    if (!isAbsolute(folder)) continue;
    for (const extension of extensions)
      if (isExecutable(join(folder, name + extension))) return join(folder, name + extension);
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not executable for this user.
    return false;
  }
}
