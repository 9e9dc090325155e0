// A link plan, compiled modules and what is imported -> component instances (the ops of plan.ts, in order).
import { TenonError } from "@tenon/contract";
import { compileLower } from "@tenon/abi/canonical";
import type { CanonicalOptions, CoreFunction, MemoryLike, Realloc } from "@tenon/abi/canonical";
import type { Budget, BudgetLimits } from "@tenon/abi";
import { engine } from "../webassembly.ts";
import type { WasmModule } from "../webassembly.ts";
import type { CompiledFunc } from "./compiled.ts";
import { LiftedFunc } from "./functions.ts";
import type { DefinitionEnv } from "./functions.ts";
import { ImportGate, PlainImportGate } from "./gates.ts";
import { trapOf } from "./handle-table.ts";
import { ComponentInstance } from "./instance.ts";
import type { ComponentItem, FuncItem, LinkItem } from "./items.ts";
import type { CoreKind, LinkPlan, PlanOp, PlanOptions, PlanRef, SlotFill } from "./plan.ts";
import { RuntimeResource } from "./resources.ts";

/** What all instances of one instantiation share. */
export interface Linking {
  readonly plan: LinkPlan;
  readonly funcs: readonly (readonly CompiledFunc[])[];
  readonly modules: readonly WasmModule[];
  readonly maxHandles: number;
  readonly canonical: CanonicalOptions;
  readonly limits: Partial<BudgetLimits> | undefined;
  readonly budget: Budget | undefined;
  /** The core module exports to hand over in place of an instance's own, such as those of a metered one. */
  readonly onInstance: ((module: number, exports: Readonly<Record<string, unknown>>) => void) | undefined;
}

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
  const instance = new ComponentInstance(parent, home, linking.maxHandles);
  const run: Run = { linking, funcs, instance, args };
  for (const op of component.ops) runOp(run, op);
  return instance;
}

interface Run {
  readonly linking: Linking;
  readonly funcs: readonly CompiledFunc[];
  readonly instance: ComponentInstance;
  readonly args: ReadonlyMap<string, LinkItem>;
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
      instance.core.func.push(missingBuiltin(op.name));
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

/** A plan that does not fit itself: it was not made by this package, or was changed since. */
function broken(what: string): never {
  throw new TenonError("artifact-invalid", `the link plan names ${what}, which is not there`, {
    hint: "make the plan from the component again",
    sideEffects: "none",
  });
}

function record<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const made = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) made[name] = value;
  return made;
}

function coreItem(run: Run, kind: CoreKind, index: number): unknown {
  return run.instance.core[kind][index] ?? broken(`core ${kind} ${index}`);
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
  try {
    const { exports } = new engine.Instance(module, imports);
    linking.onInstance?.(linking.modules.indexOf(module), exports);
    return exports;
  } catch (thrown) {
    if (thrown instanceof engine.LinkError) throw TenonError.from(thrown, "artifact-invalid");
    throw TenonError.from(thrown, "plugin-trap");
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

function definitionEnv(run: Run, options: PlanOptions): DefinitionEnv {
  const { linking } = run;
  const memory = options.memory === undefined ? undefined : (coreItem(run, "memory", options.memory) as MemoryLike);
  const realloc = options.realloc === undefined ? undefined : (coreItem(run, "func", options.realloc) as Realloc);
  const postReturn =
    options.postReturn === undefined ? undefined : (coreItem(run, "func", options.postReturn) as CoreFunction);
  return {
    stringEncoding: options.encoding,
    ...(memory !== undefined && { memory: () => memory }),
    ...(realloc !== undefined && { realloc }),
    ...(postReturn !== undefined && { postReturn }),
    ...(linking.limits !== undefined && { limits: linking.limits }),
    ...(linking.budget !== undefined && { budget: linking.budget }),
  };
}

function lift(run: Run, func: number, type: number, options: PlanOptions): void {
  const { instance, linking } = run;
  const compiled = run.funcs[type] ?? broken(`function type ${type}`);
  const core = coreItem(run, "func", func) as CoreFunction;
  instance.funcs.push(new LiftedFunc(instance, compiled, definitionEnv(run, options), core, linking.canonical));
}

function lower(run: Run, func: number, type: number, options: PlanOptions): void {
  const { instance, linking } = run;
  const compiled = run.funcs[type] ?? broken(`function type ${type}`);
  const item: FuncItem = instance.funcs[func] ?? broken(`function ${func}`);
  const env = {
    ...definitionEnv(run, options),
    name: item.name,
    handles: instance.handleCodec,
    flags: instance.flags,
    gate: compiled.hasBorrow ? new ImportGate(instance) : new PlainImportGate(instance),
  };
  const call = lazily(() => item.callFrom(instance));
  instance.core.func.push(
    compileLower(item instanceof LiftedFunc ? compiled.inner : compiled.fn, env, call, linking.canonical),
  );
}

/** Most imports of an instance are never called, so their callee is compiled at the first call. */
function lazily(make: () => (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  let made: ((...args: unknown[]) => unknown) | undefined;
  return (...args) => (made ??= make())(...args);
}

/** component-model CanonicalABI.md, "canon resource.new", "canon resource.drop", "canon resource.rep". */
function resourceBuiltin(
  instance: ComponentInstance,
  op: "resource.new" | "resource.drop" | "resource.rep",
  slot: number,
): CoreFunction {
  const resource = instance.resourceAt(slot);
  const { handles, flags } = instance;
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      const error = TenonError.from(thrown, "plugin-trap");
      instance.poison(error);
      throw error;
    }
  };
  const checkLeave = (): void => {
    if (!flags.mayLeave) throw trapOf(`cannot leave component instance: ${op} was called from realloc or post-return`);
  };
  if (op === "resource.rep") {
    return (handle) => guarded(() => handles.resource((handle as number) >>> 0, resource).rep);
  }
  if (op === "resource.new") {
    return (rep) =>
      guarded(() => {
        checkLeave();
        return handles.add({ resource, rep: rep as number, isOwn: true, lends: 0, scope: undefined });
      });
  }
  return (handle) => guarded(() => (checkLeave(), dropHandle(instance, resource, (handle as number) >>> 0)));
}

function dropHandle(instance: ComponentInstance, resource: RuntimeResource, handle: number): void {
  const entry = instance.handles.resource(handle, resource);
  if (entry.lends > 0) throw trapOf("cannot remove owned resource while borrowed");
  instance.handles.remove(handle);
  if (entry.isOwn) return resource.drop(entry.rep, instance);
  if (entry.scope !== undefined) entry.scope.borrows -= 1;
  if (resource.impl === undefined) resource.forget(entry.rep);
}

function missingBuiltin(name: string): CoreFunction {
  return () => {
    throw new TenonError("boundary-unsupported", `the component calls \`${name}\`, which this version does not have`, {
      hint: "build the plugin without asynchronous component functions",
    });
  };
}
