// An instance policy -> the instance for each call.
import type { MeteredGuest } from "./metered-guest.ts";
import type { GuestSettings } from "./settings.ts";

/** Unused instances that `pooled` keeps ready. */
const READY = 2;

/** Hands out instances and replaces spent ones. A call that fails costs its instance, never the next call. */
export class GuestPool {
  readonly #make: () => MeteredGuest;
  readonly #isPooled: boolean;
  readonly #maxCalls: number;
  #current: MeteredGuest;
  #ready: MeteredGuest[] = [];
  #refill: NodeJS.Immediate | undefined;
  #isClosed = false;

  /** Makes the first instance. Throws what its start throws. */
  constructor({ instances, recycleAfter }: GuestSettings, make: () => MeteredGuest) {
    this.#make = make;
    this.#isPooled = instances === "pooled";
    this.#maxCalls = instances === "long-lived" ? recycleAfter : 1;
    this.#current = make();
  }

  /** The instance for a call that comes from outside; within a call of the same guest it is that call's own. */
  take(): MeteredGuest {
    const current = this.#current;
    if (current.isBusy) return current;
    return current.spent === undefined && current.calls < this.#maxCalls ? current : this.#replace(current);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#refill !== undefined) clearImmediate(this.#refill);
    for (const instance of [this.#current, ...this.#ready]) instance.close();
    this.#ready = [];
  }

  #replace(used: MeteredGuest): MeteredGuest {
    used.retire();
    this.#current = this.#ready.pop() ?? this.#make();
    if (this.#isPooled && this.#refill === undefined) {
      // After the answer is out, for this is what the pool is there to hide.
      this.#refill = setImmediate(() => this.#fill()).unref();
    }
    return this.#current;
  }

  #fill(): void {
    this.#refill = undefined;
    try {
      while (!this.#isClosed && this.#ready.length < READY) this.#ready.push(this.#make());
    } catch {
      // A start that fails will fail again at the call that needs it, which can report it.
    }
  }
}
