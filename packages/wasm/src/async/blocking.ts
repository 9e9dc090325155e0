// A builtin that may have to wait -> a core function: answers at once where it can, suspends its stack where it must.
import type { CoreFunction } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import type { Scheduler } from "./scheduler.ts";
import { blockingFunction } from "./stacks.ts";
import type { Task } from "./task.ts";

/** There is an answer, or something to wait for. */
export type Attempt =
  | { readonly value: unknown }
  | {
      readonly isReady: () => boolean;
      readonly isCancellable: boolean;
      readonly finish: (isCancelled: boolean) => unknown;
    };
type Pending = Exclude<Attempt, { value: unknown }>;

export function blocking(
  instance: ComponentInstance,
  scheduler: Scheduler,
  params: readonly string[],
  results: readonly string[],
  work: (...args: readonly unknown[]) => Attempt,
): CoreFunction {
  let value: unknown;
  let pending: Pending | undefined;
  const attempt = (...args: readonly unknown[]): boolean =>
    poisoning(instance, () => {
      const made = work(...args);
      if ("value" in made) {
        value = made.value;
        return true;
      }
      const { task } = instance;
      if (task === undefined || !task.func?.isAsync) throw trapOf("cannot block a synchronous task before returning");
      pending = made;
      return false;
    });
  const wait = async (): Promise<unknown> => {
    const { task } = instance;
    const awaited = pending;
    if (task === undefined || awaited === undefined) throw trapOf("cannot block outside of a task");
    const isCancelled = await suspended(scheduler, task, awaited);
    return poisoning(instance, () => awaited.finish(isCancelled));
  };
  return blockingFunction(params, results, { attempt, take: () => value, wait });
}

function suspended(scheduler: Scheduler, task: Task, { isReady, isCancellable }: Pending): Promise<boolean> {
  if (task.takeCancel(isCancellable)) return Promise.resolve(true);
  return new Promise((resume) => {
    scheduler.wait({ task, isReady, isCancellable, isStack: true, resume });
    scheduler.pause(task);
    scheduler.pump();
  });
}

/** Whatever is thrown in a builtin kills the instance: the guest could catch it otherwise. */
export function poisoning<T>(instance: ComponentInstance, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const error = TenonError.from(thrown, "plugin-trap");
    instance.poison(error);
    throw error;
  }
}
