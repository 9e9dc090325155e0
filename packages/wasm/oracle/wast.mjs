// One .wast file -> its assertions, each held against this package: how many hold, and what the others said.
import { isDeepStrictEqual } from "node:util";
import { compileModulesSync, engine, instantiate, planComponent } from "../dist/index.js";
import { createHost } from "./host.mjs";
import { readCommands } from "./s-expressions.mjs";
import { headOf, textOf, valueOf } from "./values.mjs";

/**
 * `assemble` turns WAT into bytes; it may throw. With `onlyValidate` components are not instantiated. Gives `{ passed, failed, skipped, failures: [{ line, why }] }`.
 */
export async function runWast(text, assemble, options = {}) {
  const run = {
    ...options,
    text,
    assemble,
    definitions: new Map(),
    instances: new Map(),
    current: undefined,
    lost: undefined,
    host: createHost(),
  };
  /** @type {{ passed: number, failed: number, skipped: number, failures: { line: number, head: string, why: string }[] }} */
  const score = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const command of readCommands(text)) {
    const line = text.slice(0, command.start).split("\n").length;
    try {
      const outcome = await runCommand(run, command);
      if (outcome === "skip") score.skipped += 1;
      else if (outcome !== "done") score.passed += 1;
    } catch (thrown) {
      score.failed += 1;
      score.failures.push({ line, head: headOf(command), why: whyOf(thrown) });
    }
  }
  return score;
}

function whyOf(thrown) {
  return String(thrown?.what ?? thrown?.message ?? thrown).slice(0, 400);
}

async function runCommand(run, command) {
  switch (headOf(command)) {
    case "component":
      return await component(run, command);
    case "module":
      throw new Error("core modules at the top level are not run here");
    case "assert_return":
      return await assertReturn(run, command);
    case "invoke":
      await invoke(run, command);
      return "pass";
    case "assert_trap":
    case "assert_exhaustion":
      return await assertTrap(run, command);
    case "assert_invalid":
    case "assert_malformed":
      return await assertRefused(run, command);
    case "assert_unlinkable":
      return await assertUnlinkable(run, command);
    case "register":
      run.instances.set(textOf(command.list[1]), run.current);
      return "done";
    default:
      throw new Error(`the command (${headOf(command)} ...) is not known`);
  }
}

/** `(component definition $C ...)`, `(component instance $i $C)`, `(component $i ...)`, binary and quoted ones. */
async function component(run, command) {
  const words = command.list.slice(1, 4).map((item) => item.word);
  run.current = undefined;
  run.lost = undefined;
  if (words[0] === "instance") {
    const source = words.slice(1).findLast((word) => word?.startsWith("$")) ?? "";
    const made = run.definitions.get(source) ?? run.lastDefinition;
    if (made === undefined) throw new Error(`no definition ${source}`);
    setCurrent(run, words[2] === undefined ? undefined : words[1], made);
    return "pass";
  }
  try {
    const made = await define(run, command);
    run.lastDefinition = made;
    const name = words.find((word) => word?.startsWith("$"));
    if (name !== undefined) run.definitions.set(name, made);
    if (words[0] !== "definition" && !run.onlyValidate) setCurrent(run, name, made);
  } catch (thrown) {
    run.lost = whyOf(thrown);
    throw thrown;
  }
  return "pass";
}

function setCurrent(run, name, made) {
  run.current = undefined;
  const { plan, bytes } = made;
  made.modules ??= compileModulesSync(plan, bytes);
  const linked = instantiate(plan, made.modules, importsFor(run, plan));
  run.current = { linked, world: plan.world };
  if (name !== undefined) run.instances.set(name, run.current);
}

/** Instances that were named before serve imports of that name; `host` is a few functions that tests count on. */
function importsFor(run, plan) {
  const imports = new Map();
  for (const op of plan.components[0].ops) {
    if (op.op !== "import") continue;
    const host = run.host[op.name];
    if (host !== undefined) imports.set(op.name, host);
    const from = run.instances.get(op.name) ?? run.instances.get(`$${op.name}`);
    if (from !== undefined) imports.set(op.name, { kind: "instance", exports: from.linked.exports });
  }
  return imports;
}

