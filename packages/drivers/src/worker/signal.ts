// The control lines of a shared memory -> looking, sleeping and waking for both threads.
import { WORD, type Ends } from "./memory.ts";

/** Looks before the clock is read for the first time: enough for an answer of a peer that is awake. */
const QUICK_LOOKS = 200;
const LOOKS_PER_CLOCK = 50;

/** `Atomics.waitAsync` is ES2024: Node 20 has it, the library types of ES2023 do not. */
type WaitAsync = (memory: Int32Array, index: number, expected: number) => { readonly async: boolean; readonly value: unknown };

export class Signal {
  readonly #own: Int32Array;
  readonly #other: Int32Array;

  constructor({ own, other }: Ends) {
    this.#own = own;
    this.#other = other;
  }

  /** Whether the other side has published since its count was `taken`. */
  hasNews(taken: number): boolean {
    return Atomics.load(this.#other, WORD.sent) !== taken;
  }

  /** Wakes the other side if it sleeps; called after publishing. */
  wake(): void {
    if (Atomics.load(this.#other, WORD.asleep) !== 0) Atomics.notify(this.#own, WORD.sent);
  }

  /** Says whether this side must be notified. Look for news after saying so, or it may be missed. */
  set isAsleep(value: boolean) {
    Atomics.store(this.#own, WORD.asleep, value ? 1 : 0);
  }

  /** Blocks the thread while there is no news, at most `timeoutMs`. */
  wait(taken: number, timeoutMs: number): void {
    this.isAsleep = true;
    Atomics.wait(this.#other, WORD.sent, taken, timeoutMs);
    this.isAsleep = false;
  }

  /** A promise of a wake-up (news or not), or undefined when there is news already. It does not keep the process alive. */
  waitAsync(taken: number): Promise<unknown> | undefined {
    const { waitAsync } = Atomics as unknown as { readonly waitAsync: WaitAsync };
    const started = waitAsync(this.#other, WORD.sent, taken);
    return started.async ? (started.value as Promise<unknown>) : undefined;
  }

  /** Settles the promise of `waitAsync` of this side, so that nothing of it is left. */
  wakeSelf(): void {
    Atomics.notify(this.#other, WORD.sent);
  }

  /** Looks for news for at most `microseconds`. Returns how long it took, or -1 when there was none. */
  spin(taken: number, microseconds: number): number {
    const other = this.#other;
    for (let look = 0; look < QUICK_LOOKS; look++) if (Atomics.load(other, WORD.sent) !== taken) return 0;
    const start = performance.now();
    for (;;) {
      for (let look = 0; look < LOOKS_PER_CLOCK; look++) {
        if (Atomics.load(other, WORD.sent) !== taken) return (performance.now() - start) * 1000;
      }
      if ((performance.now() - start) * 1000 >= microseconds) return -1;
    }
  }

  /** Tells the other side that this thread is ending. */
  end(): void {
    Atomics.store(this.#own, WORD.ended, 1);
    Atomics.notify(this.#own, WORD.sent);
  }

  get hasOtherEnded(): boolean {
    return Atomics.load(this.#other, WORD.ended) !== 0;
  }
}
