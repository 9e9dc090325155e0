// Pending waits with a deadline or a cancellation, all on one timer.

/** Waits are grouped into slices of this many ms, so that thousands of calls share a few timers; also the worst overshoot. */
const SLICE_MS = 5;

interface Wait {
  readonly slice: number;
  readonly expire: () => void;
}

/** Many cheap deadlines over one unref'ed timer: adding and removing one is a Set operation. */
export class Deadlines {
  readonly #slices = new Map<number, Set<Wait>>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** Runs `expire` once at `deadline` (absolute, `performance.now()` clock) unless the returned wait is removed before. */
  add(deadline: number, expire: () => void): Wait {
    const slice = Math.ceil(deadline / SLICE_MS);
    const wait: Wait = { slice, expire };
    const peers = this.#slices.get(slice);
    if (peers !== undefined) peers.add(wait);
    else this.#slices.set(slice, new Set([wait]));
    if (slice < this.#armedFor) this.#arm(slice);
    return wait;
  }

  remove(wait: Wait): void {
    const peers = this.#slices.get(wait.slice);
    if (peers === undefined) return;
    peers.delete(wait);
    // The timer stays armed: the next deadline is usually near it, and a tick over nothing is cheap.
    if (peers.size === 0) this.#slices.delete(wait.slice);
  }

  #arm(slice: number): void {
    clearTimeout(this.#timer);
    this.#armedFor = slice;
    const delay = Math.min(Math.max(0, slice * SLICE_MS - performance.now()), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#tick(), delay);
    this.#timer.unref();
  }

  #tick(): void {
    this.#armedFor = Infinity;
    const due = Math.floor(performance.now() / SLICE_MS);
    let next = Infinity;
    const overdue: number[] = [];
    for (const slice of this.#slices.keys()) {
      if (slice <= due) overdue.push(slice);
      else next = Math.min(next, slice);
    }
    // After a pause of the host's thread several are due at once.
    for (const slice of overdue.sort((a, b) => a - b)) {
      // One that expires may remove others.
      const waits = this.#slices.get(slice) ?? [];
      this.#slices.delete(slice);
      for (const wait of waits) wait.expire();
    }
    if (next !== Infinity && next < this.#armedFor) this.#arm(next);
  }

  /** Whether nothing waits; for leak checks. */
  get size(): number {
    let total = 0;
    for (const waits of this.#slices.values()) total += waits.size;
    return total;
  }
}
