// The life of one plugin as a pure state machine: (state, event) -> state. No timers, no I/O; `slot.ts` acts on it.

export interface RestartPolicy {
  /** First wait after a crash; doubles with every further crash in the window. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Crashes within `windowMs` that open the circuit. */
  readonly maxCrashes: number;
  readonly windowMs: number;
  /** A session that lived this long is healthy: older crashes are forgotten. */
  readonly healthyMs: number;
  /** How long an open circuit refuses calls before one probe may start the plugin again. */
  readonly openMs: number;
}

/** 5 crashes in 60 s open the circuit; waits go from 0.1 s to 30 s (reference: R27 of the fault catalogue). */
export const DEFAULT_RESTART: RestartPolicy = {
  backoffMs: 100,
  maxBackoffMs: 30_000,
  maxCrashes: 5,
  windowMs: 60_000,
  healthyMs: 60_000,
  openMs: 30_000,
};

/** Times are milliseconds on a monotonic clock. `crashes` holds the times of crashes that still count. */
export type Life =
  | { readonly name: "idle"; readonly crashes: readonly number[] }
  | { readonly name: "starting"; readonly crashes: readonly number[]; readonly probe: boolean }
  | { readonly name: "ready"; readonly crashes: readonly number[]; readonly since: number }
  | { readonly name: "backoff"; readonly crashes: readonly number[]; readonly until: number }
  | { readonly name: "open"; readonly crashes: readonly number[]; readonly until: number }
  | { readonly name: "closed" };

export type LifeEvent =
  /** A call or `load` wants a session; in an open circuit after its time, this is the probe. */
  | { readonly type: "demand" }
  | { readonly type: "started" }
  /** The start failed or the session was lost. `restart` is false where the driver cannot open it again. */
  | { readonly type: "lost"; readonly restart: boolean }
  /** The wait of a backoff is over. */
  | { readonly type: "elapsed" }
  | { readonly type: "close" };

export const INITIAL_LIFE: Life = { name: "idle", crashes: [] };

/** The next state. Total: an event that means nothing in a state leaves it as it is. `random` is in [0, 1). */
export function nextLife(life: Life, event: LifeEvent, policy: RestartPolicy, now: number, random: number): Life {
  if (life.name === "closed" || event.type === "close") return { name: "closed" };
  switch (event.type) {
    case "demand":
      if (life.name === "idle") return { name: "starting", crashes: life.crashes, probe: false };
      if (life.name === "open" && now >= life.until) return { name: "starting", crashes: life.crashes, probe: true };
      return life;
    case "elapsed":
      return life.name === "backoff" ? { name: "starting", crashes: life.crashes, probe: false } : life;
    case "started":
      return life.name === "starting" ? { name: "ready", crashes: life.crashes, since: now } : life;
    case "lost":
      return afterLoss(life, event.restart, policy, now, random);
  }
}

function afterLoss(
  life: Exclude<Life, { name: "closed" }>,
  restart: boolean,
  policy: RestartPolicy,
  now: number,
  random: number,
): Life {
  if (life.name !== "starting" && life.name !== "ready") return life;
  const wasHealthy = life.name === "ready" && now - life.since >= policy.healthyMs;
  const recent = wasHealthy ? [] : life.crashes.filter((at) => now - at < policy.windowMs);
  const crashes = [...recent, now];
  if (!restart) return { name: "closed" };
  const isFailedProbe = life.name === "starting" && life.probe;
  if (isFailedProbe || crashes.length >= policy.maxCrashes)
    return { name: "open", crashes, until: now + policy.openMs };
  const wait = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (crashes.length - 1));
  // Half fixed, half random, so that plugins that fell together do not start together.
  return { name: "backoff", crashes, until: now + wait / 2 + (wait / 2) * random };
}
