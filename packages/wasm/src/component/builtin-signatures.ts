// The builtins of the asynchronous component model and of threads -> their core function types, with their operands checked.
import type { CoreValueType } from "../core/types.ts";
import type { PlanBuiltin } from "../link/plan.ts";
import type { AsyncCanonAst } from "./ast.ts";
import { readOptions } from "./canon-options.ts";
import { returnSignature } from "./flat-signatures.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import { valueAt } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { funcType } from "./types.ts";
import type { Value } from "./types.ts";

/** What the plan keeps of a builtin: whatever it works on, checked before. */
export function builtinOperands(
  scope: Scope,
  builder: ComponentBuilder,
  canon: AsyncCanonAst,
  at: number,
): Omit<PlanBuiltin, "op" | "name" | "params" | "results"> {
  const element = elementOf(scope, canon, at);
  return {
    ...(canon.options !== undefined && { options: readOptions(scope, canon.options, at).plan }),
    ...(element !== undefined && { type: builder.value(element) }),
    ...(canon.memory !== undefined && { memory: canon.memory }),
    ...(canon.slot !== undefined && { slot: canon.slot }),
    ...(canon.isAsync === true && { isAsync: true as const }),
    ...(canon.isCancellable === true && { isCancellable: true as const }),
  };
}

function elementOf(scope: Scope, canon: AsyncCanonAst, at: number): Value | undefined {
  if (canon.result !== undefined) return valueAt(scope, canon.result, at);
  if (canon.type === undefined || canon.name.startsWith("thread.")) return undefined;
  const type = scope.type(canon.type, at);
  if (type.sort !== "defined" || (type.shape.kind !== "stream" && type.shape.kind !== "future")) return undefined;
  return type.shape.element;
}

export interface BuiltinSignature {
  readonly params: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
}

/** Builtins whose type depends on nothing that stands with them: parameters, then results. */
const FIXED: Readonly<Record<string, readonly [params: number, results: number]>> = {
  "task.cancel": [0, 0],
  "subtask.cancel": [1, 1],
  "subtask.drop": [1, 0],
  "backpressure.inc": [0, 0],
  "backpressure.dec": [0, 0],
  "waitable-set.new": [0, 1],
  "waitable-set.drop": [1, 0],
  "waitable.join": [2, 0],
  "thread.yield": [0, 1],
  "thread.index": [0, 1],
  "thread.resume-later": [1, 0],
  "thread.suspend": [0, 1],
  "thread.suspend-then-resume": [1, 1],
  "thread.yield-then-resume": [1, 1],
  "thread.suspend-then-promote": [1, 1],
  "thread.yield-then-promote": [1, 1],
  "thread.available-parallelism": [0, 1],
  "error-context.drop": [1, 0],
};
const CONTEXT_SLOTS = 2;

/** Throws `artifact-invalid` where an operand is not what the builtin works on. */
export function builtinSignature(
  scope: Scope,
  builder: ComponentBuilder,
  canon: AsyncCanonAst,
  at: number,
): BuiltinSignature {
  const fixed = FIXED[canon.name];
  if (fixed !== undefined) return numbers(...fixed);
  const [family, action] = canon.name.split(".") as [string, string];
  switch (family) {
    case "stream":
    case "future":
      return endSignature(scope, canon, family, action, at);
    case "context":
      return contextSignature(scope, canon, action, at);
    case "task":
      return taskReturn(scope, builder, canon, at);
    case "waitable-set":
      return { params: ["i32", memoryAddress(scope, canon.memory ?? 0, at)], results: ["i32"] };
    case "error-context":
      return errorContext(scope, canon, action, at);
    default:
      return threadSignature(scope, canon, at);
  }
}

function numbers(params: number, results: number): BuiltinSignature {
  return { params: Array.from({ length: params }, () => "i32"), results: Array.from({ length: results }, () => "i32") };
}

