// The builtins of the asynchronous component model that work on tasks, subtasks and waitable sets
// (component-model CanonicalABI.md, "Canonical Definitions").
import { compileValues } from "@tenon/abi/canonical";
import type { CanonicalEnv, CanonicalValues, CoreFunction, CoreValue } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { ValueType } from "@tenon/contract/core";
import { pairsForMaps } from "../link/compiled.ts";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import { poisoning } from "./blocking.ts";
import type { Attempt } from "./blocking.ts";
import { checkLeave, leaving, taskOf } from "./builtin-parts.ts";
import type { BuiltinParts } from "./builtin-parts.ts";
import { copyBuiltin } from "./copies.ts";
import { errorContextBuiltin } from "./error-contexts.ts";
import { hostStreamsOf } from "./host-streams.ts";
import { sameType } from "./same-type.ts";
import { BLOCKED, EVENT, Subtask, Waitable, WaitableSet, waitableSetAt } from "./waitables.ts";
import type { Event } from "./waitables.ts";

const MAX_FLAT_PARAMS = 16;
const MAX_BACKPRESSURE = 2 ** 16;

/** The core function of a builtin; one that is not supported says so when it is called. */
export function asyncBuiltin(parts: BuiltinParts): CoreFunction {
  const { op, instance } = parts;
  const [family] = op.name.split(".");
  if (family === "stream" || family === "future") return copyBuiltin(parts);
  if (family === "error-context") return errorContextBuiltin(parts);
  switch (op.name) {
    case "context.get":
      return () => taskOf(instance).context[op.slot ?? 0];
    case "context.set":
      return (value) => void (taskOf(instance).context[op.slot ?? 0] = value);
    case "backpressure.inc":
      return () => changeBackpressure(parts, 1);
    case "backpressure.dec":
      return () => changeBackpressure(parts, -1);
    case "waitable-set.wait":
      return leaving(parts, (set, pointer) => waitForSet(parts, set as number, pointer as number));
    case "thread.yield":
      return leaving(parts, () => yieldNow(parts));
    case "subtask.cancel":
      return leaving(parts, (index) => cancelSubtask(parts, (index as number) >>> 0));
    default: {
      const work = simpleBuiltin(parts);
      return (...args) =>
        poisoning(instance, () => {
          checkLeave(parts);
          return work(...args);
        });
    }
  }
}

function simpleBuiltin(parts: BuiltinParts): (...args: CoreValue[]) => unknown {
  const { op, instance } = parts;
  const { handles } = instance;
  switch (op.name) {
    case "task.return":
      return taskReturn(parts);
    case "task.cancel":
      return () => {
        const task = taskOf(instance);
        if (task.options?.isAsync !== true) throw trapOf("`task.cancel` called by a task that was not lifted async");
        task.cancel();
      };
    case "waitable-set.new":
      return () => handles.add(new WaitableSet());
    case "waitable-set.poll":
      return (set, pointer) => storeEvent(parts, poll(parts, set as number), pointer as number);
    case "waitable-set.drop":
      return (index) => {
        const set = waitableSetAt(instance, (index as number) >>> 0);
        handles.remove((index as number) >>> 0);
        set.drop();
      };
    case "waitable.join":
      return (waitable, set) => join(instance, (waitable as number) >>> 0, (set as number) >>> 0);
    case "subtask.drop":
      return (index) => {
        const subtask = subtaskAt(instance, (index as number) >>> 0);
        handles.remove((index as number) >>> 0);
        subtask.drop();
      };
    default:
      return () => {
        throw new TenonError("boundary-unsupported", `the component calls \`${op.name}\`, which is not supported`, {
          hint: "build the plugin without threads of the component model",
        });
      };
  }
}

function changeBackpressure({ instance, scheduler }: BuiltinParts, by: number): void {
  instance.backpressure += by;
  if (instance.backpressure === MAX_BACKPRESSURE) throw trapOf("backpressure counter overflow");
  if (instance.backpressure < 0) throw trapOf("backpressure counter underflow");
  scheduler.pump();
}

