// A stream or a future between two ends: values go from one buffer to the other when both are there
// (component-model CanonicalABI.md, "Stream State" and "Future State").
import type { ValueType } from "@tenon/contract/core";
import { trapOf } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";
import { Waitable } from "./waitables.ts";

/** How a copy ended, as guests see it. */
export const COPY = { completed: 0, dropped: 1, cancelled: 2 } as const;
export type CopyResult = (typeof COPY)[keyof typeof COPY];

/** Room for values, or values: of a guest's memory or of the host. */
export interface ChannelBuffer {
  readonly length: number;
  progress: number;
  /** The next `count` values; of values without a type only their number. */
  read(count: number): ArrayLike<unknown>;
  write(values: ArrayLike<unknown>): void;
}

/** A copy that one end has begun. */
export interface Copy {
  readonly instance: ComponentInstance | undefined;
  readonly buffer: ChannelBuffer;
  /** Some values went over; the copy may go on until somebody looks. */
  readonly onCopy: (reclaim: () => void) => void;
  readonly onDone: (result: CopyResult) => void;
}

const PIECE = 65_536;
const NUMBERS = new Set(["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]);

/** What both ends share. */
export class Channel {
  readonly kind: "stream" | "future";
  readonly element: ValueType | undefined;
  isDropped = false;
  #pending: Copy | undefined;

  constructor(kind: "stream" | "future", element: ValueType | undefined) {
    this.kind = kind;
    this.element = element;
  }

  #finish(result: CopyResult): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.onDone(result);
  }

  /** Ends a copy that still waits for the other end; what went over already stays there. */
  cancel(copy: Copy | undefined): void {
    if (copy !== undefined && this.#pending === copy) this.#finish(COPY.cancelled);
  }

  drop(): void {
    if (this.isDropped) return;
    this.isDropped = true;
    if (this.#pending !== undefined) this.#finish(COPY.dropped);
  }

  /** `isRead`: `one.buffer` takes values; otherwise it gives them. */
  copy(one: Copy, isRead: boolean): void {
    if (this.isDropped) return one.onDone(COPY.dropped);
    const other = this.#pending;
    if (other === undefined) {
      this.#pending = one;
      return;
    }
    if (one.instance !== undefined && one.instance === other.instance && !this.#isNumeric) {
      throw trapOf(`cannot read from and write to intra-component ${this.kind} with non-numeric payload`);
    }
    if (this.kind === "future") return this.#exchange(one, other, isRead);
    const [room, waiting] = [remain(one.buffer), remain(other.buffer)];
    if (waiting > 0) {
      if (room > 0) {
        this.#move(one, other, isRead, Math.min(room, waiting));
        other.onCopy(() => (this.#pending = undefined));
      }
      return one.onDone(COPY.completed);
    }
    // Writers of nothing ask whether a reader is there; a reader of nothing is none.
    if (!isRead && one.buffer.length === 0 && other.buffer.length === 0) return one.onDone(COPY.completed);
    this.#finish(COPY.completed);
    this.#pending = one;
  }

  #exchange(one: Copy, other: Copy, isRead: boolean): void {
    this.#move(one, other, isRead, 1);
    this.#finish(COPY.completed);
    one.onDone(COPY.completed);
  }

  /** In pieces, because what is on its way is in the host's memory, and a guest says how much that is. */
  #move(one: Copy, other: Copy, isRead: boolean, count: number): void {
    const [from, to] = isRead ? [other.buffer, one.buffer] : [one.buffer, other.buffer];
    const most = this.element === undefined ? count : PIECE;
    for (let left = count; left > 0; left -= most) to.write(from.read(Math.min(left, most)));
  }

  get #isNumeric(): boolean {
    return this.element === undefined || NUMBERS.has(this.element.kind);
  }
}

function remain({ length, progress }: ChannelBuffer): number {
  return length - progress;
}

type EndState = "idle" | "copying" | "cancelling" | "done";

/** One end of a channel in the hands of a guest. */
export class ChannelEnd extends Waitable {
  readonly channel: Channel;
  readonly isReadable: boolean;
  state: EndState = "idle";
  /** The copy that it has begun last. */
  copy: Copy | undefined;

  constructor(channel: Channel, isReadable: boolean) {
    super();
    this.channel = channel;
    this.isReadable = isReadable;
  }

  get isCopying(): boolean {
    return this.state === "copying" || this.state === "cancelling";
  }

  override drop(): void {
    if (this.isCopying) throw trapOf(`cannot drop busy ${this.channel.kind}`);
    if (this.channel.kind === "future" && !this.isReadable && this.state !== "done") {
      throw trapOf("cannot drop future write end without first writing a value");
    }
    this.channel.drop();
    super.drop();
  }
}
