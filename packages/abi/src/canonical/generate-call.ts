// A signature -> one straight-line function for the whole call; the fast twin of call-closures.ts.
// component-model CanonicalABI.md, sections "canon lift" and "canon lower", for synchronous functions.
import { TenonError } from "@tenon/contract/core";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { failure, mayNotLeave } from "./call-closures.ts";
import type { HostFunction } from "./call-closures.ts";
import { checkResult, checkRow, hostError } from "./check.ts";
import { contextOf } from "./context.ts";
import type { Context } from "./context.ts";
import type { CallGate, CanonicalEnv, CoreFunction, FuelFill } from "./env.ts";
import { liftFlat, lowerFlat } from "./generate-flat.ts";
import { checkExpression } from "./generate-check.ts";
import { loadExpression } from "./generate-load.ts";
import { allocation, storeStatement } from "./generate-store.ts";
import { TooLarge, Unit, address, declareSlots } from "./generate-unit.ts";
import { flattenType } from "./flatten.ts";
import { isScalar } from "./forms.ts";
import type { Row } from "./row.ts";
import { signatureOf } from "./signature.ts";
import type { Signature } from "./signature.ts";

/** What the code of one call is bound to; the generated maker takes it apart. */
interface Bindings {
  readonly f: CoreFunction | HostFunction;
  readonly c: Context;
  readonly gate: CallGate | undefined;
  readonly fill: FuelFill["call"] | undefined;
  readonly ticks: number;
  readonly post: CoreFunction | undefined;
  /** Throws the words for values that the test refused; returns where the validator finds nothing wrong. */
  readonly explain: (values: unknown[], count: number) => void;
  readonly fail: (thrown: unknown) => unknown;
  readonly hostFail: (thrown: unknown) => unknown;
  readonly blocked: () => unknown;
}

type Make = (bindings: Bindings) => CoreFunction & HostFunction;

/** Code depends on which of the optional parts an environment has, so that a call pays for none that it lacks. */
const makers = new WeakMap<ContractFunction, Map<string, Make | undefined>>();

function makerOf(
  fn: ContractFunction,
  env: CanonicalEnv,
  direction: "lift" | "lower",
  signature: Signature,
): Make | undefined {
  const encoding = env.stringEncoding ?? "utf8";
  const key = `${direction} ${encoding} ${signature.pointer} ${enter(env)} ${env.postReturn !== undefined}`;
  const ofFunction = makers.get(fn) ?? new Map<string, Make | undefined>();
  makers.set(fn, ofFunction);
  if (ofFunction.has(key)) return ofFunction.get(key);
  const made = write(direction === "lift" ? liftSource : lowerSource, signature, env);
  ofFunction.set(key, made);
  return made;
}

type Source = (unit: Unit, signature: Signature, env: CanonicalEnv) => string;

function write(source: Source, signature: Signature, env: CanonicalEnv): Make | undefined {
  try {
    const { params, result, pointer } = signature;
    const lowered = source === liftSource ? params : result;
    const unit = new Unit(env.stringEncoding ?? "utf8", pointer, lowered.types);
    const call = source(unit, signature, env);
    return unit.compile<Make>(`({f,c,gate,fill,ticks,post,explain,fail,hostFail,blocked})=>${call}`);
  } catch (thrown) {
    if (thrown instanceof TooLarge) return undefined;
    throw thrown;
  }
}

/** The call of a core export, or undefined where its code would be too long. */
export function generateLift(
  fn: ContractFunction,
  env: CanonicalEnv,
  core: CoreFunction,
  signature: Signature = signatureOf(fn),
): HostFunction | undefined {
  const { params } = signature;
  return bind(fn, env, "lift", signature, core, (context, values, count) => {
    // Only the number of surplus values matters to the words.
    values.length = Math.max(values.length, count);
    checkRow(context, params, values);
  });
}

/** A core import that calls a host function, or undefined where its code would be too long. */
export function generateLower(
  fn: ContractFunction,
  env: CanonicalEnv,
  host: HostFunction,
  signature: Signature = signatureOf(fn),
): CoreFunction | undefined {
  return bind(fn, env, "lower", signature, host, (context, values) =>
    checkResult(context, fn, env.name ?? fn.name, values[0]),
  );
}

function bind(
  fn: ContractFunction,
  env: CanonicalEnv,
  direction: "lift" | "lower",
  signature: Signature,
  target: CoreFunction | HostFunction,
  explain: (context: Context, values: unknown[], count: number) => void,
): (CoreFunction & HostFunction) | undefined {
  const make = makerOf(fn, env, direction, signature);
  if (make === undefined) return undefined;
  const context = contextOf(env);
  const name = env.name ?? fn.name;
  const fail = (thrown: unknown): unknown => failure(env, name, thrown);
  return make({
    f: target,
    c: context,
    gate: env.gate,
    fill: env.fill?.call,
    ticks: env.fill?.ticks ?? 0,
    post: env.postReturn,
    explain: (values, count) => explain(context, values, count),
    fail,
    hostFail: (thrown) => hostError(thrown, name),
    blocked: () => fail(mayNotLeave(name)),
  });
}

