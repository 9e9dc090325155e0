// The builtins of streams and futures: ends that are made, read, written, cancelled and dropped
// (component-model CanonicalABI.md, "canon {stream,future}.*").
import { Budget } from "@tenon/abi";
import { compileValues, layoutOf } from "@tenon/abi/canonical";
import type { CanonicalEnv, CoreFunction, StreamCodec } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { ValueType } from "@tenon/contract/core";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import { poisoning } from "./blocking.ts";
import type { Attempt } from "./blocking.ts";
import { checkLeave, leaving } from "./builtin-parts.ts";
import type { BuiltinParts } from "./builtin-parts.ts";
import { COPY, Channel, ChannelEnd } from "./channels.ts";
import type { ChannelBuffer, CopyResult } from "./channels.ts";
import { sameType } from "./same-type.ts";
import { BLOCKED, EVENT } from "./waitables.ts";

/** Memories are little-endian; where the machine is, numbers cross as they lie. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const MAX_LENGTH = 2 ** 28 - 1;
const MAX_FLAT_PARAMS = 16;

export function copyBuiltin(parts: BuiltinParts): CoreFunction {
  const { op, instance } = parts;
  const [kind, action] = op.name.split(".") as ["stream" | "future", string];
  switch (action) {
    case "read":
    case "write": {
      const buffers = bufferMaker(op.type, parts.env);
      return leaving(parts, (index, pointer, count) =>
        copy(parts, (index as number) >>> 0, action === "read", () =>
          buffers(Number(pointer) >>> 0, kind === "future" ? 1 : Number(count) >>> 0),
        ),
      );
    }
    case "cancel-read":
    case "cancel-write":
      return leaving(parts, (index) => cancelCopy(parts, (index as number) >>> 0, action === "cancel-read"));
    default:
      return (...args) =>
        poisoning(instance, () => {
          checkLeave(parts);
          if (action === "new") return newChannel(parts, kind);
          return dropEnd(parts, (args[0] as number) >>> 0, action === "drop-readable");
        });
  }
}

function newChannel({ op, instance }: BuiltinParts, kind: "stream" | "future"): bigint {
  const channel = new Channel(kind, op.type);
  const readable = instance.handles.add(new ChannelEnd(channel, true));
  const writable = instance.handles.add(new ChannelEnd(channel, false));
  return BigInt(readable) | (BigInt(writable) << 32n);
}

function endAt({ op, instance }: BuiltinParts, index: number, isReadable: boolean): ChannelEnd {
  const item = instance.handles.get(index);
  const [kind] = op.name.split(".");
  if (!(item instanceof ChannelEnd) || item.isReadable !== isReadable || item.channel.kind !== kind) {
    throw trapOf(`handle ${index} is no ${isReadable ? "readable" : "writable"} end of a ${kind}`);
  }
  if (!sameType(item.channel.element, op.type)) throw trapOf(`handle ${index} is a ${kind} of another type`);
  return item;
}

function dropEnd(parts: BuiltinParts, index: number, isReadable: boolean): void {
  const end = endAt(parts, index, isReadable);
  parts.instance.handles.remove(index);
  end.drop();
  parts.scheduler.pump();
}

function copy(parts: BuiltinParts, index: number, isRead: boolean, makeBuffer: () => ChannelBuffer): Attempt {
  const { op, instance, scheduler } = parts;
  const end = endAt(parts, index, isRead);
  const isAsync = op.options?.isAsync === true;
  const { kind } = end.channel;
  if (end.state !== "idle") {
    throw trapOf(
      end.state === "done"
        ? `cannot use a ${kind} after it ended`
        : `cannot have concurrent operations active on a ${kind}`,
    );
  }
  if (end.isInSet && !isAsync) throw trapOf("cannot wait for what is in a waitable set");
  const buffer = makeBuffer();
  const isStream = kind === "stream";
  const code = isStream
    ? isRead
      ? EVENT.streamRead
      : EVENT.streamWrite
    : isRead
      ? EVENT.futureRead
      : EVENT.futureWrite;
  const notify = (result: CopyResult, reclaim: () => void): void => {
    end.setEvent(() => {
      reclaim();
      const isOver = isStream ? result === COPY.dropped : result !== COPY.cancelled;
      end.state = isOver ? "done" : "idle";
      return [code, index, isStream ? result | (buffer.progress << 4) : result];
    });
    scheduler.pump();
  };
  end.state = "copying";
  end.copy = {
    instance,
    buffer,
    onCopy: (reclaim) => notify(COPY.completed, reclaim),
    onDone: (result) => notify(result, () => undefined),
  };
  end.channel.copy(end.copy, isRead);
  return answer(end, isAsync);
}

/** The event that is there, BLOCKED, or something to wait for. */
function answer(end: ChannelEnd, isAsync: boolean): Attempt {
  const finish = (): number => {
    end.hasSyncWaiter = false;
    return end.takeEvent()[2];
  };
  if (end.hasEvent) return { value: finish() };
  if (isAsync) return { value: BLOCKED };
  end.hasSyncWaiter = true;
  return { isReady: () => end.hasEvent, isCancellable: false, finish };
}

