// What every builtin of the asynchronous component model starts from.
import type { CanonicalEnv, CoreFunction, MemoryLike } from "@tenon/abi/canonical";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import type { PlanBuiltin } from "../link/plan.ts";
import { blocking } from "./blocking.ts";
import type { Attempt } from "./blocking.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Task } from "./task.ts";

export interface BuiltinParts {
  readonly op: PlanBuiltin;
  readonly instance: ComponentInstance;
  readonly scheduler: Scheduler;
  /** For values that cross: the builtin's own options. */
  readonly env: CanonicalEnv;
  readonly memory: () => MemoryLike;
}

export function checkLeave({ instance, op }: BuiltinParts): void {
  if (!instance.flags.mayLeave) {
    throw trapOf(`cannot leave component instance: ${op.name} was called from realloc or post-return`);
  }
}

/** A builtin that may have to wait. */
export function leaving(parts: BuiltinParts, work: (...args: readonly unknown[]) => Attempt): CoreFunction {
  const { op, instance, scheduler } = parts;
  return blocking(instance, scheduler, op.params, op.results, (...args) => {
    checkLeave(parts);
    return work(...args);
  });
}

export function taskOf({ task }: ComponentInstance): Task {
  if (task === undefined) throw trapOf("a builtin was called outside of any task");
  return task;
}
