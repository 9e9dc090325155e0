// How streams and futures cross between a component and the host, in values of any shape.
import type { StreamCodec } from "@tenon/abi/canonical";
import { TenonError } from "@tenon/contract/core";
import type { ComponentInstance } from "../link/instance.ts";
import type { Channel } from "./channels.ts";
import { ChannelEnd } from "./channels.ts";
import { streamsOf } from "./copies.ts";
import { ComponentStream, promiseOf } from "./host-readers.ts";
import { channelFrom, isSource } from "./host-writers.ts";
import type { Scheduler } from "./scheduler.ts";

/**
 * For calls between `instance` and the host: a `stream<T>` is an async iterable in JavaScript and a `future<T>` a promise.
 * The host may also give a plain iterable, and a value in place of a promise.
 */
export function hostStreamsOf(instance: ComponentInstance, scheduler: Scheduler): StreamCodec {
  const inner = streamsOf(instance);
  return {
    check: (value, type) => {
      if (isSource(value, type)) return;
      throw new TenonError("value-invalid", `expected a stream, which an async iterable is, got ${typeof value}`, {
        hint: "pass an async generator, a ReadableStream or an array",
        sideEffects: "none",
      });
    },
    lower: (value, type) => {
      const own = value instanceof ComponentStream ? value.handOver(scheduler, type.element) : undefined;
      const channel = own ?? channelFrom(value, type, scheduler);
      return instance.handles.add(new ChannelEnd(channel, true));
    },
    lift: (index, type) => {
      const channel = inner.lift(index, type) as Channel;
      return type.kind === "stream" ? new ComponentStream(channel, scheduler) : promiseOf(channel, scheduler);
    },
  };
}
