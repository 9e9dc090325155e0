// Core instances and aliases of their exports -> checked, and in the plan.
import { binaryFault } from "../binary/faults.ts";
import { coreMisfit } from "../core/externs.ts";
import type { CoreExtern, CoreModuleType } from "../core/externs.ts";
import type { CoreKind } from "../link/plan.ts";
import type { Definition, SortIndex } from "./ast.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import type { Scope } from "./scope.ts";

/** Within a component the imports of a module must differ by name, because instances supply them by name. */
export function checkModuleImports(module: CoreModuleType, at: number): void {
  const names = new Set<string>();
  for (const { module: from, name } of module.imports) {
    const key = JSON.stringify([from, name]);
    if (names.has(key)) throw binaryFault("invalid", at, `duplicate import name \`${from}:${name}\``);
    names.add(key);
  }
}

export function addCoreInstance(
  scope: Scope,
  builder: ComponentBuilder,
  module: number,
  args: readonly (readonly [string, number])[],
  at: number,
): void {
  const type = scope.item(scope.coreModules, module, "module", at);
  const given = new Map<string, ReadonlyMap<string, CoreExtern>>();
  for (const [name, index] of args) {
    if (given.has(name)) scope.fail(at, `duplicate module instantiation argument named \`${name}\``);
    given.set(name, scope.item(scope.coreInstances, index, "core instance", at));
  }
  for (const { module: from, name, type: wanted } of type.imports) {
    const instance = given.get(from);
    if (instance === undefined) return scope.fail(at, `missing module instantiation argument named \`${from}\``);
    const found = instance.get(name);
    if (found === undefined) {
      return scope.fail(at, `module instantiation argument \`${from}\` does not export an item named \`${name}\``);
    }
    const why = coreMisfit(found, wanted);
    if (why !== undefined)
      scope.fail(at, `module instantiation argument \`${from}\` exports a wrong \`${name}\`: ${why}`);
  }
  scope.coreInstances.push(type.exports);
  builder.add({ op: "core instance", module, args });
}

export function addCoreBag(
  scope: Scope,
  builder: ComponentBuilder,
  items: readonly (readonly [string, SortIndex])[],
  at: number,
): void {
  const exports = new Map<string, CoreExtern>();
  const plan: (readonly [string, CoreKind, number])[] = [];
  for (const [name, { sort, index }] of items) {
    if (exports.has(name)) scope.fail(at, `export name \`${name}\` already defined`);
    const kind = coreKind(scope, sort, at);
    exports.set(name, coreExtern(scope, kind, index, at));
    plan.push([name, kind, index]);
  }
  scope.coreInstances.push(exports);
  builder.add({ op: "core bag", exports: plan });
}

export function aliasCoreExport(
  scope: Scope,
  builder: ComponentBuilder,
  { sort, instance, name }: Extract<Definition, { def: "alias core export" }>,
  at: number,
): void {
  const found = scope.item(scope.coreInstances, instance, "core instance", at).get(name);
  if (found === undefined) return scope.fail(at, `core instance ${instance} has no export named \`${name}\``);
  const kind = coreKind(scope, sort, at);
  if (found.kind !== kind) scope.fail(at, `export \`${name}\` for core instance ${instance} is not a ${kind}`);
  pushCore(scope, found);
  builder.add({ op: "core alias", kind, instance, name });
}

function coreKind(scope: Scope, sort: string, at: number): CoreKind {
  switch (sort) {
    case "core func":
      return "func";
    case "core table":
      return "table";
    case "core memory":
      return "memory";
    case "core global":
      return "global";
    case "core tag":
      return "tag";
    default:
      return scope.fail(at, `a core instance exports no ${sort}`);
  }
}

function coreExtern(scope: Scope, kind: CoreKind, index: number, at: number): CoreExtern {
  switch (kind) {
    case "func":
      return { kind: "func", type: scope.coreFunc(index, at) };
    case "table":
      return scope.item(scope.coreTables, index, "table", at);
    case "memory":
      return scope.item(scope.coreMemories, index, "memory", at);
    case "global":
      return scope.item(scope.coreGlobals, index, "global", at);
    case "tag":
      return scope.item(scope.coreTags, index, "tag", at);
  }
}

function pushCore(scope: Scope, extern: CoreExtern): void {
  switch (extern.kind) {
    case "func":
      scope.coreFuncs.push(extern.type);
      return;
    case "table":
      scope.coreTables.push(extern);
      return;
    case "memory":
      scope.coreMemories.push(extern);
      return;
    case "global":
      scope.coreGlobals.push(extern);
      return;
    case "tag":
      scope.coreTags.push(extern);
  }
}
