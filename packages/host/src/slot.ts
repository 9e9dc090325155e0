// One registered plugin: its session and its supervised life, from the first demand to the end.
import { TenonError, type ErrorCode, type SideEffects } from "@tenon/contract/core";
import { Candidate } from "./candidate.ts";
import type { CloseReason, Session } from "./driver.ts";
import { publish, type PluginEvent } from "./events.ts";
import { HealthMonitor, type HealthReport } from "./health.ts";
import { InFlight } from "./in-flight.ts";
import { LeavingSessions, terminate, type Leaving } from "./leaving.ts";
import { fallOf, lossOf } from "./loss.ts";
import { Opening } from "./opening.ts";
import { refusalOf } from "./refusal.ts";
import type { SlotOptions, UpgradeTimes, Version } from "./slot-options.ts";
import { INITIAL_LIFE, nextLife, wakesAt, type Life, type LifeEvent } from "./supervisor.ts";
import { Waiters } from "./waiters.ts";

export class Slot {
  options: SlotOptions;
  /** Set exactly while the plugin serves. */
  session: Session | undefined;
  /** The calls of the session that there is, or that is coming. */
  calls: InFlight;
  /** Told after the session or the version has changed. */
  changed: () => void = () => {};
  #life: Life = INITIAL_LIFE;
  #opening: Opening | undefined;
  #candidate: Candidate | undefined;
  #waiters: Waiters | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastLoss: TenonError | undefined;
  #readySince = 0;
  #previous: Version | undefined;
  readonly #leaving: LeavingSessions;
  /** A session that was put away by force, before which no other may open. */
  #ending: Promise<void> | undefined;
  #refusalCode: ErrorCode = "session-closed";
  #draining: Promise<number> | undefined;
  #closing: Promise<void> | undefined;
  readonly #monitor: HealthMonitor | undefined;

  constructor(options: SlotOptions) {
    this.options = options;
    this.calls = new InFlight(options.tally);
    this.#leaving = new LeavingSessions(options.id);
    const { health } = options;
    if (health === undefined) return;
    this.#monitor = new HealthMonitor(options, health, (session, what) => this.#unhealthy(session, what));
  }

  get state(): Life["name"] {
    return this.#life.name;
  }

  /** Calls that wait for this plugin, those of a version that is leaving too. */
  get pending(): number {
    return this.calls.size + this.#leaving.pending;
  }

