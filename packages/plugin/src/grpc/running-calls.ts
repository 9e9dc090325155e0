// The handlers of one session that run, by the number that the host gave each call: so that it can learn when one has ended.

/** Calls that were given up before they arrived, of which the newest are remembered. */
const MAX_REFUSED = 1024;

export class RunningCalls {
  readonly #running = new Set<number>();
  readonly #refused = new Set<number>();
  readonly #onSettled: (call: number) => void;
  readonly #asked = new Set<number>();

  constructor(onSettled: (call: number) => void) {
    this.#onSettled = onSettled;
  }

  /** Whether the handler may run; `end` follows then. Not for a call of which the host heard already that it is settled. */
  begin(call: number): boolean {
    if (this.#refused.delete(call)) return false;
    this.#running.add(call);
    return true;
  }

  end(call: number): void {
    this.#running.delete(call);
    if (this.#asked.delete(call)) this.#onSettled(call);
  }

  /** The host gave the call up: it is told once the handler has ended, at once where none runs. */
  settle(call: number): void {
    if (this.#running.has(call)) return void this.#asked.add(call);
    this.#refused.add(call);
    if (this.#refused.size > MAX_REFUSED) this.#refused.delete(this.#refused.values().next().value as number);
    this.#onSettled(call);
  }
}
