// The sessions of one plugin that take no new calls: each is closed when its calls have ended, or their time is over.
import { TenonError } from "@tenon/contract/core";
import type { Session } from "./driver.ts";
import type { InFlight } from "./in-flight.ts";

/** One of them, with the calls that it still has. */
export interface Leaving {
  readonly session: Session;
  readonly calls: InFlight;
}

export class LeavingSessions {
  readonly #plugin: string;
  readonly #all = new Set<Leaving>();

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /** Calls of all of them. */
  get pending(): number {
    let pending = 0;
    for (const { calls } of this.#all) pending += calls.size;
    return pending;
  }

  add(session: Session, calls: InFlight): Leaving {
    const left = { session, calls };
    this.#all.add(left);
    return left;
  }

  /** It serves again, or for the first time. */
  delete(left: Leaving): void {
    this.#all.delete(left);
  }

  /** Resolves once none has calls, or after `limitMs`; with how many there still are. */
  async idle(limitMs: number): Promise<number> {
    const left = [...this.#all].map(({ calls }) => calls.idle(limitMs));
    return (await Promise.all(left)).reduce((sum, count) => sum + count, 0);
  }

  /** Closes it; its calls that have not ended reject with session-closed. */
  async end(left: Leaving): Promise<void> {
    await left.session.close();
    if (left.calls.size > 0)
      left.calls.giveUp(new TenonError("session-closed", `plugin ${this.#plugin} was closed during the call`));
    this.#all.delete(left);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#all].map((left) => this.end(left)));
  }

  terminateAll(why: string): void {
    for (const { session } of this.#all) terminate(session, why);
  }
}

/** Ends it now where the boundary can, and asks it to end where not. */
export function terminate(session: Session, why: string): void {
  if (session.terminate !== undefined) session.terminate(why);
  else void session.close();
}
