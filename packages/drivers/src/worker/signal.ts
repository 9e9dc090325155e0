// The control lines of a shared memory -> looking, sleeping and waking for both threads.
import { WORD, type Ends } from "./memory.ts";

/** Looks before the clock is read for the first time: enough for an answer of a peer that is awake. */
const QUICK_LOOKS = 200;
const LOOKS_PER_CLOCK = 50;

/** What a side says of itself in its control line, so that the other knows how to wake it. */
const AWAKE = 0;
const BLOCKED = 1;
const PARKED = 2;

/** Wakes a thread that rests in its event loop; a MessagePort. */
export interface Bell {
  postMessage(message: null): void;
}

export class Signal {
  readonly #own: Int32Array;
  readonly #other: Int32Array;
  readonly #bell: Bell;

  constructor({ own, other }: Ends, bell: Bell) {
    this.#own = own;
    this.#other = other;
    this.#bell = bell;
  }

  /** Whether the other side has published since its count was `taken`. */
  hasNews(taken: number): boolean {
    return Atomics.load(this.#other, WORD.sent) !== taken;
  }

  /** Wakes the other side if it sleeps, once for each sleep; called after publishing. */
  wake(): void {
    if (Atomics.load(this.#other, WORD.asleep) === AWAKE) return;
    const was = Atomics.exchange(this.#other, WORD.asleep, AWAKE);
    // `Atomics.waitAsync` would do without a port, but is the slower of the two on Node 20 and no faster on 24.
    if (was === PARKED) this.#bell.postMessage(null);
    else if (was !== AWAKE) Atomics.notify(this.#own, WORD.sent);
  }

  /** Ends the other side's blocking wait, though there is no news for it. */
  release(): void {
    if (Atomics.compareExchange(this.#other, WORD.asleep, BLOCKED, AWAKE) === BLOCKED)
      Atomics.notify(this.#own, WORD.sent);
  }

  /** This side will rest in its event loop and listen for the bell. Look for news after saying so, or it may be missed. */
  park(): void {
    Atomics.store(this.#own, WORD.asleep, PARKED);
  }

  /** This side looks for news by itself. */
  unpark(): void {
    Atomics.store(this.#own, WORD.asleep, AWAKE);
  }

  /** Blocks the thread while there is no news, at most `timeoutMs`; true when these have passed. */
  wait(taken: number, timeoutMs: number): boolean {
    Atomics.store(this.#own, WORD.asleep, BLOCKED);
    const outcome = Atomics.wait(this.#other, WORD.sent, taken, timeoutMs);
    Atomics.store(this.#own, WORD.asleep, AWAKE);
    return outcome === "timed-out";
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

  /** Counts printed bytes that this side has taken. */
  tookPrinted(bytes: number): void {
    Atomics.add(this.#own, WORD.printed, bytes);
  }

  /** Printed bytes that the other side has taken, modulo 2^32. */
  get printedTaken(): number {
    return Atomics.load(this.#other, WORD.printed);
  }

  /** Tells the other side whether this one spins. */
  advise(spins: boolean): void {
    const value = spins ? 1 : 0;
    // Written only when it changes: the other side looks at this line all the time.
    if (this.#own[WORD.spins] !== value) this.#own[WORD.spins] = value;
  }

  get isAdvisedToSpin(): boolean {
    return this.#other[WORD.spins] === 1;
  }
}
