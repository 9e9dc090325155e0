// The canonical definitions of a plan -> the functions that they are in one instance.
import { TenonError } from "@tenon/contract/core";
import { compileLower } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreFunction, MemoryLike, Realloc } from "@tenon/abi/canonical";
import { asyncBuiltin } from "../async/builtins.ts";
import { streamsOf } from "../async/copies.ts";
import { errorContextsOf } from "../async/error-contexts.ts";
import { hostStreamsOf } from "../async/host-streams.ts";
import { TaskLiftedFunc } from "../async/lifted.ts";
import { lowerAsync } from "../async/lowered.ts";
import { Task } from "../async/task.ts";
import { LiftedFunc } from "./functions.ts";
import type { DefinitionEnv } from "./functions.ts";
import { ImportGate, PlainImportGate } from "./gates.ts";
import { trapOf } from "./handle-table.ts";
import type { ComponentInstance } from "./instance.ts";
import type { FuncItem } from "./items.ts";
import type { PlanBuiltin, PlanOptions } from "./plan.ts";
import type { RuntimeResource } from "./resources.ts";
import { broken, coreItem } from "./run.ts";
import type { Run } from "./run.ts";

function definitionEnv(run: Run, options: PlanOptions): DefinitionEnv {
  const { linking } = run;
  if (options.is64 === true) {
    throw new TenonError("boundary-unsupported", "the component uses a memory of 64-bit addresses", {
      hint: "build the plugin for wasm32",
      sideEffects: "none",
    });
  }
  const memory = options.memory === undefined ? undefined : (coreItem(run, "memory", options.memory) as MemoryLike);
  const realloc =
    options.realloc === undefined ? undefined : ownTask(run, coreItem(run, "func", options.realloc) as Realloc);
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

/** Where calls are tasks, an allocation is one of its own ("LiftLowerContext.reallocate"). */
function ownTask({ instance, linking }: Run, realloc: Realloc): Realloc {
  if (!linking.usesTasks) return realloc;
  return (...args) => {
    const { task } = instance;
    instance.task = new Task(instance, undefined, undefined);
    const pointer = realloc(...args);
    instance.task = task;
    return pointer;
  };
}

export function lift(run: Run, func: number, type: number, options: PlanOptions): void {
  const { instance, linking } = run;
  const compiled = run.funcs[type] ?? broken(`function type ${type}`);
  const core = coreItem(run, "func", func) as CoreFunction;
  const source = instance.core.sources.get(func);
  const fill = source === undefined ? undefined : linking.onLift?.(source);
  const env = { ...definitionEnv(run, options), ...(fill !== undefined && { fill }) };
  if (!compiled.isAsync) {
    instance.funcs.push(new LiftedFunc(instance, compiled, env, core, linking));
    return;
  }
  const callback =
    options.callback === undefined ? undefined : (coreItem(run, "func", options.callback) as CoreFunction);
  const { scheduler, mayBlock } = linking;
  const own = { ...env, ...valueCodecs(instance) };
  instance.funcs.push(
    new TaskLiftedFunc({ instance, func: compiled, options, env: own, core, callback, scheduler, mayBlock }),
  );
}

export function lower(run: Run, func: number, type: number, options: PlanOptions): void {
  const { instance, linking } = run;
  const compiled = run.funcs[type] ?? broken(`function type ${type}`);
  const item: FuncItem = instance.funcs[func] ?? broken(`function ${func}`);
  const isHost = !(item instanceof LiftedFunc || item instanceof TaskLiftedFunc);
  const { scheduler } = linking;
  const values = {
    ...definitionEnv(run, options),
    ...valueCodecs(instance),
    ...(isHost && { streams: hostStreamsOf(instance, scheduler) }),
    name: item.name,
  };
  if (compiled.isAsync) {
    const parts = { instance, item, func: compiled, isHost, options, env: values, scheduler };
    instance.core.func.push(lowerAsync(parts));
    return;
  }
  const owner = isHost ? linking.owner : undefined;
  const env = {
    ...values,
    gate: compiled.hasBorrow ? new ImportGate(instance, owner) : new PlainImportGate(instance, owner),
  };
  const call = isHost ? item.callFrom(instance) : lazily(() => item.callFrom(instance));
  instance.core.func.push(compileLower(isHost ? compiled.fn : compiled.inner, env, call, linking.canonical));
}

/** Most imports of an instance are never called, so their callee is compiled at the first call. */
function lazily(make: () => (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  let made: ((...args: unknown[]) => unknown) | undefined;
  return (...args) => (made ??= make())(...args);
}

/** component-model CanonicalABI.md, "canon resource.new", "canon resource.drop", "canon resource.rep". */
export function resourceBuiltin(
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

export function builtin(run: Run, op: PlanBuiltin): CoreFunction {
  const { instance, linking } = run;
  const { memory } = op;
  return asyncBuiltin({
    op,
    instance,
    scheduler: linking.scheduler,
    env: { ...definitionEnv(run, op.options ?? NO_OPTIONS), ...valueCodecs(instance) },
    memory: () => coreItem(run, "memory", memory ?? 0) as MemoryLike,
  });
}

const NO_OPTIONS: PlanOptions = { encoding: "utf8", isAsync: false };

/** How values of an instance cross that are more than data. */
function valueCodecs(
  instance: ComponentInstance,
): Pick<CanonicalEnv, "handles" | "flags" | "streams" | "errorContexts"> {
  return {
    handles: instance.handleCodec,
    flags: instance.flags,
    streams: streamsOf(instance),
    errorContexts: errorContextsOf(instance),
  };
}
