// What tasks wait for: calls of their own and ends of streams and futures, alone or in sets
// (component-model CanonicalABI.md, "Waitable State" and "Subtask State").
import { trapOf } from "../link/handle-table.ts";
import type { HandleEntry } from "../link/handle-table.ts";
import type { ComponentInstance } from "../link/instance.ts";

/** Codes of events, as guests see them. */
export const EVENT = {
  none: 0,
  subtask: 1,
  streamRead: 2,
  streamWrite: 3,
  futureRead: 4,
  futureWrite: 5,
  cancelled: 6,
} as const;
export type Event = readonly [code: number, index: number, payload: number];
/** What blocking builtins give in place of a result when they do not wait. */
export const BLOCKED = -1;

export class Waitable {
  readonly waitable = true;
  #event: (() => Event) | undefined;
  #set: WaitableSet | undefined;
  hasSyncWaiter = false;

  /** A later event takes the place of one that nobody has taken. */
  setEvent(event: () => Event): void {
    this.#event = event;
  }

  get hasEvent(): boolean {
    return this.#event !== undefined;
  }

  get isInSet(): boolean {
    return this.#set !== undefined;
  }

  takeEvent(): Event {
    const event = this.#event;
    this.#event = undefined;
    return event?.() ?? [EVENT.none, 0, 0];
  }

  join(set: WaitableSet | undefined): void {
    this.#set?.members.delete(this);
    this.#set = set;
    set?.members.add(this);
  }

  drop(): void {
    this.join(undefined);
  }
}

export class WaitableSet {
  readonly waitable = false;
  readonly members: Set<Waitable> = new Set();
  waiting = 0;

  get hasEvent(): boolean {
    for (const one of this.members) if (one.hasEvent) return true;
    return false;
  }

  takeEvent(): Event {
    for (const one of this.members) {
      if (!one.hasEvent) continue;
      // Whoever has just been served goes last, so that nobody starves.
      this.members.delete(one);
      this.members.add(one);
      return one.takeEvent();
    }
    return [EVENT.none, 0, 0];
  }

  drop(): void {
    if (this.members.size > 0) throw trapOf("cannot drop waitable set with waitables in it");
    if (this.waiting > 0) throw trapOf("cannot drop waitable set with waiters");
  }
}

/** States of subtasks, as guests see them. */
export const SUBTASK = {
  starting: 0,
  started: 1,
  returned: 2,
  cancelledBeforeStarted: 3,
  cancelledBeforeReturned: 4,
} as const;

/** A call that a guest has made and need not wait for. */
export class Subtask extends Waitable {
  state: number = SUBTASK.starting;
  isCancelRequested = false;
  onCancel: (caller: ComponentInstance | undefined) => void = () => undefined;
  #lent: HandleEntry[] | undefined = [];

  get isResolved(): boolean {
    return this.state >= SUBTASK.returned;
  }

  /** The guest knows of the result. */
  get isDelivered(): boolean {
    return this.#lent === undefined;
  }

  lend(entries: readonly HandleEntry[]): void {
    this.#lent?.push(...entries);
  }

  deliver(): void {
    for (const entry of this.#lent ?? []) entry.lends -= 1;
    this.#lent = undefined;
  }

  override drop(): void {
    if (!this.isDelivered) throw trapOf("cannot drop a subtask which has not yet resolved");
    super.drop();
  }
}

/** The waitable set that a guest names. */
export function waitableSetAt(instance: ComponentInstance, index: number): WaitableSet {
  const item = instance.handles.get(index);
  if (item instanceof WaitableSet) return item;
  throw trapOf(`handle ${index} is no waitable set: unknown waitable set index ${index}`);
}
