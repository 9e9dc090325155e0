// An `exec` artifact (JSON of a manifest) and a contract -> compiled functions; everything wrong with it is found here.
import { isAbsolute, resolve } from "node:path";
import { TenonError, type Contract, type Json } from "@tenon/contract/core";
import { chooseContract, readStamp } from "@tenon/host/driver";
import type { FunctionRef, Granted, OpenContext } from "@tenon/host/driver";
import { grantedEnvironment, passedOn } from "../_granted/environment.ts";
import { SYSTEM_PATH } from "../_process/sandbox/view.ts";
import { compileEnv, compileFunctionMapping, type CompiledFunction, type CompiledRun } from "./mapping/function.ts";
import { Here, refusal } from "./mapping/here.ts";
import { compileText } from "./mapping/template.ts";

/** A text with references: `{request.project}`, `{request.entry|main.ts}`, `{file:rel}`. See docs/spec/exec-mapping.md. */
export type TextTemplate = string;

/** One argument, a spliced list, or a choice of several. */
export type ArgTemplate =
  | TextTemplate
  | { readonly if: Json; readonly then: readonly ArgTemplate[]; readonly else?: readonly ArgTemplate[] }
  | {
      readonly match: string;
      readonly cases: Readonly<Record<string, readonly ArgTemplate[]>>;
      readonly else?: readonly ArgTemplate[];
    }
  | { readonly each: string; readonly as: string; readonly args: readonly ArgTemplate[] };

/** What a function's result is: data with templates for texts, and `$` instructions. */
export type ValueTemplate = Json;

/** How one function of the contract becomes one run of the program. */
export interface RunMapping {
  readonly args: readonly ArgTemplate[];
  /** Default: an empty input. The path `*` of `json` is an object of all parameters. */
  readonly stdin?: TextTemplate | { readonly json: string } | { readonly wave: string } | { readonly bytes: string };
  readonly env?: Readonly<Record<string, TextTemplate>>;
  /** Default: the artifact's. */
  readonly cwd?: TextTemplate;
  /** Default: only the call's own deadline, because the host knows better how long it wants to wait. */
  readonly "timeout-ms"?: number;
  /** Default `text`. `log` sends it to the plugin's log line by line. */
  readonly stdout?: "text" | "json" | "wave" | "bytes" | "log" | "ignore";
  /** By exit code: `0`, `1,2`, `3-9`, `*` for all others, `signal`, and `missing` for a program that is not installed. */
  readonly exit: Readonly<Record<string, ValueTemplate>>;
  readonly tools?: Readonly<Record<string, readonly string[]>>;
}

/** A function that needs no run: its value comes from its parameters and from which tools are installed. */
export interface ValueMapping {
  readonly value: ValueTemplate;
  /** By name: what prints the tool's version. Templates read `{tools.NAME.found}`, `.version` and `.path`. */
  readonly tools?: Readonly<Record<string, readonly string[]>>;
}

export type FunctionMapping = RunMapping | ValueMapping;

/** Any command line as a plugin. Plain JSON, so that a manifest can hold it. */
export interface ExecArtifact {
  /**
   * What the mapping was written for: the contract's id with its version (`tenon:builder/plugin@0.1.0`), or its digest.
   * Default: the host's own contract, whatever that is.
   */
  readonly contract?: string;
  /** A name to be searched, or a path; then fixed arguments, in which `{base}` is the base folder. */
  readonly program: string | readonly string[];
  /** Where relative paths start: the manifest's folder. Default: the host's working directory. */
  readonly base?: string;
  /** Folders searched before PATH; a relative one (`node_modules/.bin`) in `base` and every folder above it. */
  readonly path?: readonly string[];
  /** Default: an empty folder of the session, so that nothing of the host is picked up by accident. */
  readonly cwd?: string;
  /** Added to the few variables that are passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** More names of host variables to pass on. Default: PATH, HOME, LANG, LC_ALL, TMPDIR and what Windows cannot do without. */
  readonly inherit?: readonly string[];
  /** Line patterns by name, for `$lines`. */
  readonly patterns?: Readonly<
    Record<string, readonly { readonly line: string | readonly string[]; readonly item: ValueTemplate }[]>
  >;
  /** By the path of the function: `builder.build`. Every exported function of the contract must be there. */
  readonly functions: Readonly<Record<string, FunctionMapping>>;
}

/** A checked artifact. */
export interface ExecPlan {
  readonly program: string;
  readonly fixedArgs: readonly string[];
  readonly base: string;
  readonly path: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** By the index of the function. */
  readonly functions: readonly CompiledFunction[];
  /** Whether some function has an answer for a program that is not installed. */
  readonly toleratesMissing: boolean;
}