function taskReturn({ op, instance, env, scheduler }: BuiltinParts): (...args: CoreValue[]) => void {
  const compile = (shape: (type: ValueType) => ValueType, own: CanonicalEnv): CanonicalValues =>
    compileValues(["result"], op.type === undefined ? [] : [shape(op.type)], own, MAX_FLAT_PARAMS);
  let forHost: CanonicalValues | undefined;
  let forGuest: CanonicalValues | undefined;
  return (...flat) => {
    const task = taskOf(instance);
    const { options, func } = task;
    if (options?.isAsync !== true || func === undefined)
      throw trapOf("`task.return` called by a task that was not lifted async");
    const isFit =
      sameType(op.type, func.fn.result) &&
      (op.options?.memory === undefined || task.memory === env.memory?.()) &&
      options.encoding === (op.options?.encoding ?? "utf8");
    if (!isFit) throw trapOf("invalid `task.return` signature and/or options for current task");
    const values = task.isForHost
      ? (forHost ??= compile((type) => type, { ...env, streams: hostStreamsOf(instance, scheduler) }))
      : (forGuest ??= compile(pairsForMaps, env));
    task.resolve(values.lift(flat));
  };
}

function waitForSet(parts: BuiltinParts, index: number, pointer: number): Attempt {
  const { op, instance } = parts;
  const set = waitableSetAt(instance, index >>> 0);
  const isCancellable = op.isCancellable === true;
  if (taskOf(instance).takeCancel(isCancellable)) return { value: storeEvent(parts, [EVENT.cancelled, 0, 0], pointer) };
  if (set.hasEvent) return { value: storeEvent(parts, set.takeEvent(), pointer) };
  set.waiting += 1;
  return {
    isReady: () => set.hasEvent,
    isCancellable,
    finish: (isCancelled) => {
      set.waiting -= 1;
      return storeEvent(parts, isCancelled ? [EVENT.cancelled, 0, 0] : set.takeEvent(), pointer);
    },
  };
}

function poll({ op, instance }: BuiltinParts, index: number): Event {
  const set = waitableSetAt(instance, index >>> 0);
  if (taskOf(instance).takeCancel(op.isCancellable === true)) return [EVENT.cancelled, 0, 0];
  return set.hasEvent ? set.takeEvent() : [EVENT.none, 0, 0];
}

function storeEvent({ memory }: BuiltinParts, [code, index, payload]: Event, pointer: number): number {
  const at = Number(pointer) >>> 0;
  const { buffer } = memory();
  if ((at & 3) !== 0) throw trapOf(`the pointer ${at} of an event is not aligned to 4 bytes`);
  if (at + 8 > buffer.byteLength) throw trapOf(`the pointer ${at} of an event lies outside the memory`);
  const view = new DataView(buffer);
  view.setInt32(at, index, true);
  view.setInt32(at + 4, payload, true);
  return code;
}

/** Gives others a chance; tasks that cannot wait go on at once. */
function yieldNow({ op, instance }: BuiltinParts): Attempt {
  const task = taskOf(instance);
  const isCancellable = op.isCancellable === true;
  if (task.takeCancel(isCancellable)) return { value: 1 };
  if (!task.isOnStack) return { value: 0 };
  return { isReady: () => true, isCancellable, finish: (isCancelled) => Number(isCancelled) };
}

function join(instance: ComponentInstance, index: number, into: number): void {
  const item = instance.handles.get(index);
  if (!(item instanceof Waitable)) throw trapOf(`handle ${index} is no waitable`);
  if (item.hasSyncWaiter) throw trapOf("cannot add to a waitable set what is waited for already");
  item.join(into === 0 ? undefined : waitableSetAt(instance, into));
}

function subtaskAt(instance: ComponentInstance, index: number): Subtask {
  const item = instance.handles.get(index);
  if (item instanceof Subtask) return item;
  throw trapOf(`handle ${index} is no subtask`);
}

function cancelSubtask({ op, instance }: BuiltinParts, index: number): Attempt {
  const subtask = subtaskAt(instance, index);
  if (subtask.isDelivered) throw trapOf("`subtask.cancel` called after terminal status delivered");
  if (subtask.isCancelRequested) throw trapOf("`subtask.cancel` called twice");
  if (subtask.isInSet && op.isAsync !== true) throw trapOf("cannot cancel synchronously what is in a waitable set");
  const finish = (): number => {
    subtask.hasSyncWaiter = false;
    subtask.takeEvent();
    return subtask.state;
  };
  if (subtask.isResolved) return { value: finish() };
  subtask.isCancelRequested = true;
  subtask.onCancel(instance);
  if (subtask.isResolved) return { value: finish() };
  if (op.isAsync === true) return { value: BLOCKED };
  subtask.hasSyncWaiter = true;
  return { isReady: () => subtask.hasEvent, isCancellable: false, finish };
}
