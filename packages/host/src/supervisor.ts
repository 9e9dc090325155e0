// The life of one plugin as a pure state machine: (state, event) -> state. No timers, no I/O; `slot.ts` acts on it.

export interface RestartPolicy {
  /** First wait after a crash; doubles with every further crash in the window. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Crashes within `windowMs` that open the circuit. */
  readonly maxCrashes: number;
  readonly windowMs: number;
  /** A session that lived this long is healthy: older crashes and openings are forgotten. */
  readonly healthyMs: number;
  /** How long an open circuit refuses calls before one probe may start the plugin again. */
  readonly openMs: number;
  /** Openings of the circuit within `openingsWindowMs` that put the plugin into quarantine; Infinity for never. */
  readonly maxOpenings: number;
  readonly openingsWindowMs: number;
}

/**
 * 5 crashes in 60 s open the circuit; waits go from 0.1 s to 30 s (R27 of the fault catalogue). With an `openMs` of 30 s, ten
 * openings are at least five minutes in which the plugin did nothing but crash: longer than a restart of what it
 * depends on takes, so a person has to look.
 */
export const DEFAULT_RESTART: RestartPolicy = {
  backoffMs: 100,
  maxBackoffMs: 30_000,
  maxCrashes: 5,
  windowMs: 60_000,
  healthyMs: 60_000,
  openMs: 30_000,
  maxOpenings: 10,
  openingsWindowMs: 3_600_000,
};

/** What still counts against a plugin, as times: its crashes, and the openings of its circuit. */
interface Ledger {
  readonly crashes: readonly number[];
  readonly openings: readonly number[];
}

/** What asked for a start. After a failed `probe` the circuit is open again at once. */
export type StartCause = "demand" | "probe" | "restart" | "rollback";

type Idle = Ledger & { readonly name: "idle" };
type Starting = Ledger & { readonly name: "starting"; readonly cause: StartCause };
/** `probation`: until then a crash brings the version before the upgrade back. */
type Ready = Ledger & { readonly name: "ready"; readonly since: number; readonly probation: number | undefined };
/** `isWanted`: the plugin ran before or a call waits, so that it starts unasked at `until`. */
type Backoff = Ledger & { readonly name: "backoff"; readonly until: number; readonly isWanted: boolean };
type Open = Ledger & { readonly name: "open"; readonly until: number };
type Closed = { readonly name: "closed" };
type Quarantined = { readonly name: "quarantined"; readonly why: string };

/** Where an upgrade can begin, and where it falls back to. */
export type Base = Idle | Ready | Backoff | Open | Quarantined | Closed;

/** Times are milliseconds on a monotonic clock. */
export type Life =
  | Idle
  | Starting
  | Ready
  /** A candidate is opening. The old session serves while `base` is ready. */
  | { readonly name: "upgrading"; readonly base: Base }
  | Backoff
  | Open
  | Quarantined
  /** No new calls; those in flight may end. */
  | { readonly name: "draining" }
  | Closed;

export type LifeEvent =
  /** A call or `start` wants a session; in an open circuit after its time, this is the probe. */
  | { readonly type: "demand" }
  | { readonly type: "started" }
  /** The start failed or the session was lost. `restart` is false where the driver cannot open it again. */
  | { readonly type: "lost"; readonly restart: boolean }
  /** The wait of a backoff is over. */
  | { readonly type: "elapsed" }
  /** A candidate is to be opened beside the session. */
  | { readonly type: "upgrade" }
  /** The candidate takes over. */
  | { readonly type: "promoted"; readonly probationMs: number }
  /** The candidate did not become healthy. */
  | { readonly type: "abandoned" }
  | { readonly type: "quarantine"; readonly why: string }
  | { readonly type: "release" }
  | { readonly type: "drain" }
  | { readonly type: "close" };

const CLEAN: Ledger = { crashes: [], openings: [] };
export const INITIAL_LIFE: Life = { name: "idle", ...CLEAN };

/** When the plugin has to be started unasked; undefined in a state that needs no timer. */
export function wakesAt(life: Life): number | undefined {
  return life.name === "backoff" && life.isWanted ? life.until : undefined;
}

