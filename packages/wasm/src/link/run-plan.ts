// A link plan, compiled modules and what is imported -> component instances (the ops of plan.ts, in order).
import { trapError } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import { engine } from "../webassembly.ts";
import { builtin, lift, lower, resourceBuiltin } from "./canon-ops.ts";
import { ComponentInstance } from "./instance.ts";
import type { ComponentItem, LinkItem } from "./items.ts";
import type { PlanOp, PlanRef, SlotFill } from "./plan.ts";
import { RuntimeResource } from "./resources.ts";
import { broken, coreItem } from "./run.ts";
import type { Linking, Run } from "./run.ts";

/** A component of the plan as something that can be instantiated; `home` is where it is defined. */
export function componentItem(linking: Linking, index: number, home: ComponentInstance | undefined): ComponentItem {
  return {
    kind: "component",
    make: (parent, args) => ({ kind: "instance", exports: makeInstance(linking, index, home, parent, args).exports }),
  };
}

/** Runs the ops of one component. The outermost component has neither home nor parent. */
export function makeInstance(
  linking: Linking,
  index: number,
  home: ComponentInstance | undefined,
  parent: ComponentInstance | undefined,
  args: ReadonlyMap<string, LinkItem>,
): ComponentInstance {
  const component = linking.plan.components[index];
  const funcs = linking.funcs[index];
  if (component === undefined || funcs === undefined) return broken(`component ${index}`);
  const instance = new ComponentInstance(parent, home, linking.holds);
  const run: Run = { linking, funcs, instance, args };
  for (const op of component.ops) runOp(run, op);
  return instance;
}

function runOp(run: Run, op: PlanOp): void {
  const { instance, linking } = run;
  switch (op.op) {
    case "core module":
      instance.modules.push({ kind: "module", module: linking.modules[op.module] ?? broken(`module ${op.module}`) });
      return;
    case "core instance":
      instance.core.instance.push(instantiateCore(run, op.module, op.args));
      return;
    case "core bag":
      instance.core.instance.push(record(op.exports.map(([name, kind, index]) => [name, coreItem(run, kind, index)])));
      return;
    case "core alias": {
      const exports = instance.core.instance[op.instance] ?? broken(`core instance ${op.instance}`);
      if (op.kind === "func") instance.core.sources.set(instance.core.func.length, exports);
      instance.core[op.kind].push(exports[op.name]);
      return;
    }
    case "component":
      instance.components.push(componentItem(linking, op.component, instance));
      return;
    case "instance":
      return instantiateChild(run, op.component, op.args, op.slots);
    case "bag":
      instance.instances.push({ kind: "instance", exports: itemsOf(run, op.exports) });
      return;
    case "alias": {
      const from = instance.instances[op.instance] ?? broken(`instance ${op.instance}`);
      return push(instance, from.exports.get(op.name) ?? broken(`export ${op.name}`));
    }
    case "outer":
      return aliasOuter(run, op.sort, op.count, op.index);
    case "resource": {
      const dtor = op.dtor === undefined ? undefined : (coreItem(run, "func", op.dtor) as (rep: number) => void);
      instance.resources[op.slot] = RuntimeResource.ofGuest(instance, dtor);
      return;
    }
    case "lift":
      return lift(run, op.func, op.type, op.options);
    case "lower":
      return lower(run, op.func, op.type, op.options);
    case "resource.new":
    case "resource.drop":
    case "resource.rep":
      instance.core.func.push(resourceBuiltin(instance, op.op, op.slot));
      return;
    case "builtin":
      instance.core.func.push(builtin(run, op));
      return;
    case "import": {
      const item = run.args.get(op.name) ?? broken(`import ${op.name}`);
      fillSlots(run, item, op.slots);
      return push(instance, item);
    }
    case "export":
      return addExport(run, op.name, op.ref);
  }
}

function record<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const made = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) made[name] = value;
  return made;
}

function instantiateCore(
  run: Run,
  index: number,
  args: readonly (readonly [string, number])[],
): Readonly<Record<string, unknown>> {
  const { instance, linking } = run;
  const { module } = instance.modules[index] ?? broken(`module ${index}`);
  const imports = record(
    args.map(([name, number]) => [name, instance.core.instance[number] ?? broken(`core instance ${number}`)] as const),
  );
  Object.assign(imports, linking.coreImports);
  try {
    return new engine.Instance(module, imports).exports;
  } catch (thrown) {
    if (thrown instanceof engine.LinkError) throw TenonError.from(thrown, "artifact-invalid");
    throw trapError(thrown);
  }
}

function instantiateChild(
  run: Run,
  component: number,
  args: readonly (readonly [string, PlanRef])[],
  slots: readonly SlotFill[],
): void {
  const { instance } = run;
  const item = instance.components[component] ?? broken(`component ${component}`);
  const made = item.make(instance, itemsOf(run, args));
  fillSlots(run, made, slots);
  instance.instances.push(made);
}

function itemsOf(run: Run, refs: readonly (readonly [string, PlanRef])[]): ReadonlyMap<string, LinkItem> {
  return new Map(refs.map(([name, ref]) => [name, itemOf(run, ref)]));
}

function itemOf({ instance }: Run, [sort, index]: PlanRef): LinkItem {
  switch (sort) {
    case "func":
      return instance.funcs[index] ?? broken(`function ${index}`);
    case "instance":
      return instance.instances[index] ?? broken(`instance ${index}`);
    case "component":
      return instance.components[index] ?? broken(`component ${index}`);
    case "module":
      return instance.modules[index] ?? broken(`module ${index}`);
    case "type":
      return { kind: "type", resource: index < 0 ? undefined : instance.resourceAt(index) };
  }
}

function push(instance: ComponentInstance, item: LinkItem): void {
  switch (item.kind) {
    case "func":
      instance.funcs.push(item);
      return;
    case "instance":
      instance.instances.push(item);
      return;
    case "component":
      instance.components.push(item);
      return;
    case "module":
      instance.modules.push(item);
      return;
    case "type":
  }
}

function aliasOuter(run: Run, sort: "component" | "module", count: number, index: number): void {
  let from: ComponentInstance | undefined = run.instance;
  for (let level = 0; level < count; level++) from = from?.home;
  if (from === undefined) return broken(`a scope ${count} levels out`);
  if (sort === "module") run.instance.modules.push(from.modules[index] ?? broken(`outer module ${index}`));
  else run.instance.components.push(from.components[index] ?? broken(`outer component ${index}`));
}

function fillSlots(run: Run, from: LinkItem, slots: readonly SlotFill[]): void {
  for (const [slot, path] of slots) {
    let item: LinkItem | undefined = from;
    for (const name of path) item = item?.kind === "instance" ? item.exports.get(name) : undefined;
    if (item?.kind !== "type" || item.resource === undefined) return broken(`the resource ${path.join("/")}`);
    run.instance.resources[slot] = item.resource;
  }
}

function addExport(run: Run, name: string, ref: PlanRef): void {
  const { instance } = run;
  const item = itemOf(run, ref);
  instance.exports.set(name, item);
  push(instance, item);
}
