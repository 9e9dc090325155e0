// What an artifact says of a program -> a checked command, folder and environment, the same for every boundary that starts one.
import { isAbsolute } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract/core";
import type { Granted } from "@tenon/host/driver";
import { checkLaunch, grantedEnvironment } from "../_granted/environment.ts";

/** The members of an artifact that name a program. */
export interface ProgramArtifact {
  /** The program and its arguments, as a list because no shell is involved. A bare name is looked up in PATH. */
  readonly command: readonly string[];
  /** The folder to run in; absolute. Default: the host's own. */
  readonly cwd?: string;
  /** Variables beyond the few that every plugin gets (`INHERITED`). */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program needs to find others, its home and its language; everything else of the host's environment stays there. */
export const INHERITED = ["PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "SystemRoot"] as const;
/** Of these, what says nothing of the machine that a sandbox hides. */
const INHERITED_IN_SANDBOX = ["LANG", "LC_ALL"] as const;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Files that the program reads from descriptor 3 on; only sandboxes have them. */
  readonly inputs?: readonly string[];
  /** One sentence, once the program has ended for using more of something than it may; asked before `release`. */
  readonly exhausted?: () => string | undefined;
  /** Called once the program has ended or did not start. */
  readonly release?: () => void;
}

/**
 * The command with the few variables that every plugin gets, those that policy grants, and the artifact's own. Throws
 * config-invalid with the member that is wrong, and capability-denied where policy denies the program itself.
 */
export function readCommand(artifact: ProgramArtifact, granted?: Granted): Command {
  const { command, cwd, env } = (artifact ?? {}) as Partial<Record<keyof ProgramArtifact, unknown>>;
  if (!Array.isArray(command) || command.length === 0 || !command.every(isText) || command[0] === "") {
    throw invalid(
      "artifact.command must be a list of texts, the program first",
      'write command: ["python3", "plugin.py"]',
    );
  }
  if (cwd !== undefined && !(isText(cwd) && isAbsolute(cwd)))
    throw invalid("artifact.cwd must be an absolute path", "resolve it first");
  const [program, ...args] = command as readonly string[];
  checkLaunch(granted, program!, args);
  const inherited = granted?.sandbox === undefined ? INHERITED : INHERITED_IN_SANDBOX;
  return { program: program!, args, cwd, env: environment(env, inherited, grantedEnvironment(granted)) };
}

function environment(
  own: unknown,
  inherited: readonly string[],
  granted: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, granted);
  if (own === undefined) return env;
  const entries = typeof own === "object" && own !== null ? Object.entries(own) : undefined;
  if (
    entries === undefined ||
    !entries.every(([name, value]) => isText(name) && name !== "" && !name.includes("=") && isText(value))
  ) {
    throw invalid("artifact.env must be an object of texts", 'write env: { NAME: "value" }');
  }
  return { ...env, ...Object.fromEntries(entries) };
}

/** No program can be given a NUL. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function invalid(what: string, hint: string): TenonError {
  return new TenonError("config-invalid", what, { hint, sideEffects: "none" });
}
