// Contenders -> times, interleaved slice by slice, so that a drift of the machine touches all of them alike.

/**
 * @typedef {{ name: string, role: "tenon" | "raw" | "peer" | "other", sync?: boolean, call: () => unknown,
 *   raw?: string, // the raw limit of this way, where it is not the first one
 *   timeMany?: (count: number) => number, // for what is timed by another program; nanoseconds
 *   verify?: (out: unknown) => boolean, close?: () => unknown }} Contender
 * @typedef {{ name: string, role: string, lowNs: number, medianNs: number, p99Ns: number,
 *   calls: number }} Times // low: the best tenth, which other programs on the machine disturb least
 */

const now = () => Number(process.hrtime.bigint());

/** Calls above this are timed one by one, which costs about 50 ns each; below, slices are. */
const SINGLE_NS = 2000;
const LOW = 0.1;
const MIN_ROUNDS = 7;

/**
 * @param {readonly Contender[]} contenders
 * @param {{ rounds: number, sliceMs: number, maxMs: number }} effort `maxMs` ends it after `MIN_ROUNDS`: some calls take 0.1 s
 * @returns {Promise<Times[]>}
 */
export async function race(contenders, { rounds, sliceMs, maxMs }) {
  const states = [];
  for (const contender of contenders)
    states.push({ contender, count: await calibrate(contender, sliceMs), means: [], singles: [] });
  const end = now() + maxMs * 1e6;
  for (let round = 0; round < rounds && (round < MIN_ROUNDS || now() < end); round++) {
    // Each round starts with another contender, so that nobody always runs after the same neighbour.
    for (let i = 0; i < states.length; i++) {
      const state = states[(i + round) % states.length];
      await slice(state);
    }
  }
  return states.map(({ contender, count, means, singles }) => {
    means.sort(byNumber);
    const tail = (singles.length > 0 ? singles : means).sort(byNumber);
    return {
      name: contender.name,
      role: contender.role,
      lowNs: at(means, LOW),
      medianNs: at(means, 0.5),
      p99Ns: at(tail, 0.99),
      calls: count * means.length,
    };
  });
}

/** Once-only work such as opening: every call is its own sample. */
export async function raceOnce(contenders, rounds) {
  const samples = contenders.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const started = now();
      const opened = await contenders[i].call();
      if (round >= 0) samples[i].push(now() - started);
      await contenders[i].close?.(opened);
    }
  }
  return contenders.map(({ name, role }, i) => {
    const times = samples[i].sort(byNumber);
    return { name, role, lowNs: at(times, LOW), medianNs: at(times, 0.5), p99Ns: at(times, 0.99), calls: rounds };
  });
}

const byNumber = (a, b) => a - b;
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/**
 * Calls and milliseconds, whichever is over first, before anything is timed: the engine compiles what has run some hundred times,
 * and a slice has two calls of gRPC.
 */
const WARM = { calls: 2000, ms: 600 };

async function calibrate(contender, sliceMs) {
  const warm = now() + WARM.ms * 1e6;
  for (let calls = 0; calls < WARM.calls && now() < warm; calls += 10) await timed(contender, 10);
  let count = 1;
  for (;;) {
    const took = await fastest(contender, count);
    if (took >= (sliceMs * 1e6) / 2 || count >= 1e7) return Math.max(1, Math.round((count * sliceMs * 1e6) / took));
    count = Math.ceil(count * Math.min(20, Math.max(2, (sliceMs * 1e6) / Math.max(took, 1))));
  }
}

/** Of three: one interrupted run would pass a single call off as a slice, in which starting the clock costs more. */
async function fastest(contender, count) {
  let least = Infinity;
  for (let i = 0; i < 3; i++) least = Math.min(least, await timed(contender, count));
  return least;
}

async function slice(state) {
  const { contender, count } = state;
  const took = await timed(contender, count);
  state.means.push(took / count);
  if (took / count < SINGLE_NS || contender.timeMany !== undefined) return;
  for (let i = 0; i < Math.min(count, 50); i++) {
    const started = now();
    const out = contender.call();
    if (!contender.sync) await out;
    state.singles.push(now() - started);
  }
}

let sink;
async function timed(contender, count) {
  if (contender.timeMany !== undefined) return contender.timeMany(count);
  const { call } = contender;
  const started = now();
  if (contender.sync) for (let i = 0; i < count; i++) sink = call();
  else for (let i = 0; i < count; i++) sink = await call();
  const took = now() - started;
  if (sink === timed) throw new Error("never: keeps the results alive");
  return took;
}