function endSignature(
  scope: Scope,
  canon: AsyncCanonAst,
  family: "stream" | "future",
  action: string,
  at: number,
): BuiltinSignature {
  const type = scope.type(canon.type ?? 0, at);
  if (type.sort !== "defined" || type.shape.kind !== family) {
    return scope.fail(at, `\`${canon.name}\` requires a ${family} type`);
  }
  if (action === "new") return { params: [], results: ["i64"] };
  if (action.startsWith("cancel")) return numbers(1, 1);
  if (action.startsWith("drop")) return numbers(1, 0);
  const options = readOptions(scope, canon.options ?? [], at);
  const { element } = type.shape;
  if (element !== undefined && options.plan.memory === undefined)
    scope.fail(at, "canonical option `memory` is required");
  const hasPointer = element === "string" || (typeof element === "object" && element.hasPointer);
  if (action === "read" && hasPointer && options.plan.realloc === undefined) {
    scope.fail(at, "canonical option `realloc` is required");
  }
  const { address } = options;
  return {
    params: family === "stream" ? ["i32", address, address] : ["i32", address],
    results: [address === "i64" && family === "stream" ? "i64" : "i32"],
  };
}

function contextSignature(scope: Scope, canon: AsyncCanonAst, action: string, at: number): BuiltinSignature {
  if ((canon.slot ?? 0) >= CONTEXT_SLOTS) scope.fail(at, `immediate must be less than ${CONTEXT_SLOTS}`);
  const storage = canon.storage ?? "i32";
  return action === "get" ? { params: [], results: [storage] } : { params: [storage], results: [] };
}

function taskReturn(scope: Scope, builder: ComponentBuilder, canon: AsyncCanonAst, at: number): BuiltinSignature {
  const result = canon.result === undefined ? undefined : valueAt(scope, canon.result, at);
  if (result !== undefined && typeof result !== "string" && result.hasBorrow) {
    scope.fail(at, "function result cannot contain a `borrow` type");
  }
  const options = readOptions(scope, canon.options ?? [], at);
  const { plan } = options;
  if (plan.isAsync) scope.fail(at, "cannot specify `async` option on `task.return`");
  if (plan.realloc !== undefined) scope.fail(at, "cannot specify `realloc` option on `task.return`");
  if (plan.postReturn !== undefined) scope.fail(at, "cannot specify `post-return` option on `task.return`");
  if (plan.callback !== undefined) scope.fail(at, "cannot specify `callback` option on `task.return`");
  const { needs, ...signature } = returnSignature(builder.planFunc(funcType(at, true, [], result)), options);
  const hasPointer = result === "string" || (typeof result === "object" && result.hasPointer);
  if ((hasPointer || needs.has("memory")) && plan.memory === undefined) {
    scope.fail(at, "canonical option `memory` is required");
  }
  return signature;
}

function memoryAddress(scope: Scope, index: number, at: number): CoreValueType {
  return scope.item(scope.coreMemories, index, "memory", at).limits.is64 ? "i64" : "i32";
}

function errorContext(scope: Scope, canon: AsyncCanonAst, action: string, at: number): BuiltinSignature {
  const options = readOptions(scope, canon.options ?? [], at);
  if (options.plan.memory === undefined) scope.fail(at, "canonical option `memory` is required");
  if (action === "debug-message" && options.plan.realloc === undefined) {
    scope.fail(at, "canonical option `realloc` is required");
  }
  const { address } = options;
  return action === "new"
    ? { params: [address, address], results: ["i32"] }
    : { params: ["i32", address], results: [] };
}

function threadSignature(scope: Scope, canon: AsyncCanonAst, at: number): BuiltinSignature {
  const type = scope.item(scope.coreTypes, canon.type ?? 0, "core type", at);
  if ("exports" in type || type.kind !== "func")
    return scope.fail(at, `\`${canon.name}\` requires a core function type`);
  if (type.params.length !== 1 || type.results.length !== 0) {
    scope.fail(at, `start function of \`${canon.name}\` must take one parameter and return nothing`);
  }
  if (canon.table === undefined) return { params: [`(ref null ${type.id})`, "i32"], results: ["i32"] };
  const table = scope.item(scope.coreTables, canon.table, "table", at);
  if (table.kind !== "table" || table.element !== "(ref null func)") scope.fail(at, "the table must hold funcref");
  return { params: ["i32", ...type.params], results: ["i32"] };
}
