// `canon lower` of async functions: calls that a guest makes without waiting, and those that it waits for
// (component-model CanonicalABI.md, "canon lower").
import { TenonError } from "@tenon/contract/core";
import { compileValues } from "@tenon/abi/canonical";
import type { CanonicalEnv, CanonicalValues, CoreFunction, CoreValue } from "@tenon/abi/canonical";
import type { CompiledFunc } from "../link/compiled.ts";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import type { FuncItem } from "../link/items.ts";
import type { PlanOptions } from "../link/plan.ts";
import { blocking, poisoning } from "./blocking.ts";
import { coreTypesOf } from "./core-types.ts";
import type { Scheduler } from "./scheduler.ts";
import { EVENT, SUBTASK, Subtask } from "./waitables.ts";

const MAX_FLAT_PARAMS = 16;
const MAX_FLAT_ASYNC_PARAMS = 4;

export interface LowerParts {
  readonly instance: ComponentInstance;
  readonly item: FuncItem;
  readonly func: CompiledFunc;
  /** The host takes maps as maps, components as lists of pairs. */
  readonly isHost: boolean;
  readonly options: PlanOptions;
  readonly env: CanonicalEnv;
  readonly scheduler: Scheduler;
}

/** The core function of a lowered async function. */
export function lowerAsync(parts: LowerParts): CoreFunction {
  const types = coreTypesOf(parts.func, parts.options, "lower");
  return parts.options.isAsync ? notWaiting(parts) : waiting(parts, types.params, types.results);
}

interface Values {
  readonly params: CanonicalValues;
  readonly result: CanonicalValues;
}

function compileFor({ func, isHost, env, options }: LowerParts): () => Values {
  let made: Values | undefined;
  return () => {
    if (made !== undefined) return made;
    const { params, result } = isHost ? func.fn : func.inner;
    const types = params.map(({ type }) => type);
    const maxParams = options.isAsync ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS;
    const maxResults = options.isAsync ? 0 : 1;
    return (made = {
      params: compileValues(
        params.map(({ name }) => name),
        types,
        env,
        maxParams,
      ),
      result: compileValues(["result"], result === undefined ? [] : [result], env, maxResults),
    });
  };
}

/** Starts the call: lifts the arguments when the callee takes them, lowers the result when it is there. */
function begin(
  parts: LowerParts,
  values: Values,
  flat: readonly CoreValue[],
  subtask: Subtask,
  progress: () => void,
  resolved: (results: readonly CoreValue[]) => void,
): void {
  const { instance, item, func } = parts;
  const pointer = func.fn.result === undefined ? undefined : Number(flat.at(-1) ?? 0) >>> 0;
  const cancel = item.begin(
    instance,
    () => {
      subtask.state = SUBTASK.started;
      progress();
      const mark = instance.loans.length;
      const args = values.params.lift(flat);
      subtask.lend(instance.loans.splice(mark).map(({ entry }) => entry));
      return args;
    },
    (result) => {
      if (result === undefined) {
        subtask.state =
          subtask.state === SUBTASK.starting ? SUBTASK.cancelledBeforeStarted : SUBTASK.cancelledBeforeReturned;
      } else {
        const rows = func.fn.result === undefined ? [] : [checked(values, result[0], item.name)];
        resolved(values.result.lower(rows, values.result.isInMemory ? pointer : undefined));
        subtask.state = SUBTASK.returned;
      }
      progress();
    },
  );
  subtask.onCancel = cancel;
}

function checked(values: Values, value: unknown, name: string): unknown {
  try {
    values.result.check([value]);
  } catch (thrown) {
    throw TenonError.from(thrown, "host-function-failed", { call: name });
  }
  return value;
}

function checkLeave({ instance, item }: LowerParts): void {
  if (!instance.flags.mayLeave) {
    throw trapOf(`cannot leave component instance: ${item.name} was called from realloc or post-return`);
  }
}

/** `async`: gives the state of the call, and a handle to wait for where it has not returned. */
function notWaiting(parts: LowerParts): CoreFunction {
  const values = compileFor(parts);
  const { instance } = parts;
  return (...flat) =>
    poisoning(instance, () => {
      checkLeave(parts);
      const subtask = new Subtask();
      let index = 0;
      const progress = (): void => {
        if (index === 0) return;
        subtask.setEvent(() => {
          if (subtask.isResolved) subtask.deliver();
          return [EVENT.subtask, index, subtask.state];
        });
        parts.scheduler.pump();
      };
      begin(parts, values(), flat, subtask, progress, () => undefined);
      if (subtask.isResolved) {
        subtask.deliver();
        return SUBTASK.returned;
      }
      index = instance.handles.add(subtask);
      return subtask.state | (index << 4);
    });
}

/** Not `async`: the guest's code goes on when the result is there. */
function waiting(parts: LowerParts, params: readonly string[], results: readonly string[]): CoreFunction {
  const values = compileFor(parts);
  return blocking(parts.instance, parts.scheduler, params, results, (...flat) => {
    checkLeave(parts);
    const subtask = new Subtask();
    let out: readonly CoreValue[] = [];
    begin(
      parts,
      values(),
      flat as CoreValue[],
      subtask,
      () => parts.scheduler.pump(),
      (rows) => (out = rows),
    );
    const finish = (): unknown => {
      subtask.deliver();
      return out[0];
    };
    return subtask.isResolved
      ? { value: finish() }
      : { isReady: () => subtask.isResolved, isCancellable: false, finish };
  });
}
