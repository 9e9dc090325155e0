// Keeps the event loop from sleeping for a moment while answers are due: a wake-up costs more than most calls.

/** A call that takes longer than this gains nothing from a loop that is awake. */
const SPIN_MS = 0.1;
/** Of the last spins, about this many out of a hundred must have ended with an answer for the next one to be worth it. */
const WORTH_IT = 0.25;
/** How fast old experience fades. */
const WEIGHT = 1 / 16;
/** Calls without a spin after which one tries again; doubles while that does not pay. */
const FIRST_REST = 64;
const LONGEST_REST = 8192;

/** Learns from each spin whether the answer came within it, and rests when it mostly did not. */
export class KeepAwake {
  readonly #hasPending: () => boolean;
  #isSpinning = false;
  /** Whether the present spin is one to learn from. */
  #counts = true;
  #until = 0;
  #score = 0.5;
  #rest = FIRST_REST;
  #skips = 0;

  /** `hasPending` tells whether answers are still due. */
  constructor(hasPending: () => boolean) {
    this.#hasPending = hasPending;
  }

  /** A call was sent. */
  began(): void {
    if (this.#skips > 0) {
      this.#skips--;
      return;
    }
    this.#until = performance.now() + SPIN_MS;
    if (this.#isSpinning) return;
    this.#isSpinning = true;
    this.#counts = true;
    setImmediate(this.#tick);
  }

  /** A part of a large message arrived: the next one will be there in a moment, which needs no experience to know. */
  flowing(): void {
    this.#until = performance.now() + SPIN_MS;
    if (this.#isSpinning) return;
    this.#isSpinning = true;
    this.#counts = false;
    setImmediate(this.#tick);
  }

  readonly #tick = (): void => {
    const isAnswered = !this.#hasPending();
    if (!isAnswered && performance.now() < this.#until) {
      setImmediate(this.#tick);
      return;
    }
    this.#isSpinning = false;
    if (this.#counts) this.#learn(isAnswered);
  };

  #learn(hasPaid: boolean): void {
    this.#score += ((hasPaid ? 1 : 0) - this.#score) * WEIGHT;
    if (hasPaid) this.#rest = FIRST_REST;
    if (this.#score >= WORTH_IT) return;
    this.#skips = this.#rest;
    this.#rest = Math.min(this.#rest * 2, LONGEST_REST);
    // One spin that pays brings the next ones back.
    this.#score = WORTH_IT;
  }
}
