// The calls that wait for one session: to end them all, to wait until they have ended, and to say who made them.
import type { TenonError } from "@tenon/contract/core";
import type { Bounds } from "./calls.ts";

/** Ends one waiting call with an error. */
export type Give = (error: TenonError) => void;

/** Waiting calls of a whole host. */
export interface Tally {
  count: number;
}

/** A call that was in flight when its plugin was lost. */
export interface BlamedCall {
  /** `builder.build`. */
  readonly path: string;
  /** `CallOptions.caller`, where the call had one. */
  readonly caller?: string;
  /** W3C traceparent of the caller, where the call had one. */
  readonly trace?: string;
}

/** More would make a crash under load cost what it reports. */
const MAX_BLAMED = 16;
/** Drivers reject their calls before the session counts as closed: a process has to exit first. */
const BLAME_WINDOW_MS = 1000;

export class InFlight {
  readonly #calls = new Map<Give, Bounds>();
  readonly #tally: Tally;
  #lost: { readonly at: number; readonly bounds: Bounds }[] = [];
  #lostCount = 0;
  #onIdle: (() => void) | undefined;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Of every plugin of the host. */
  get hostSize(): number {
    return this.#tally.count;
  }

  add(give: Give, bounds: Bounds): void {
    this.#calls.set(give, bounds);
    this.#tally.count++;
  }

  /** `isLost`: the session went down with it. One that was given up before is no news. */
  delete(give: Give, isLost = false): void {
    const bounds = this.#calls.get(give);
    if (bounds === undefined) return;
    if (isLost) this.note(bounds);
    this.#calls.delete(give);
    this.#tally.count--;
    if (this.#calls.size === 0) this.#onIdle?.();
  }

  giveUp(error: TenonError): void {
    for (const give of [...this.#calls.keys()]) give(error);
  }

  /** Notes a call that ended with its session, or for which the session was ended. */
  note(bounds: Bounds): void {
    const at = performance.now();
    if (this.#lost.length > 0 && at - this.#lost.at(-1)!.at > BLAME_WINDOW_MS) this.#lost = [];
    if (this.#lost.length === 0) this.#lostCount = 0;
    this.#lostCount++;
    if (this.#lost.length < MAX_BLAMED) this.#lost.push({ at, bounds });
  }

  /** The calls that a loss of the session right now concerns; `calls` has the first of them, oldest first. */
  blame(): { readonly inFlight: number; readonly calls: readonly BlamedCall[] } {
    const since = performance.now() - BLAME_WINDOW_MS;
    const isRecent = this.#lost.length > 0 && this.#lost.at(-1)!.at >= since;
    const noted = isRecent ? this.#lost.map(({ bounds }) => bounds) : [];
    const calls = [...noted];
    for (const bounds of this.#calls.values()) {
      if (calls.length >= MAX_BLAMED) break;
      calls.push(bounds);
    }
    const inFlight = this.#calls.size + (isRecent ? this.#lostCount : 0);
    return { inFlight, calls: calls.map(blamed) };
  }

  /** Resolves once nothing waits, or after `limitMs`; with how many still do. */
  idle(limitMs: number): Promise<number> {
    if (this.#calls.size === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const earlier = this.#onIdle;
      // Referenced: somebody waits for it, and the calls themselves may hold nothing that keeps the program alive.
      const timer = setTimeout(() => resolve(this.#calls.size), Math.min(Math.max(0, limitMs), 2 ** 31 - 1));
      this.#onIdle = () => {
        earlier?.();
        clearTimeout(timer);
        resolve(0);
      };
    });
  }
}

function blamed({ func, caller, trace }: Bounds): BlamedCall {
  return { path: func.path, ...(caller !== undefined && { caller }), ...(trace !== undefined && { trace }) };
}