const KEYS = ["contract", "program", "base", "path", "cwd", "env", "inherit", "patterns", "functions"];
/** A name not listed here or in `inherit` does not reach a program: host variables hold secrets. */
const INHERITED = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"];
/** Of these, what says nothing of the machine that a sandbox hides. */
const INHERITED_IN_SANDBOX = ["LANG", "LC_ALL"];
const INHERITED_WINDOWS = [
  "SystemRoot",
  "SystemDrive",
  "TEMP",
  "TMP",
  "PATHEXT",
  "ComSpec",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
];

/** The one of `offers` that the mapping was written for. Throws config-invalid, or contract-mismatch with both lists. */
export function contractOf(artifact: ExecArtifact, offers: readonly Contract[]): Contract {
  const said: unknown = artifact?.contract;
  if (said === undefined) return offers[0]!;
  if (typeof said !== "string") throw refusal("artifact.contract", "is no text");
  return chooseContract(offers, [readStamp(said)], "the mapping");
}

/** Throws config-invalid with the JSON path, function-missing, or boundary-unsupported for what exec cannot carry. */
export function readArtifact(
  artifact: ExecArtifact,
  { exports, folder = ".", granted }: Pick<OpenContext, "exports" | "folder" | "granted">,
): ExecPlan {
  const root = new Here({
    place: "artifact",
    names: new Map(),
    present: new Set(),
    stdout: undefined,
    patterns: {},
    depth: 0,
  });
  const node = root.object(artifact, KEYS, ["program", "functions"]);
  const base = resolve(node["base"] === undefined ? folder : root.at("base").string(node["base"]));
  const here = new Here({
    ...root,
    patterns: node["patterns"] === undefined ? {} : root.at("patterns").record(node["patterns"]),
  }).bind("base", { kind: "string" });
  const frame = { base };
  const text = (json: unknown, place: Here): string => compileText(place.string(json), place).render(frame);
  const texts = (json: unknown, place: Here): string[] =>
    place.list(json).map((item, index) => text(item, place.at(index)));
  const command =
    typeof node["program"] === "string"
      ? [text(node["program"], here.at("program"))]
      : texts(node["program"], here.at("program"));
  const [program = "", ...fixedArgs] = command;
  if (program === "") throw refusal("artifact.program", "names no program");
  const functions = readFunctions(node["functions"], exports, here.at("functions"));
  return {
    program,
    fixedArgs,
    base,
    // What the system has is seen in a sandbox with all that belongs to it.
    path: [...texts(node["path"] ?? [], here.at("path")), ...(granted?.sandbox === undefined ? [] : SYSTEM_PATH)],
    cwd: node["cwd"] === undefined ? undefined : absolute(base, text(node["cwd"], here.at("cwd"))),
    env: {
      ...inherited(node["inherit"], here.at("inherit"), granted),
      ...grantedEnvironment(granted),
      ...rendered(compileEnv(node["env"], here.at("env")), frame),
    },
    functions,
    toleratesMissing: functions.some((own) => own.kind === "run" && own.exits.has("missing")),
  };
}

function readFunctions(json: unknown, exports: readonly FunctionRef[], here: Here): CompiledFunction[] {
  const mappings = here.record(json);
  const known = exports.map(({ path }) => path);
  for (const path of Object.keys(mappings)) {
    if (!known.includes(path))
      here.at(path).refuse("is no function of the contract", `the contract has ${known.join(", ")}`);
  }
  const missing = known.filter((path) => !Object.hasOwn(mappings, path));
  if (missing.length > 0) {
    throw new TenonError("function-missing", `the manifest maps no run to ${missing.join(", ")}`, {
      hint: `add them below "functions"`,
      sideEffects: "none",
    });
  }
  return exports.map((func) => compileFunctionMapping(mappings[func.path], func, here.at(func.path)));
}

function inherited(json: unknown, here: Here, granted: Granted | undefined): Record<string, string> {
  const asked = here.list(json ?? []).map((name, index) => here.at(index).string(name));
  const more = passedOn(asked, granted);
  const usual = granted?.sandbox === undefined ? INHERITED : INHERITED_IN_SANDBOX;
  const names = [...usual, ...(process.platform === "win32" ? INHERITED_WINDOWS : []), ...more];
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Renders environment templates. */
export function rendered(env: CompiledRun["env"], frame: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(env.map(([name, value]) => [name, value(frame)]));
}

/** A path of the manifest as an absolute one. */
export function absolute(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}
