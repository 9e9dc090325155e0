// Outcomes of past waits -> whether the next one should spin before it sleeps.

/**
 * Waking a sleeping thread costs a few microseconds on one core and 25-60 across cores, so spinning first pays where the
 * answer comes soon and another core is free to produce it; where cores are shared it only keeps the other side from
 * running. Which of the two it is cannot be asked of the system, so both ways are tried and the shorter waits win.
 */
export interface SpinOptions {
  /** Microseconds to spin before sleeping. */
  readonly maxMicroseconds: number;
  /** Processors that this process may use; with one, nothing is ever tried. */
  readonly cores: number;
}

/** How fast old experience fades. */
const WEIGHT = 1 / 8;
/** What sleeping is taken to cost until it was tried: more than a wake-up on one core, less than one across cores. */
const FIRST_SLEEP_GUESS = 20;
/** Sleeping must be beaten by this much, because spinning also takes processor time from others. */
const MARGIN = 0.8;
/** Waits by the better way between two tries of the other; doubles while the try changes nothing. */
const FIRST_REST = 16;
const LONGEST_REST = 4096;
/** Waits longer than this many spins were long for other reasons, and tell nothing. */
const LONG_WAIT = 4;
/** Spins in a row that ended in such a wait before spinning rests until the traffic is lively again. */
const MAX_VAIN = 4;

export class SpinPolicy {
  readonly #max: number;
  /** Whether outcomes mean anything to it: with one processor there is nothing to learn. */
  readonly learns: boolean;
  #spinMean = 0;
  #sleepMean = FIRST_SLEEP_GUESS;
  #prefersSpin = true;
  #untilTry = FIRST_REST;
  #rest = FIRST_REST;
  #vain = 0;

  constructor({ maxMicroseconds, cores }: SpinOptions) {
    this.#max = maxMicroseconds;
    this.learns = cores > 1;
  }

  /** Whether spinning has paid lately. */
  get prefersSpin(): boolean {
    return this.learns && this.#prefersSpin && this.#vain < MAX_VAIN;
  }

  /** Microseconds that the coming wait should spin; 0 means to sleep at once. Tell its outcome with `waited`. */
  next(): number {
    if (!this.learns || this.#vain >= MAX_VAIN) return 0;
    // A spin that is answered at once cannot be beaten, so that sleeping is not worth a try.
    if (this.#prefersSpin && this.#spinMean < this.#max / 10) return this.#max;
    if (--this.#untilTry > 0) return this.#prefersSpin ? this.#max : 0;
    this.#rest = Math.min(this.#rest * 2, LONGEST_REST);
    this.#untilTry = this.#rest;
    return this.#prefersSpin ? 0 : this.#max;
  }

  /** The wait took `microseconds` in all; `spun` tells whether it began with a spin. */
  waited(microseconds: number, spun: boolean): void {
    if (microseconds >= this.#max * LONG_WAIT) {
      if (spun) this.#vain++;
      return;
    }
    this.#vain = 0;
    if (spun) this.#spinMean += (microseconds - this.#spinMean) * WEIGHT;
    else this.#sleepMean += (microseconds - this.#sleepMean) * WEIGHT;
    const prefersSpin = this.#spinMean < this.#sleepMean * MARGIN;
    if (prefersSpin === this.#prefersSpin) return;
    this.#prefersSpin = prefersSpin;
    this.#rest = this.#untilTry = FIRST_REST;
  }
}