function cancelCopy(parts: BuiltinParts, index: number, isRead: boolean): Attempt {
  const end = endAt(parts, index, isRead);
  const isAsync = parts.op.isAsync === true;
  if (end.state !== "copying" || end.hasSyncWaiter) throw trapOf(`no copy of the ${end.channel.kind} can be cancelled`);
  if (end.isInSet && !isAsync) throw trapOf("cannot wait for what is in a waitable set");
  end.state = "cancelling";
  // A copy of which a part went over still waits, although there is an event for that part.
  end.channel.cancel(end.copy);
  return answer(end, isAsync);
}

/** Values of a guest's memory, as buffers. */
function bufferMaker(
  element: ValueType | undefined,
  env: CanonicalEnv,
): (pointer: number, length: number) => ChannelBuffer {
  const { size, align } = element === undefined ? { size: 0, align: 1 } : layoutOf(element);
  // One for a whole copy, however many pieces it goes in: a guest says how much that is.
  const budget = env.budget ?? new Budget(env.limits);
  const list = compileValues(
    ["values"],
    element === undefined ? [] : [{ kind: "list", element }],
    { ...env, budget },
    MAX_FLAT_PARAMS,
  );
  const one = compileValues(["value"], element === undefined ? [] : [element], env, 0);
  return (pointer, length) => {
    if (env.budget === undefined) budget.reset();
    if (length > MAX_LENGTH) throw trapOf(`a buffer of ${length} values is too long`);
    if (element !== undefined && length > 0) checkRange(env, pointer, length * size, align);
    return {
      length,
      progress: 0,
      read(count) {
        const at = pointer + this.progress * size;
        this.progress += count;
        return element === undefined ? { length: count } : (list.lift([at, count])[0] as ArrayLike<unknown>);
      },
      write(values) {
        const at = pointer + this.progress * size;
        this.progress += values.length;
        if (element === undefined) return;
        if (isLittleEndian && ArrayBuffer.isView(values)) {
          const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
          new Uint8Array(memoryOf(env)).set(bytes, at);
        } else for (let index = 0; index < values.length; index++) one.lower([values[index]], at + index * size);
      },
    };
  };
}

function memoryOf(env: CanonicalEnv): ArrayBufferLike {
  return env.memory?.().buffer ?? new ArrayBuffer(0);
}

function checkRange(env: CanonicalEnv, pointer: number, bytes: number, align: number): void {
  if (pointer % align !== 0) throw trapOf(`the pointer ${pointer} of a buffer is not aligned to ${align} bytes`);
  const size = memoryOf(env).byteLength;
  if (pointer + bytes > size) throw trapOf(`the buffer at ${pointer} ends outside the memory`);
}

/** Between components: readable ends in values are their channels. */
export function streamsOf(instance: ComponentInstance): StreamCodec {
  return {
    lower: (value, type) => {
      if (value instanceof Channel && value.kind === type.kind)
        return instance.handles.add(new ChannelEnd(value, true));
      throw new TenonError("internal", `a component was given something else than a ${type.kind}`);
    },
    lift: (index, type) => {
      const item = instance.handles.get(index);
      if (!(item instanceof ChannelEnd) || !item.isReadable || item.channel.kind !== type.kind) {
        throw trapOf(`handle ${index} is no readable end of a ${type.kind}`);
      }
      if (!sameType(item.channel.element, type.element))
        throw trapOf(`handle ${index} is a ${type.kind} of another type`);
      if (item.state !== "idle")
        throw trapOf(
          `cannot lift a ${type.kind} ${item.state === "done" ? "after being notified that the other end dropped" : "that is busy"}`,
        );
      if (item.isInSet) throw trapOf(`cannot lift a ${type.kind} that is in a waitable set`);
      instance.handles.remove(index);
      return item.channel;
    },
  };
}