/** Whether a session is open for calls: the one of this state, not a candidate. */
export function isServing(life: Life): boolean {
  return life.name === "ready" || (life.name === "upgrading" && life.base.name === "ready");
}

/**
 * The next state. Total: an event that means nothing in a state leaves it as it is, the same object. `random` is in
 * [0, 1).
 */
export function nextLife(life: Life, event: LifeEvent, policy: RestartPolicy, now: number, random: number): Life {
  if (life.name === "closed") return life;
  switch (event.type) {
    case "close":
      return { name: "closed" };
    case "drain":
      return life.name === "draining" ? life : { name: "draining" };
    case "quarantine":
      return life.name === "draining" || life.name === "quarantined" ? life : { name: "quarantined", why: event.why };
    case "release":
      return life.name === "quarantined" ? INITIAL_LIFE : life;
    case "demand":
      return afterDemand(life, now);
    case "elapsed":
      return life.name === "backoff" && now >= life.until ? starting(life, "restart") : life;
    case "started":
      if (life.name !== "starting") return life;
      return { name: "ready", ...recordOf(life), since: now, probation: undefined };
    case "lost":
      return afterLoss(life, event.restart, policy, now, random);
    case "upgrade":
      return canUpgrade(life) ? { name: "upgrading", base: life } : life;
    case "promoted":
      if (life.name !== "upgrading") return life;
      // The crashes were those of another version.
      return { name: "ready", ...CLEAN, since: now, probation: now + event.probationMs };
    case "abandoned":
      return life.name === "upgrading" ? life.base : life;
  }
}

function canUpgrade(life: Life): life is Idle | Ready | Backoff | Open {
  return life.name === "idle" || life.name === "ready" || life.name === "backoff" || life.name === "open";
}

function recordOf({ crashes, openings }: Ledger): Ledger {
  return { crashes, openings };
}

function starting(record: Ledger, cause: StartCause): Starting {
  return { name: "starting", ...recordOf(record), cause };
}

function afterDemand(life: Exclude<Life, Closed>, now: number): Life {
  if (life.name === "idle") return starting(life, "demand");
  if (life.name === "open" && now >= life.until) return starting(life, "probe");
  if (life.name === "backoff" && !life.isWanted) return { ...life, isWanted: true };
  return life;
}

function afterLoss(
  life: Exclude<Life, Closed>,
  restart: boolean,
  policy: RestartPolicy,
  now: number,
  random: number,
): Life {
  if (life.name === "upgrading") {
    // The candidate is there to take over, and its failure brings this back.
    const { base } = life;
    return base.name === "ready" ? { ...life, base: afterCrash(base, restart, policy, now, random) } : life;
  }
  if (life.name !== "starting" && life.name !== "ready") return life;
  const isOnProbation = life.name === "ready" && life.probation !== undefined && now < life.probation;
  if (isOnProbation) return starting(life, "rollback");
  return afterCrash(life, restart, policy, now, random);
}

function afterCrash(
  life: Starting | Ready,
  restart: boolean,
  policy: RestartPolicy,
  now: number,
  random: number,
): Backoff | Open | Quarantined | Closed {
  const wasHealthy = life.name === "ready" && now - life.since >= policy.healthyMs;
  const before = wasHealthy ? CLEAN : life;
  const crashes = [...before.crashes.filter((at) => now - at < policy.windowMs), now].slice(-policy.maxCrashes);
  const openings = before.openings.filter((at) => now - at < policy.openingsWindowMs);
  if (!restart) return { name: "closed" };
  const isFailedProbe = life.name === "starting" && life.cause === "probe";
  if (isFailedProbe || crashes.length >= policy.maxCrashes) {
    openings.push(now);
    if (openings.length >= policy.maxOpenings)
      return { name: "quarantined", why: `its circuit opened ${openings.length} times` };
    return { name: "open", crashes, openings, until: now + policy.openMs };
  }
  const wait = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (crashes.length - 1));
  // Half fixed, half random, so that plugins that fell together do not start together.
  const until = now + wait / 2 + (wait / 2) * random;
  // Only a plugin that once ran is started again unasked; a failed start waits for the next call.
  return { name: "backoff", crashes, openings, until, isWanted: life.name === "ready" };
}
