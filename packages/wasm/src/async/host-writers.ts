// Async iterables and promises of the host -> streams and futures that components read, a chunk at a time as they do.
import { createValidator, numericArray } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { StreamType, ValueType } from "@tenon/contract/core";
import { COPY, Channel } from "./channels.ts";
import type { ChannelBuffer } from "./channels.ts";
import type { Scheduler } from "./scheduler.ts";

/** Values of the host that a component may take. */
class ValueSource implements ChannelBuffer {
  readonly length: number;
  progress = 0;
  readonly #values: ArrayLike<unknown>;

  constructor(values: ArrayLike<unknown>) {
    this.#values = values;
    this.length = values.length;
  }

  read(count: number): ArrayLike<unknown> {
    const from = this.progress;
    this.progress += count;
    if (ArrayBuffer.isView(this.#values)) return (this.#values as Uint8Array).subarray(from, this.progress);
    return Array.from({ length: count }, (_, index) => this.#values[from + index]);
  }

  write(): never {
    throw new TenonError("internal", "a buffer with values was written to");
  }
}

type Source = AsyncIterator<unknown> | Iterator<unknown>;

/** Whether the host can give `value` as a stream or a future. A future may be there already: any value will do. */
export function isSource(value: unknown, { kind }: StreamType): boolean {
  if (kind === "future") return true;
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** The readable side of a stream that gives what `value` gives. The first value is asked for at once, as a head start. */
export function channelFrom(value: unknown, type: StreamType, scheduler: Scheduler): Channel {
  const channel = new Channel(type.kind, type.element);
  if (type.kind === "future") feedFuture(channel, value, scheduler);
  else new Feed(channel, sourceOf(value), scheduler).pull();
  return channel;
}

function sourceOf(value: unknown): Source {
  const from = value as AsyncIterable<unknown> & Iterable<unknown>;
  return (from[Symbol.asyncIterator] as unknown) === undefined ? from[Symbol.iterator]() : from[Symbol.asyncIterator]();
}

/** One stream of the host. What goes wrong in it is the host's fault, and kills the component that waits for it. */
class Feed {
  readonly #channel: Channel;
  readonly #source: Source;
  readonly #scheduler: Scheduler;
  readonly #release: () => void;
  #isOver = false;

  constructor(channel: Channel, source: Source, scheduler: Scheduler) {
    this.#channel = channel;
    this.#source = source;
    this.#scheduler = scheduler;
    this.#release = scheduler.hold({ close: () => this.#stop() });
  }

  pull(): void {
    if (this.#isOver) return;
    const next = async (): Promise<IteratorResult<unknown>> => await this.#source.next();
    next().then(
      (step) => {
        if (!this.#isOver) this.#scheduler.enter(() => this.#take(step));
      },
      (thrown: unknown) => {
        if (this.#isOver) return;
        this.#isOver = true;
        this.#release();
        this.#scheduler.die(failed(this.#channel.kind, thrown));
      },
    );
  }

  #take({ done, value }: IteratorResult<unknown>): void {
    this.#scheduler.pulled();
    if (done !== true) return this.#write(new ValueSource(chunkOf(value, this.#channel.element)));
    this.#isOver = true;
    this.#channel.drop();
    this.#release();
  }

  #write(buffer: ValueSource): void {
    if (buffer.progress === buffer.length) return this.pull();
    this.#channel.copy(
      {
        instance: undefined,
        buffer,
        onCopy: (reclaim) => {
          if (buffer.progress < buffer.length) return;
          reclaim();
          this.pull();
        },
        onDone: (result) => (result === COPY.dropped ? this.#stop() : this.#write(buffer)),
      },
      false,
    );
  }

  /** Nobody reads any more; generators run their `finally`. */
  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
    const end = async (): Promise<void> => void (await this.#source.return?.());
    // What a source says at its end interests nobody any more.
    end().catch(() => undefined);
  }
}

function feedFuture(channel: Channel, value: unknown, scheduler: Scheduler): void {
  let isOver = false;
  const release = scheduler.hold({ close: () => (isOver = true) });
  const wait = async (): Promise<unknown> => await value;
  wait().then(
    (known) => {
      release();
      if (!isOver) scheduler.enter(() => writeFuture(channel, known));
    },
    (thrown: unknown) => {
      release();
      if (!isOver) scheduler.die(failed("future", thrown));
    },
  );
}

function writeFuture(channel: Channel, value: unknown): void {
  const { element } = channel;
  if (element !== undefined) checked(element, value);
  const buffer = new ValueSource([value]);
  channel.copy({ instance: undefined, buffer, onCopy: () => undefined, onDone: () => undefined }, false);
}

/** What one step of an iterable stands for: numbers come in typed arrays, or one by one; all else is one value. */
function chunkOf(value: unknown, element: ValueType | undefined): ArrayLike<unknown> {
  if (element === undefined) return [undefined];
  const isChunk = numericArray(element) !== undefined && (ArrayBuffer.isView(value) || Array.isArray(value));
  if (!isChunk) {
    checked(element, value);
    return [value];
  }
  checked({ kind: "list", element }, value);
  return value as unknown as ArrayLike<unknown>;
}

function checked(type: ValueType, value: unknown): void {
  try {
    createValidator(type)(value, "chunk");
  } catch (thrown) {
    throw failed("stream", thrown);
  }
}

function failed(kind: string, thrown: unknown): TenonError {
  const error = TenonError.from(thrown, "host-function-failed");
  return new TenonError("host-function-failed", `a ${kind} of the host failed: ${error.what}`, {
    hint: "mend what the host gives, or end it early",
    cause: thrown,
  });
}