  /** The session, started if need be. */
  ensure(): Promise<Session> {
    if (this.session !== undefined) return Promise.resolve(this.session);
    this.#apply({ type: "demand" });
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    // Somebody waits now, so the program must not end before the restart.
    this.#timer?.ref();
    return (this.#waiters ??= new Waiters()).promise;
  }

  async health(): Promise<HealthReport> {
    const { session } = this;
    const probe = session === undefined ? undefined : await this.#monitor?.probe(session);
    const life = this.#life;
    return {
      state: life.name,
      isHealthy: this.session !== undefined && probe?.isHealthy !== false,
      upMs: this.session === undefined ? 0 : performance.now() - this.#readySince,
      pending: this.pending,
      crashes: "crashes" in life ? life.crashes.length : 0,
      openings: "openings" in life ? life.openings.length : 0,
      lastError: this.#lastLoss,
      probe,
    };
  }

  /** Takes no new calls, waits for those in flight and closes. Resolves with how many had to be given up. */
  drain(deadlineMs: number, code: ErrorCode): Promise<number> {
    return (this.#draining ??= this.#drain(deadlineMs, code));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Ends every session now, without waiting for any of it; for a host that is about to end itself. */
  terminate(why: string): void {
    this.#leaving.terminateAll(why);
    if (this.session !== undefined) terminate(this.session, why);
    void this.close();
  }

  quarantine(why: string): void {
    const { state } = this;
    if (state === "quarantined" || state === "draining" || state === "closed") return;
    const left = this.#retire();
    this.#apply({ type: "quarantine", why });
    this.#report({ type: "quarantined", what: `plugin ${this.options.id} is quarantined: ${why}` });
    if (left === undefined) return;
    left.calls.giveUp(this.#refusal("unknown")!);
    this.#ending = this.#leaving.end(left).finally(() => (this.#ending = undefined));
  }

  release(): void {
    if (this.#life.name !== "quarantined") return;
    this.#apply({ type: "release" });
    this.#lastLoss = undefined;
    this.#report({ type: "released", what: `plugin ${this.options.id} may start again` });
  }

  /** Opens `next` beside the present session and lets it take over. Rejects with `upgrade-failed`; then nothing changed. */
  async upgrade(next: Version, { probationMs, drainMs }: UpgradeTimes): Promise<number> {
    while (this.#life.name === "starting") await (this.#waiters ??= new Waiters()).promise.catch(() => {});
    const { id } = this.options;
    if (this.#life.name === "upgrading")
      throw this.#upgradeFailed(`an upgrade of plugin ${id} is under way`, { hint: "await it before the next one" });
    this.#apply({ type: "upgrade" });
    if (this.state !== "upgrading") throw this.#refusal()!;
    const candidate = (this.#candidate = new Candidate({ ...this.options, ...next }));
    const opened = await this.#openCandidate(candidate, next);
    const old = this.#retire();
    this.#previous = this.options;
    this.options = { ...this.options, ...next };
    this.#leaving.delete(opened);
    this.#adopt(opened.session, { type: "promoted", probationMs });
    this.#report({ type: "upgraded", what: `plugin ${id} was upgraded on boundary ${next.driver.boundary}` });
    if (old === undefined) return 0;
    const givenUp = await old.calls.idle(drainMs);
    await this.#leaving.end(old);
    return givenUp;
  }

  /** A candidate that is healthy, or nothing of it is left. */
  async #openCandidate(candidate: Candidate, next: Version): Promise<Leaving> {
    const { id } = this.options;
    try {
      const opened = await candidate.proven(this.#leaving, this.#monitor);
      if (this.#candidate === candidate) return opened;
      await this.#leaving.end(opened);
      throw new TenonError("cancelled", "the upgrade was given up");
    } catch (thrown) {
      const cause = TenonError.from(thrown, "start-failed");
      if (this.#candidate !== candidate) throw this.#refusal() ?? cause;
      this.#candidate = undefined;
      this.#apply({ type: "abandoned" });
      const what = `the new version of plugin ${id} did not become healthy: ${cause.what}`;
      this.#report({ type: "upgrade-failed", what, notes: cause.notes });
      this.#reportFall();
      throw this.#upgradeFailed(what, { cause, notes: cause.notes, boundary: next.driver.boundary });
    } finally {
      if (this.#candidate === candidate) this.#candidate = undefined;
    }
  }

  #upgradeFailed(what: string, more: ConstructorParameters<typeof TenonError>[2]): TenonError {
    const { id, driver } = this.options;
    return new TenonError("upgrade-failed", what, {
      plugin: id,
      boundary: driver.boundary,
      sideEffects: "none",
      ...more,
    });
  }

  async #open(): Promise<void> {
    // Replaced by every transition: whoever finds another one here comes too late.
    const life = this.#life;
    if (this.#ending !== undefined) await this.#ending;
    if (this.#life !== life) return;
    const opening = (this.#opening = new Opening(this.options));
    try {
      const session = await opening.session;
      if (this.#life === life) this.#adopt(session, { type: "started" });
      else await session.close();
    } catch (thrown) {
      if (this.#life === life) this.#lost(TenonError.from(thrown, "start-failed"), "start-failed");
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  #adopt(session: Session, event: LifeEvent): void {
    this.session = session;
    this.#readySince = performance.now();
    this.#apply(event);
    const { calls } = this;
    void session.closed.then((reason) => this.#ended(session, calls, reason));
    this.#change();
    this.#waiters?.resolve(session);
    this.#waiters = undefined;
    if (event.type === "started") this.#report({ type: "started", what: `plugin ${this.options.id} is ready` });
  }

  /** Takes the session out of service. Its calls go with it. */
  #retire(): Leaving | undefined {
    const { session, calls } = this;
    if (session === undefined) return undefined;
    this.session = undefined;
    this.calls = new InFlight(this.options.tally);
    const left = this.#leaving.add(session, calls);
    this.#change();
    return left;
  }

  #ended(session: Session, calls: InFlight, reason: CloseReason): void {
    const error = lossOf(reason, this.options);
    if (this.session === session) {
      this.session = undefined;
      this.calls = new InFlight(this.options.tally);
      this.#change();
      this.#lost(error, "crashed", calls);
    } else if (reason.kind !== "closed") queueMicrotask(() => calls.giveUp(error));
  }

  #unhealthy(session: Session, what: string): void {
    if (this.session !== session) return;
    const full = `plugin ${this.options.id} ${what}`;
    this.#report({ type: "unhealthy", what: full });
    if (session.terminate !== undefined) return session.terminate(what);
    // Nothing can end it; it is let go, and what it does to the end it does without us.
    const left = this.#retire()!;
    this.#lost(lossOf({ kind: "crashed", what }, this.options), "crashed", left.calls);
    void this.#leaving.end(left);
  }

  #lost(error: TenonError, type: "crashed" | "start-failed", calls: InFlight = this.calls): void {
    this.#lastLoss = error;
    const { driver } = this.options;
    const blame = calls.blame();
    if (type === "crashed") {
      // Drivers reject their own pending calls with more exact errors first; this is the net under them.
      queueMicrotask(() => calls.giveUp(error));
    } else {
      this.#waiters?.reject(error);
      this.#waiters = undefined;
    }
    const upMs = type === "crashed" ? performance.now() - this.#readySince : 0;
    const { boundary } = driver;
    this.#apply({ type: "lost", restart: driver.traits.restartable || type === "start-failed" });
    const life = this.#life;
    const crash = { code: error.code, upMs, ...blame, next: life.name };
    this.#report({ type, what: error.what, notes: error.notes, crash, boundary });
    this.#reportFall();
  }

  /** Where a loss has led, if it is more than a wait. */
  #reportFall(): void {
    const fall = fallOf(this.#life, this.options.id);
    if (fall !== undefined) this.#report(fall);
  }

  #apply(event: LifeEvent): void {
    const before = this.#life;
    const life = (this.#life = nextLife(before, event, this.options.restart, performance.now(), Math.random()));
    if (life === before) return;
    this.#arm(wakesAt(life));
    const refusal = this.#refusal();
    if (refusal !== undefined) this.#giveUpStarts(refusal);
    if (life.name === "starting") {
      if (life.cause === "rollback") this.#rollBack();
      else if (life.cause === "restart")
        this.#report({ type: "restarting", what: `plugin ${this.options.id} is starting again` });
      void this.#open();
    } else if (this.#waiters !== undefined && refusal === undefined && event.type === "abandoned") {
      // They waited for the candidate; the version before has to serve them after all.
      this.#apply({ type: "demand" });
    }
  }

  #giveUpStarts(refusal: TenonError): void {
    this.#waiters?.reject(refusal);
    this.#waiters = undefined;
    this.#opening?.abort(refusal);
    this.#candidate?.abort(refusal);
    this.#candidate = undefined;
  }

  #arm(at: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at === undefined) return;
    // Rounded up: a timer that comes a fraction too early would be of no effect.
    const wait = Math.ceil(Math.max(0, at - performance.now())) + 1;
    this.#timer = setTimeout(() => this.#apply({ type: "elapsed" }), wait);
    if (this.#waiters === undefined) this.#timer.unref();
  }

  #rollBack(): void {
    this.options = { ...this.options, ...this.#previous! };
    this.#previous = undefined;
    this.#change();
  }

  #change(): void {
    this.#monitor?.watch(this.session);
    this.changed();
  }

  #refusal(sideEffects: SideEffects = "none"): TenonError | undefined {
    const { id, driver } = this.options;
    const context = { plugin: id, boundary: driver.boundary, sideEffects, cause: this.#lastLoss };
    return refusalOf(this.#life, this.#refusalCode, context);
  }

  #report(event: Omit<PluginEvent, "plugin" | "boundary"> & { readonly boundary?: string }): void {
    const { id, driver, onEvent } = this.options;
    publish({ plugin: id, boundary: driver.boundary, ...event }, onEvent);
  }

  async #drain(deadlineMs: number, code: ErrorCode): Promise<number> {
    if (this.#life.name === "closed") return 0;
    const until = performance.now() + deadlineMs;
    this.#refusalCode = code;
    this.#retire();
    this.#apply({ type: "drain" });
    this.#report({ type: "draining", what: `plugin ${this.options.id} takes no new calls` });
    const givenUp = await this.#leaving.idle(until - performance.now());
    await this.close();
    return givenUp;
  }

  async #close(): Promise<void> {
    const wasOpen = this.#life.name !== "closed";
    this.#retire();
    this.#apply({ type: "close" });
    await this.#leaving.endAll();
    await this.#ending;
    if (wasOpen) this.#report({ type: "closed", what: `plugin ${this.options.id} is closed` });
  }
}
