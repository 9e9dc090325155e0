// Canonical definitions -> checked against the core functions, memories and types they name, and in the plan.
// component-model CanonicalABI.md, "Canonical Definitions".
import { showFunc } from "../core/externs.ts";
import { funcKey } from "../core/types.ts";
import type { CanonAst } from "./ast.ts";
import { builtinOperands, builtinSignature } from "./builtin-signatures.ts";
import { readOptions } from "./canon-options.ts";
import type { CanonOptions } from "./canon-options.ts";
import { liftSignature, lowerSignature } from "./flat-signatures.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import type { Scope } from "./scope.ts";
import type { ResourceType } from "./types.ts";

export function validateCanon(scope: Scope, builder: ComponentBuilder, canon: CanonAst, at: number): void {
  switch (canon.op) {
    case "lift":
      return lift(scope, builder, canon, at);
    case "lower":
      return lower(scope, builder, canon, at);
    case "resource.new":
    case "resource.drop":
    case "resource.rep":
      return resourceBuiltin(scope, builder, canon.op, canon.type, at);
    case "async": {
      const { params, results } = builtinSignature(scope, builder, canon, at);
      const type = scope.coreTypeTable.func(params, results);
      scope.coreFuncs.push(type);
      builder.parts.asyncBuiltins.add(canon.name);
      const operands = builtinOperands(scope, builder, canon, at);
      builder.add({ op: "builtin", name: canon.name, params, results, ...operands });
    }
  }
}

function lift(scope: Scope, builder: ComponentBuilder, canon: Extract<CanonAst, { op: "lift" }>, at: number): void {
  const type = scope.funcType(canon.type, at);
  const core = scope.coreFunc(canon.func, at);
  const options = readOptions(scope, canon.options, at);
  const { needs, ...wanted } = liftSignature(builder.planFunc(type), options);
  if (options.plan.isAsync && !type.isAsync) scope.fail(at, "the `async` option needs an async function type");
  if (options.callback !== undefined && !options.plan.isAsync)
    scope.fail(at, "`callback` cannot be used without `async`");
  if (type.result !== undefined && hasPointer(type.result)) needs.add("memory");
  if (type.params.some(([, param]) => hasPointer(param))) needs.add("memory").add("realloc");
  checkNeeds(scope, options, needs, at);
  if (core.params.join() !== wanted.params.join()) {
    scope.fail(
      at,
      `lowered parameter types do not match: expected ${funcKey(wanted.params, wanted.results)}, found ${showFunc(core)}`,
    );
  }
  if (core.results.join() !== wanted.results.join()) {
    scope.fail(
      at,
      `lowered result types do not match: expected ${funcKey(wanted.params, wanted.results)}, found ${showFunc(core)}`,
    );
  }
  if (options.callback !== undefined && funcKey(options.callback.params, options.callback.results) !== CALLBACK) {
    scope.fail(at, `canonical option \`callback\` uses a core function with an incorrect signature`);
  }
  const { postReturn } = options;
  if (postReturn !== undefined) {
    if (options.plan.isAsync) scope.fail(at, "canonical option `post-return` cannot be used with `async`");
    if (postReturn.params.join() !== core.results.join() || postReturn.results.length > 0) {
      scope.fail(at, "canonical option `post-return` uses a core function with an incorrect signature");
    }
  }
  scope.funcs.push(type);
  builder.add({ op: "lift", func: canon.func, type: builder.funcNumber(type), options: options.plan });
}

const CALLBACK = funcKey(["i32", "i32", "i32"], ["i32"]);

function lower(scope: Scope, builder: ComponentBuilder, canon: Extract<CanonAst, { op: "lower" }>, at: number): void {
  const type = scope.item(scope.funcs, canon.func, "function", at);
  const options = readOptions(scope, canon.options, at);
  if (options.postReturn !== undefined)
    scope.fail(at, "canonical option `post-return` cannot be specified for lowerings");
  if (options.callback !== undefined) scope.fail(at, "canonical option `callback` cannot be specified for lowerings");
  if (options.plan.isAsync && !type.isAsync) scope.fail(at, "the `async` option needs an async function type");
  const { needs, params, results } = lowerSignature(builder.planFunc(type), options);
  if (type.result !== undefined && hasPointer(type.result)) needs.add("memory").add("realloc");
  if (type.params.some(([, param]) => hasPointer(param))) needs.add("memory");
  checkNeeds(scope, options, needs, at);
  scope.coreFuncs.push(scope.coreTypeTable.func(params, results));
  builder.add({ op: "lower", func: canon.func, type: builder.funcNumber(type), options: options.plan });
}

function hasPointer(type: string | { readonly hasPointer: boolean }): boolean {
  return typeof type === "string" ? type === "string" : type.hasPointer;
}

function checkNeeds(scope: Scope, options: CanonOptions, needs: ReadonlySet<string>, at: number): void {
  if (needs.has("memory") && options.plan.memory === undefined) scope.fail(at, "canonical option `memory` is required");
  if (needs.has("realloc") && options.plan.realloc === undefined)
    scope.fail(at, "canonical option `realloc` is required");
}

function resourceBuiltin(
  scope: Scope,
  builder: ComponentBuilder,
  op: "resource.new" | "resource.drop" | "resource.rep",
  index: number,
  at: number,
): void {
  const resource: ResourceType = scope.resource(index, at);
  if (op !== "resource.drop" && !scope.local.has(resource.id))
    scope.fail(at, `type index ${index} is not a local resource`);
  scope.coreFuncs.push(scope.coreTypeTable.func(["i32"], op === "resource.drop" ? [] : ["i32"]));
  builder.add({ op, slot: builder.slotOf(resource.id) });
}
