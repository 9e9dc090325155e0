// Component instances and aliases -> checked against what is asked for, and in the plan.
import type { PlanRef, SlotFill } from "../link/plan.ts";
import type { Definition, ExternName, SortIndex } from "./ast.ts";
import { ExternNames } from "./extern-names.ts";
import { planRef } from "./plan-ref.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import type { Scope } from "./scope.ts";
import { externMisfit, resourceAt } from "./subtype.ts";
import { Substitution } from "./substitute.ts";
import { ResourceId, instanceType, resourceType } from "./types.ts";
import type { ComponentType, Extern, InstanceType } from "./types.ts";
import { exportOf } from "./validate-types.ts";

export function addInstance(
  scope: Scope,
  builder: ComponentBuilder,
  component: number,
  items: readonly (readonly [string, SortIndex])[],
  at: number,
): void {
  const type = scope.item(scope.components, component, "component", at);
  const args = new Map<string, Extern>();
  const refs: (readonly [string, PlanRef])[] = [];
  for (const [name, item] of items) {
    if (args.has(name))
      scope.fail(at, `instantiation argument \`${name}\` conflicts with previous argument \`${name}\``);
    args.set(name, scope.extern(item.sort, item.index, at));
    refs.push([name, planRef(scope, builder, item, at)]);
  }
  const slots: SlotFill[] = [];
  scope.instances.push(instantiated(scope, builder, type, args, slots, at));
  builder.add({ op: "instance", component, args: refs, slots });
}

/** The type of an instance of `type`: imports replaced by what is given, and every resource it makes made anew. */
function instantiated(
  scope: Scope,
  builder: ComponentBuilder,
  type: ComponentType,
  args: ReadonlyMap<string, Extern>,
  slots: SlotFill[],
  at: number,
): InstanceType {
  const known = new Substitution();
  for (const name of type.imports.keys()) {
    if (!args.has(name)) scope.fail(at, `missing import named \`${name}\``);
  }
  const unbound = known.bindAll(type.imported, (path) => resourceAt(args, path));
  if (unbound !== undefined) scope.fail(at, unbound);
  for (const [name, wanted] of type.imports) {
    const given = args.get(name);
    if (given === undefined) continue;
    const why = externMisfit(given, known.extern(wanted));
    if (why !== undefined) scope.fail(at, `type mismatch for import \`${name}\`: ${why}`);
    bindTypes(known, wanted, given);
  }
  for (const [id, path] of type.fresh) {
    const made = new ResourceId(id.name);
    scope.made.add(made);
    builder.comesWith(made, slots, path);
    known.bind(id, resourceType(made));
  }
  return instanceType(at, known.externs(type.exports));
}

/** Types that the component took in are, from here on, the ones that were given: with their names outside. */
function bindTypes(known: Substitution, wanted: Extern, given: Extern): void {
  if (wanted.kind === "type" && given.kind === "type") known.bindType(wanted.type, given.type);
  if (wanted.kind !== "instance" || given.kind !== "instance") return;
  for (const [name, extern] of wanted.type.exports) {
    const other = given.type.exports.get(name);
    if (other !== undefined) bindTypes(known, extern, other);
  }
}

export function addBag(
  scope: Scope,
  builder: ComponentBuilder,
  items: readonly (readonly [ExternName, SortIndex])[],
  at: number,
): void {
  const names = new ExternNames("export");
  const exports = new Map<string, Extern>();
  const refs: (readonly [string, PlanRef])[] = [];
  for (const [name, item] of items) {
    const extern = scope.extern(item.sort, item.index, at);
    names.add(name, extern);
    exports.set(name.name, extern);
    refs.push([name.name, planRef(scope, builder, item, at)]);
  }
  scope.instances.push(instanceType(at, exports));
  builder.add({ op: "bag", exports: refs });
}

export function aliasExport(
  scope: Scope,
  builder: ComponentBuilder,
  { sort, instance, name }: Extract<Definition, { def: "alias export" }>,
  at: number,
): void {
  const extern = exportOf(scope, instance, name, sort, at);
  scope.push(extern);
  // Of types only resources exist when the component runs, and those are found by slot.
  if (extern.kind === "type" || extern.kind === "value") return;
  builder.add({ op: "alias", sort: extern.kind === "core module" ? "module" : extern.kind, instance, name });
}

export function aliasOuter(
  scope: Scope,
  builder: ComponentBuilder,
  { sort, count, index }: Extract<Definition, { def: "alias outer" }>,
  at: number,
): void {
  const { scope: outer } = scope.outer(count, at);
  switch (sort) {
    case "type":
      scope.types.push(scope.outerType(count, index, at));
      return;
    case "core type":
      scope.coreTypes.push(scope.item(outer.coreTypes, index, "core type", at));
      return;
    case "core module":
      scope.coreModules.push(scope.item(outer.coreModules, index, "module", at));
      builder.add({ op: "outer", sort: "module", count, index });
      return;
    case "component":
      scope.components.push(scope.item(outer.components, index, "component", at));
      builder.add({ op: "outer", sort: "component", count, index });
      return;
    default:
      scope.fail(at, `outer aliases cannot refer to a ${sort}`);
  }
}
