// An instance policy -> the instance for each call.
import { GuestInstance } from "./guest-instance.ts";
import type { GuestSource } from "./guest-instance.ts";

/** Unused instances that `pooled` keeps ready. */
const READY = 2;

/** Hands out instances and replaces spent ones. A call that fails costs its instance, never the next call. */
export class GuestPool {
  readonly #source: GuestSource;
  readonly #isPerCall: boolean;
  #current: GuestInstance;
  #ready: GuestInstance[] = [];
  #refill: NodeJS.Immediate | undefined;
  #isClosed = false;

  /** Makes the first instance. Throws what its start throws. */
  constructor(source: GuestSource) {
    this.#source = source;
    this.#isPerCall = source.settings.instances !== "long-lived";
    this.#current = new GuestInstance(source);
  }

  /** The instance for a call that comes from outside; within a call of the same guest it is that call's own. */
  take(): GuestInstance {
    const { settings } = this.#source;
    const current = this.#current;
    if (current.isBusy) return current;
    const isUsedUp = current.calls >= (this.#isPerCall ? 1 : settings.recycleAfter);
    return current.spent === undefined && !isUsedUp ? current : this.#replace(current);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#refill !== undefined) clearImmediate(this.#refill);
    for (const instance of [this.#current, ...this.#ready]) instance.close();
    this.#ready = [];
  }

  #replace(used: GuestInstance): GuestInstance {
    used.close();
    this.#current = this.#ready.pop() ?? new GuestInstance(this.#source);
    if (this.#source.settings.instances === "pooled" && this.#refill === undefined) {
      // After the answer is out, for this is what the pool is there to hide.
      this.#refill = setImmediate(() => this.#fill()).unref();
    }
    return this.#current;
  }

  #fill(): void {
    this.#refill = undefined;
    try {
      while (!this.#isClosed && this.#ready.length < READY) this.#ready.push(new GuestInstance(this.#source));
    } catch {
      // A start that fails will fail again at the call that needs it, which can report it.
    }
  }
}
