// Outcomes of past waits -> whether the next one should spin before it sleeps.

/** What a blocking wait asks before it begins and tells when it is over. */
export interface SpinPolicy {
  /** Whether outcomes mean anything; if not, nobody need measure them. */
  readonly learns: boolean;
  /** Microseconds that the coming wait should spin; 0 means to sleep at once. */
  next(): number;
  /** The wait took so long in all, counted at most up to `MAX_COST`. */
  waited(microseconds: number): void;
}

export interface LearningSpinOptions {
  /** Microseconds to spin before sleeping. */
  readonly maxMicroseconds: number;
  /** The same for the first waits after sleeping ones, while the other side may still sleep or share this side's core. */
  readonly settleMicroseconds: number;
  /** Processors that this process may use; with one, nothing is ever tried. */
  readonly cores: number;
}

/** How fast old experience fades. */
const WEIGHT = 1 / 16;
/** Waits that a trial of the other way lasts: the first ones still meet a peer that sleeps, or one that spins. */
const TRIAL = 10;
const SETTLING = 4;
/** Waits from one trial to the next; doubles while trials change nothing. */
const FIRST_REST = 64;
const LONGEST_REST = 8192;
/** Sleeping must be beaten by this much, because spinning takes processor time from others. */
const MARGIN = 0.8;
/** A longer wait counts as this long: it says that waits are long, but must not drown all others. */
export const MAX_COST = 1000;

/**
 * Waking a sleeping thread costs a few microseconds on one core and 25-60 across cores, so spinning first pays where the
 * answer comes soon and another core is free to produce it; where cores are shared it only keeps the other side from
 * running. Which of the two it is cannot be asked of the system, so both ways are tried now and then, and the one with
 * the shorter waits is kept. Threads that wake each other are often kept on one core and only move apart when both want to run
 * for a while: so the first spins of a trial are long, or it would not find the other core. Both threads must go the same way, or neither way shows its worth: the host learns, the
 * guest follows.
 */
export class LearningSpin implements SpinPolicy {
  readonly learns: boolean;
  readonly #max: number;
  readonly #settle: number;
  #prefersSpin: boolean;
  /** Waits at the very start that count as the beginning of a trial. */
  #settlingLeft = SETTLING;
  /** Mean cost of waits in the preferred way. */
  #mean = 0;
  #rest = FIRST_REST;
  #untilTrial = FIRST_REST;
  #trialLeft = 0;
  #trialSum = 0;

  constructor({ maxMicroseconds, settleMicroseconds, cores }: LearningSpinOptions) {
    this.#max = maxMicroseconds;
    this.#settle = settleMicroseconds;
    this.learns = cores > 1;
    this.#prefersSpin = this.learns;
  }

  /** Whether the coming wait will spin. */
  get spins(): boolean {
    return this.#trialLeft > 0 ? !this.#prefersSpin : this.#prefersSpin;
  }

  next(): number {
    if (!this.spins) return 0;
    const isSettling = this.#settlingLeft > 0 || this.#trialLeft > TRIAL - SETTLING;
    return isSettling ? this.#settle : this.#max;
  }

  waited(microseconds: number): void {
    if (!this.learns) return;
    if (this.#settlingLeft > 0) {
      this.#settlingLeft--;
      return;
    }
    const cost = Math.min(microseconds, MAX_COST);
    if (this.#trialLeft > 0) return this.#try(cost);
    this.#mean += (cost - this.#mean) * WEIGHT;
    // Sleeping cannot beat a spin that is answered at once.
    const isUnbeaten = this.#prefersSpin && this.#mean < this.#max / 10;
    if (isUnbeaten || --this.#untilTrial > 0) return;
    this.#trialLeft = TRIAL;
    this.#trialSum = 0;
  }

  #try(cost: number): void {
    this.#trialLeft--;
    if (this.#trialLeft < TRIAL - SETTLING) this.#trialSum += cost;
    if (this.#trialLeft > 0) return;
    const tried = this.#trialSum / (TRIAL - SETTLING);
    const [spinning, sleeping] = this.#prefersSpin ? [this.#mean, tried] : [tried, this.#mean];
    const prefersSpin = spinning < sleeping * MARGIN;
    if (prefersSpin !== this.#prefersSpin) {
      this.#prefersSpin = prefersSpin;
      this.#mean = tried;
      this.#rest = FIRST_REST;
    } else {
      this.#rest = Math.min(this.#rest * 2, LONGEST_REST);
    }
    this.#untilTrial = this.#rest;
  }
}

/** Spins in a row that ended in nothing before a follower rests until the traffic is lively again. */
const MAX_VAIN = 4;

/** Spins where its leader does, but not between calls that come rarely. */
export class FollowingSpin implements SpinPolicy {
  readonly #max: number;
  readonly #isAdvised: () => boolean;
  #vain = 0;

  constructor(maxMicroseconds: number, isAdvised: () => boolean) {
    this.#max = maxMicroseconds;
    this.#isAdvised = isAdvised;
  }

  get learns(): boolean {
    return this.#isAdvised();
  }

  next(): number {
    return this.#vain < MAX_VAIN && this.#isAdvised() ? this.#max : 0;
  }

  waited(microseconds: number): void {
    this.#vain = microseconds < MAX_COST ? 0 : Math.min(this.#vain + 1, MAX_VAIN);
  }
}
