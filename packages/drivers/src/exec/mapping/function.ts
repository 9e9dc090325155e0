// One function of the contract and its part of the manifest -> what to run and how to read it, checked to the last path.
import { formatWave, toJson, typeFacts } from "@tenon/abi";
import { camelCase, TenonError, type Field, type Json, type ValueType } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import { compileArgs } from "./args.ts";
import type { Frame, Here, StdoutMode } from "./here.ts";
import { resolveReference } from "./reference.ts";
import type { Make } from "./scalar.ts";
import { compileText } from "./template.ts";
import { compileValue } from "./value.ts";

/** A tool that a function wants to know about: what to run for its version. */
export interface ToolProbe {
  /** The name that templates use. */
  readonly key: string;
  readonly command: readonly string[];
}

export type CompiledFunction = CompiledConstant | CompiledRun;

/** No program runs; the value comes from the parameters alone. */
export interface CompiledConstant {
  readonly kind: "value";
  readonly tools: readonly ToolProbe[];
  readonly make: Make;
}

export interface CompiledRun {
  readonly kind: "run";
  readonly tools: readonly ToolProbe[];
  readonly args: (frame: Frame) => string[];
  readonly stdin: ((frame: Frame) => Uint8Array) | undefined;
  readonly env: readonly (readonly [name: string, value: (frame: Frame) => string])[];
  readonly cwd: ((frame: Frame) => string) | undefined;
  /** Undefined leaves it to the call's own deadline. */
  readonly timeoutMs: number | undefined;
  readonly stdout: StdoutMode;
  /** By exit code; then `*` for all other codes, `signal`, and `missing` for a program that is not there. */
  readonly exits: ReadonlyMap<number | "*" | "signal" | "missing", Make>;
}

const STDOUT: readonly StdoutMode[] = ["text", "json", "wave", "bytes", "log", "ignore"];
const TOOL: ValueType = {
  kind: "record",
  fields: [
    { name: "found", type: { kind: "bool" } },
    { name: "version", type: { kind: "option", item: { kind: "string" } } },
    { name: "path", type: { kind: "option", item: { kind: "string" } } },
  ],
};

/** `here` stands at the function's mapping, with the names that every function has. */
export function compileFunctionMapping(json: unknown, func: FunctionRef, here: Here): CompiledFunction {
  refuseHandles(func);
  let inner = here;
  for (const { name, type } of func.function.params) inner = inner.bind(name, type);
  const node = here.record(json);
  const tools = compileTools(node["tools"], here.at("tools"));
  if (tools.length > 0)
    inner = inner.bind("tools", { kind: "record", fields: tools.map(({ key }) => ({ name: key, type: TOOL })) });
  if (Object.hasOwn(node, "value")) {
    here.object(json, ["value", "tools"]);
    return { kind: "value", tools, make: compileResult(node["value"], func, inner.at("value")) };
  }
  here.object(json, ["args", "stdin", "env", "cwd", "timeout-ms", "stdout", "exit", "tools"], ["args", "exit"]);
  const stdout = stdoutMode(node["stdout"], here.at("stdout"));
  return {
    kind: "run",
    tools,
    args: compileArgs(node["args"], inner.at("args")),
    stdin:
      node["stdin"] === undefined ? undefined : compileStdin(node["stdin"], func.function.params, inner.at("stdin")),
    env: compileEnv(node["env"], inner.at("env")),
    cwd:
      node["cwd"] === undefined ? undefined : compileText(here.at("cwd").string(node["cwd"]), inner.at("cwd")).render,
    timeoutMs: timeout(node["timeout-ms"], here.at("timeout-ms")),
    stdout,
    exits: compileExits(node["exit"], func, afterRun(inner.at("exit"), stdout)),
  };
}

function refuseHandles(func: FunctionRef): void {
  const { params, result } = func.function;
  const bad = [...params.map(({ type }) => type), ...(result === undefined ? [] : [result])].some(
    (type) => typeFacts(type).hasHandles,
  );
  if (!bad && func.function.kind === "freestanding") return;
  throw new TenonError(
    "boundary-unsupported",
    `${func.path} has resources or streams, which a program run once cannot hold`,
    {
      hint: "load the plugin on another boundary, such as stdio",
      call: func.path,
      sideEffects: "none",
    },
  );
}