async function define(run, command) {
  const bytes = await bytesOf(run, command);
  return { bytes, plan: planComponent(bytes) };
}

async function bytesOf(run, command) {
  const items = command.list.slice(1);
  const at = items.findIndex((item) => item.word !== "definition" && !item.word?.startsWith("$"));
  const form = items[at]?.word;
  const rest = items.slice(at + 1);
  if (form === "binary") return Uint8Array.from(rest.flatMap((item) => [...item.bytes]));
  if (form === "quote") return await run.assemble(`(component ${rest.map(textOf).join("\n")})`);
  const source = run.text.slice(command.start, command.end);
  return await run.assemble(source.replace(/^\(component(\s+)definition/, "(component$1"));
}

function functionOf(run, command) {
  const items = command.list.slice(1);
  const name = items[0].word === undefined ? undefined : items.shift().word;
  const target = name === undefined ? run.current : run.instances.get(name);
  if (target === undefined)
    throw new Error(run.lost === undefined ? "no instance to call" : `no instance: ${run.lost}`);
  const label = textOf(items.shift());
  const func = target.linked.func("", label);
  if (func === undefined) throw new Error(`no function ${label}`);
  const world = target.world.exports.find((one) => one.id === "");
  const type = world?.functions.find((one) => one.name === label);
  return { func, type, args: items };
}

async function invoke(run, command) {
  const { func, type, args } = functionOf(run, command);
  const values = args.map((arg, index) => valueOf(arg, type?.params[index]?.type));
  return { value: await inTime(func(...values)), type: type?.result };
}

async function inTime(pending) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("there was no answer within two seconds")), 2000);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function assertReturn(run, command) {
  const { value, type } = await invoke(run, command.list[1]);
  const wanted = command.list[2] === undefined ? undefined : valueOf(command.list[2], type);
  if (!isDeepStrictEqual(value, wanted)) {
    throw new Error(`gave ${show(value)} instead of ${show(wanted)}`);
  }
  return "pass";
}

function show(value) {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one));
}

async function assertTrap(run, command) {
  const [, action, message] = command.list;
  if (headOf(action) === "component") {
    return await throws(async () => await component(run, action), TRAPS, message);
  }
  return await throws(() => invoke(run, action), TRAPS, message);
}

/** A limit of ours ends a call as a trap does. */
const TRAPS = ["plugin-trap", "resource-exhausted"];

async function throws(work, codes, message) {
  let value;
  try {
    value = await work();
  } catch (thrown) {
    if (codes.includes(thrown?.code)) return "pass";
    throw thrown;
  }
  throw new Error(`did not trap (${textOf(message)}) but gave ${show(value)}`);
}

async function assertUnlinkable(run, command) {
  try {
    await component(run, command.list[1]);
  } catch (thrown) {
    if (["function-missing", "config-invalid", "artifact-invalid", "contract-mismatch"].includes(thrown?.code))
      return "pass";
    throw thrown;
  }
  throw new Error(`was linked (${textOf(command.list[2])})`);
}

async function assertRefused(run, command) {
  const [, source, message] = command.list;
  if (headOf(source) === "module") return "skip";
  let bytes;
  try {
    bytes = await bytesOf(run, source);
  } catch (thrown) {
    // What the assembler refuses tests the assembler.
    if (thrown instanceof SyntaxError) return "skip";
    throw thrown;
  }
  let made;
  try {
    made = planComponent(bytes);
  } catch (thrown) {
    if (thrown?.code === "artifact-invalid" && typeof thrown.details?.offset === "number") return "pass";
    if (thrown?.code === "resource-exhausted") return "pass";
    throw thrown;
  }
  // Core code is the engine's to validate.
  for (const { start, end } of made.modules) if (!engine.validate(bytes.subarray(start, end))) return "pass";
  throw new Error(`was accepted (${textOf(message)})`);
}
