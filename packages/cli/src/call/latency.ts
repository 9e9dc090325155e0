// The times of many calls -> a summary for people and programs.

/** Nanoseconds. */
export interface Latency {
  readonly times: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly meanNs: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** `samples` has at least one entry. */
export function summarize(samples: readonly number[]): Latency {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const sum = sorted.reduce((total, sample) => total + sample, 0);
  return {
    times: sorted.length,
    minNs: at(0),
    medianNs: at(0.5),
    meanNs: Math.round(sum / sorted.length),
    p99Ns: at(0.99),
    maxNs: at(1),
  };
}

export function formatLatency({ times, minNs, medianNs, meanNs, p99Ns, maxNs }: Latency): string {
  const rest = `min ${format(minNs)}, mean ${format(meanNs)}, p99 ${format(p99Ns)}, max ${format(maxNs)}`;
  return `${times} calls: median ${format(medianNs)} (${rest})`;
}

function format(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} us`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(2)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}
