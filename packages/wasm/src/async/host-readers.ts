// Streams and futures that components give to the host -> async iterables and promises.
import { numericArray } from "@tenon/abi";
import type { NumericArray } from "@tenon/abi";
import type { TenonError, ValueType } from "@tenon/contract/core";
import { trapOf } from "../link/handle-table.ts";
import { COPY } from "./channels.ts";
import type { Channel, ChannelBuffer, CopyResult } from "./channels.ts";
import { sameType } from "./same-type.ts";
import type { Scheduler } from "./scheduler.ts";

/** Elements that one read takes at the most: numbers lie close together, other values are objects each. */
const MOST_NUMBERS = 65_536;
const MOST_VALUES = 64;

/** Room of the host for what a component writes. */
class ValueSink implements ChannelBuffer {
  readonly length: number;
  progress = 0;
  readonly #element: ValueType | undefined;
  #parts: ArrayLike<unknown>[] = [];

  constructor(element: ValueType | undefined, length: number) {
    this.#element = element;
    this.length = length;
  }

  read(): never {
    throw trapOf("a buffer for values was read from");
  }

  write(values: ArrayLike<unknown>): void {
    this.progress += values.length;
    this.#parts.push(values);
  }

  /** What came, in the form that a list of the element has. */
  take(): ArrayLike<unknown> {
    const numbers = this.#element === undefined ? undefined : numericArray(this.#element);
    if (this.#parts.length === 1 && numbers !== undefined) return this.#parts[0] as NumericArray;
    const out = numbers?.create(this.progress) ?? Array.from<unknown>({ length: this.progress });
    let at = 0;
    for (const part of this.#parts) {
      for (let index = 0; index < part.length; index++) (out as unknown[])[at + index] = part[index];
      at += part.length;
    }
    return out;
  }
}

/**
 * A stream that a component writes, as the host reads it: for numbers in chunks, typed arrays of at most 65,536 elements,
 * otherwise one value at a time. Read it to its end, leave the loop early, or `cancel` it; the component learns of all
 * three. One reader at a time.
 */
export class ComponentStream implements AsyncIterable<unknown> {
  readonly #channel: Channel;
  readonly #scheduler: Scheduler;
  readonly #release: () => void;
  #ready: unknown[] = [];
  #state: "fresh" | "read" | "over" = "fresh";
  #isReading = false;
  #died: TenonError | undefined;

  constructor(channel: Channel, scheduler: Scheduler) {
    this.#channel = channel;
    this.#scheduler = scheduler;
    this.#release = scheduler.hold({
      close: (error) => {
        this.#died = error;
        this.#end();
      },
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: async () => {
        const chunk = await this.#next();
        return chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk.value };
      },
      return: async () => {
        this.cancel();
        return { done: true, value: undefined };
      },
    };
  }

  /** Tells the component that nobody reads on. Idempotent. */
  cancel(): void {
    if (this.#state === "over") return;
    this.#scheduler.enter(() => this.#channel.drop());
    this.#end();
  }

  /** The stream itself, for what was instantiated together with its writer; undefined if the host has to pass it on. */
  handOver(scheduler: Scheduler, element: ValueType | undefined): Channel | undefined {
    if (this.#state !== "fresh" || scheduler !== this.#scheduler) return undefined;
    if (!sameType(this.#channel.element, element)) return undefined;
    this.#end();
    return this.#channel;
  }

  #end(): void {
    this.#state = "over";
    this.#release();
  }

  async #next(): Promise<{ readonly value: unknown } | undefined> {
    if (this.#ready.length > 0) return { value: this.#ready.shift() };
    // A stream that was cut off must not look like one that came to its end.
    if (this.#died !== undefined) throw this.#died;
    if (this.#state === "over") return undefined;
    if (this.#isReading) throw trapOf("a stream was read twice at once");
    this.#isReading = true;
    this.#state = "read";
    try {
      const { element } = this.#channel;
      const isNumeric = element !== undefined && numericArray(element) !== undefined;
      const sink = new ValueSink(element, isNumeric ? MOST_NUMBERS : MOST_VALUES);
      const result = await received(this.#channel, this.#scheduler, sink);
      if (result === COPY.dropped) this.#end();
      if (sink.progress === 0) return undefined;
      const values = sink.take();
      if (isNumeric) return { value: values };
      this.#ready = Array.from(values);
      return { value: this.#ready.shift() };
    } finally {
      this.#isReading = false;
    }
  }
}

/** One read: settles as soon as something came, or the stream is over. Rejects with what the component died of. */
function received(channel: Channel, scheduler: Scheduler, sink: ValueSink): Promise<CopyResult> {
  scheduler.pulled();
  return scheduler.call((settle) => {
    channel.copy(
      {
        instance: undefined,
        buffer: sink,
        onCopy: (reclaim) => {
          reclaim();
          settle(COPY.completed);
        },
        onDone: settle,
      },
      true,
    );
  });
}

/** A future of a component as a promise; it rejects with what the component died of. */
export function promiseOf(channel: Channel, scheduler: Scheduler): Promise<unknown> {
  const release = scheduler.hold({ close: () => undefined });
  const sink = new ValueSink(channel.element, 1);
  const promise = received(channel, scheduler, sink).then((): unknown => {
    release();
    if (sink.progress === 0) throw ended();
    return sink.take()[0];
  });
  // Nobody may want it; what the component died of is told by its calls.
  promise.catch(() => release());
  return promise;
}

function ended(): TenonError {
  return trapOf("a future was dropped before it had a value");
}