function compileResult(json: unknown, func: FunctionRef, here: Here): Make {
  const { result } = func.function;
  if (result !== undefined) return compileValue(json, result, here);
  if (json !== null) here.refuse(`must be null, because ${func.path} returns nothing`);
  return () => undefined;
}

function stdoutMode(json: unknown, here: Here): StdoutMode {
  const mode = STDOUT.find((known) => known === (json ?? "text"));
  if (mode === undefined) here.refuse("is no way to read stdout", `use ${STDOUT.join(", ")}`);
  return mode;
}

function timeout(json: unknown, here: Here): number | undefined {
  if (json === undefined) return undefined;
  if (typeof json !== "number" || !Number.isInteger(json) || json < 1 || json > 2 ** 31 - 1)
    here.refuse("must be a number of milliseconds");
  return json;
}

/** A template, or `{ "json" | "wave" | "bytes": path }`; the path `*` is all parameters by name. */
function compileStdin(json: unknown, params: readonly Field[], here: Here): (frame: Frame) => Uint8Array {
  if (typeof json === "string") {
    const text = compileText(json, here);
    return (frame) => Buffer.from(text.render(frame), "utf8");
  }
  const node = here.object(json, ["json", "wave", "bytes"]);
  const [form = "", ...more] = Object.keys(node);
  if (form === "" || more.length > 0) here.refuse('must have one of "json", "wave" and "bytes"');
  const path = here.at(form).string(node[form]);
  if (path === "*" && form === "json")
    return (frame) => Buffer.from(`${JSON.stringify(allParams(params, frame))}\n`, "utf8");
  const { type, get } = resolveReference(path, here.at(form));
  if (form === "json") return (frame) => Buffer.from(`${JSON.stringify(toJson(type, get(frame), path))}\n`, "utf8");
  if (form === "wave") return (frame) => Buffer.from(`${formatWave(type, get(frame), path)}\n`, "utf8");
  if (type.kind !== "list" || type.element.kind !== "u8") here.at(form).refuse(`is ${path}, which is no list<u8>`);
  return (frame) => get(frame) as Uint8Array;
}

function allParams(params: readonly Field[], frame: Frame): Json {
  return Object.fromEntries(params.map(({ name, type }) => [name, toJson(type, frame[name], camelCase(name))]));
}

export function compileEnv(json: unknown, here: Here): CompiledRun["env"] {
  if (json === undefined) return [];
  return Object.entries(here.record(json)).map(([name, value]) => {
    const place = here.at(name);
    if (name === "" || /[=\0]/.test(name)) place.refuse("is no name of an environment variable");
    return [name, compileText(place.string(value), place).render];
  });
}

function compileTools(json: unknown, here: Here): ToolProbe[] {
  if (json === undefined) return [];
  return Object.entries(here.record(json)).map(([key, command]) => {
    const place = here.at(key);
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(key))
      place.refuse("is no name for a tool", "use lower-case letters, digits and dashes");
    const parts = place.list(command).map((part, index) => place.at(index).string(part));
    if (parts.length === 0) place.refuse("names no program");
    return { key, command: parts };
  });
}

function afterRun(here: Here, stdout: StdoutMode): Here {
  let after = here.after(stdout);
  if (stdout === "text" || stdout === "json" || stdout === "wave") after = after.bind("stdout", { kind: "string" });
  return after
    .bind("stderr", { kind: "string" })
    .bind("exit-code", { kind: "s32" })
    .bind("signal", { kind: "option", item: { kind: "string" } })
    .bind("duration-ms", { kind: "u32" });
}

/** Keys: `0`, `1,2`, `3-9`, `*`, `signal`, `missing`. */
function compileExits(json: unknown, func: FunctionRef, here: Here): CompiledRun["exits"] {
  const exits = new Map<number | "*" | "signal" | "missing", Make>();
  for (const [key, body] of Object.entries(here.record(json))) {
    const place = here.at(key);
    const make = compileResult(body, func, place);
    if (key === "*" || key === "signal" || key === "missing") exits.set(key, make);
    else for (const code of codes(key, place)) exits.set(code, make);
  }
  if (exits.size === 0) here.refuse("maps no exit code");
  return exits;
}

function codes(key: string, here: Here): number[] {
  return key.split(",").flatMap((part) => {
    const [, low = "", high = low] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(low), Number(high)];
    if (low === "" || to > 255 || from > to)
      here.refuse("is no exit code", 'use "0", "1,2", "3-9", "*", "signal" or "missing"');
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