function liftSource(unit: Unit, { params, result }: Signature, env: CanonicalEnv): string {
  const names = params.types.map((_, index) => `a${index}`);
  const lowered = params.isInMemory ? lowerToMemory(unit, params, names) : lowerToSlots(unit, params, names);
  const flat = params.isInMemory ? "p" : params.flat.map((_, index) => `x${index}`).join(",");
  const hasResult = result.types.length > 0;
  const post = env.postReturn === undefined ? "" : postReturn(hasResult);
  const body = [
    lowered,
    hasResult ? `const r=f(${flat});` : `f(${flat});`,
    hasResult ? `${beginLift(result)}${liftResult(unit, result)}` : "",
    post,
    env.gate === undefined ? "" : "gate.exit();",
    hasResult ? "return y;" : "",
  ];
  return `function(${names.join(",")}){${checkArguments(unit, params, names)}${enter(env)}try{${body.join("")}}catch(t){throw fail(t);}}`;
}

function enter(env: CanonicalEnv): string {
  if (env.gate === undefined) return "";
  const isFilled = env.fill === undefined || env.gate.enterUnfilled === undefined;
  return isFilled ? "gate.enter();" : "if(gate.enterUnfilled())fill(ticks);";
}

function postReturn(hasResult: boolean): string {
  return `c.flags.mayLeave=false;post(${hasResult ? "r" : ""});c.flags.mayLeave=true;`;
}

function checkArguments(unit: Unit, { types }: Row, names: readonly string[]): string {
  const tests = types.map((type, index) => checkExpression(unit, type, names[index] as string));
  const test = [`arguments.length<=${names.length}`, ...tests].join("&&");
  const explain = `explain([${names.join(",")}],arguments.length)`;
  return types.every(isPlain) ? `if(!(${test}))${explain};` : guardedTest(unit, test, explain);
}

/** Whether the test of a type cannot throw: it runs none of the value's own code. */
function isPlain(type: ValueType): boolean {
  return isScalar(type.kind) || ["string", "enum", "own", "borrow"].includes(type.kind);
}

/** A getter that throws is a value that does not fit; the validator finds the words. */
function guardedTest(unit: Unit, test: string, explain: string): string {
  const begin = unit.knowsTexts ? "c.beginCheck();c.texts.begin();" : "c.beginCheck();";
  return `let ok=false;try{${begin}ok=${test};}catch(t){${unit.constant(rethrow)}(t);}if(!ok)${explain};`;
}

function rethrow(thrown: unknown): void {
  if (thrown instanceof TenonError) throw thrown;
}

function lowerToSlots(unit: Unit, row: Row, names: readonly string[]): string {
  let at = 0;
  const parts = row.types.map((type, index) => {
    const part = lowerFlat(unit, type, names[index] as string, row.flat, at);
    at += flattenType(type).length;
    return part;
  });
  return declareSlots(row.flat) + parts.join("");
}

function lowerToMemory(unit: Unit, row: Row, names: readonly string[]): string {
  return `const p=${allocation(unit, row.align, row.size)};${storeRow(unit, row, names)}`;
}

function storeRow(unit: Unit, row: Row, names: readonly string[]): string {
  return row.types
    .map((type, index) =>
      storeStatement(unit, type, names[index] as string, address("p", row.offsets[index] as number)),
    )
    .join("");
}

function beginLift(row: Row): string {
  return row.cost === 0 ? "" : `c.begin();c.budget.charge(${row.cost});`;
}

function liftResult(unit: Unit, row: Row): string {
  const [type] = row.types as readonly [ValueType];
  // The range is held first: it makes the views that the expression reads.
  if (row.isInMemory)
    return `const q=c.range(r>>>0,${row.align},${row.size});const y=${loadExpression(unit, type, "q")};`;
  // In brackets, for a record would be a block there.
  return `const y=(x0=>(${liftFlat(unit, type, row.flat, 0)}))(r);`;
}

function lowerSource(unit: Unit, { params, result }: Signature, env: CanonicalEnv): string {
  const slots = params.isInMemory ? ["m"] : params.flat.map((_, index) => `x${index}`);
  if (result.isInMemory) slots.push("t");
  const names = params.types.map((_, index) => `a${index}`);
  const body = [
    beginLift(params),
    liftParams(unit, params, names),
    `let r;try{r=f(${names.join(",")});}catch(t){throw hostFail(t);}`,
    checkReturned(unit, result),
    lowerResult(unit, result),
    env.gate === undefined ? "" : "gate.exit();",
    !result.isInMemory && result.types.length > 0 ? "return y;" : "",
  ];
  return `function(${slots.join(",")}){if(!c.flags.mayLeave)throw blocked();${enter(env)}try{${body.join("")}}catch(t){throw fail(t);}}`;
}

function liftParams(unit: Unit, row: Row, names: readonly string[]): string {
  let at = 0;
  const parts = row.types.map((type, index) => {
    const value = row.isInMemory
      ? loadExpression(unit, type, address("p", row.offsets[index] as number))
      : liftFlat(unit, type, row.flat, at);
    at += flattenType(type).length;
    return `const ${names[index]}=${value};`;
  });
  return (row.isInMemory ? `const p=c.range(m>>>0,${row.align},${row.size});` : "") + parts.join("");
}

function checkReturned(unit: Unit, row: Row): string {
  const [type] = row.types;
  if (type === undefined) return "if(r!==undefined)explain([r],1);";
  const test = checkExpression(unit, type, "r");
  return isPlain(type) ? `if(!${test})explain([r],1);` : guardedTest(unit, test, "explain([r],1)");
}

function lowerResult(unit: Unit, row: Row): string {
  const [type] = row.types;
  if (type === undefined) return "";
  if (row.isInMemory) return `{const p=c.range(t>>>0,${row.align},${row.size});${storeRow(unit, row, ["r"])}}`;
  // One slot: the flat code speaks of x0, which is a parameter here.
  return `const y=(()=>{${declareSlots(row.flat)}${lowerFlat(unit, type, "r", row.flat, 0)}return x0;})();`;
}
