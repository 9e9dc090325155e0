// One registered plugin: its session and its supervised life, from the first demand to the end.
import diagnostics from "node:diagnostics_channel";
import { TenonError, type Contract } from "@tenon/contract/core";
import type { Interceptor } from "./calls.ts";
import type { Deadlines } from "./deadlines.ts";
import type { AnyDriver, CloseReason, Driver, HostFunction, Limits, Session } from "./driver.ts";
import { Output, type LogEntry } from "./output.ts";
import { INITIAL_LIFE, nextLife, type Life, type LifeEvent, type RestartPolicy } from "./supervisor.ts";
import type { ContractPlan } from "./plan.ts";

/** What happened to a plugin, for operators; also published on `tenon:plugin`. */
export interface PluginEvent {
  readonly plugin: string;
  readonly boundary: string;
  readonly type: "started" | "crashed" | "start-failed" | "restarting" | "unavailable" | "closed";
  readonly what: string;
  readonly notes?: readonly string[];
}

export interface SlotOptions {
  readonly id: string;
  readonly contract: Contract;
  readonly plan: ContractPlan;
  readonly driver: AnyDriver;
  readonly artifact: unknown;
  readonly folder: string | undefined;
  readonly hostFunctions: readonly HostFunction[];
  readonly limits: Limits;
  readonly restart: RestartPolicy;
  readonly interceptors: readonly Interceptor[];
  readonly validate: boolean;
  readonly deadlines: Deadlines;
  readonly onLog: (entry: LogEntry) => void;
  readonly onEvent: (event: PluginEvent) => void;
}

const pluginChannel = diagnostics.channel("tenon:plugin");

export class Slot {
  readonly options: SlotOptions;
  /** Set exactly while the plugin is ready. */
  session: Session | undefined;
  /** Ends each call that is in flight or waits for a start, with the error it is given. */
  readonly inFlight: Set<(error: TenonError) => void> = new Set();
  #life: Life = INITIAL_LIFE;
  #starting: Promise<Session> | undefined;
  #abortStart: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastLoss: TenonError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SlotOptions) {
    this.options = options;
  }

  get state(): Life["name"] {
    return this.#life.name;
  }

  /** The session, started if need be. */
  ensure(): Promise<Session> {
    if (this.session !== undefined) return Promise.resolve(this.session);
    this.#apply({ type: "demand" });
    const life = this.#life;
    if (life.name === "starting") return (this.#starting ??= this.#open());
    if (life.name === "backoff") {
      const started = this.#afterBackoff(life.until);
      // Somebody waits now, so the program must not end before the restart.
      this.#timer?.ref();
      return started;
    }
    return Promise.reject(this.#refusal());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #open(): Promise<Session> {
    const { id, driver, contract, plan, limits, artifact, folder, hostFunctions } = this.options;
    const output = new Output(id, limits, this.options.onLog);
    const abort = (this.#abortStart = new AbortController());
    const timer = setTimeout(() => {
      abort.abort(
        new TenonError("start-failed", `plugin ${id} was not ready within ${limits.startMs} ms`, {
          hint: "raise limits.startMs, or read the plugin's output",
          plugin: id,
          boundary: driver.boundary,
          sideEffects: "none",
          notes: output.tail(),
        }),
      );
    }, limits.startMs);
    const opening = (driver as Driver<unknown>).open(artifact, {
      pluginId: id,
      folder,
      contract,
      exports: plan.exports,
      imports: plan.imports,
      hostFunctions,
      limits,
      signal: abort.signal,
      output,
    });
    try {
      const session = await raceAbort(opening, abort.signal);
      this.#ready(session);
      return session;
    } catch (thrown) {
      // A driver that resolves after its deadline would leak what it opened.
      void opening.then((late) => late.close()).catch(() => {});
      output.flush();
      const error = TenonError.from(thrown, "start-failed", {
        plugin: id,
        boundary: driver.boundary,
        sideEffects: "none",
      });
      this.#lost(error, "start-failed");
      throw error;
    } finally {
      clearTimeout(timer);
      this.#starting = undefined;
    }
  }

  #ready(session: Session): void {
    if (this.#life.name === "closed")
      throw new TenonError("session-closed", `plugin ${this.options.id} was closed while it started`);
    this.session = session;
    this.#apply({ type: "started" });
    this.#report({ type: "started", what: `plugin ${this.options.id} is ready` });
    void session.closed.then((reason) => this.#ended(session, reason));
  }

  #ended(session: Session, reason: CloseReason): void {
    if (this.session !== session) return;
    this.session = undefined;
    if (reason.kind === "closed" && this.#life.name === "closed") return;
    const { id, driver } = this.options;
    const code = reason.kind === "protocol" ? "protocol-error" : "plugin-crashed";
    this.#lost(
      new TenonError(code, `plugin ${id} ${reason.what}`, {
        plugin: id,
        boundary: driver.boundary,
        notes: reason.notes,
      }),
      "crashed",
    );
  }

  #lost(error: TenonError, type: "crashed" | "start-failed"): void {
    this.#lastLoss = error;
    // Drivers reject their own pending calls with more exact errors first; this is the net under them.
    if (type === "crashed") queueMicrotask(() => this.#giveUpAll(error));
    if (this.#life.name === "closed") return;
    this.#apply({ type: "lost", restart: this.options.driver.traits.restartable || type === "start-failed" });
    this.#report({ type, what: error.what, notes: error.notes });
    const life = this.#life as Life;
    if (life.name === "open")
      this.#report({ type: "unavailable", what: `plugin ${this.options.id} crashed too often` });
    // Only a plugin that once ran is started again unasked; a failed start waits for the next call.
    if (life.name === "backoff" && type === "crashed") this.#afterBackoff(life.until).catch(() => {});
  }

  #afterBackoff(until: number): Promise<Session> {
    return (this.#starting ??= new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, Math.max(0, until - performance.now()));
      this.#timer.unref();
    }).then(() => {
      this.#apply({ type: "elapsed" });
      if (this.#life.name !== "starting") throw this.#refusal();
      this.#report({ type: "restarting", what: `plugin ${this.options.id} is starting again` });
      return this.#open();
    }));
  }

  #giveUpAll(error: TenonError): void {
    for (const give of this.inFlight) give(error);
  }

  #refusal(): TenonError {
    const { id, driver } = this.options;
    const context = { plugin: id, boundary: driver.boundary, sideEffects: "none", cause: this.#lastLoss } as const;
    const life = this.#life;
    if (life.name !== "open") return new TenonError("session-closed", `plugin ${id} is closed`, context);
    const retryAfterMs = Math.max(0, Math.round(life.until - performance.now()));
    return new TenonError("unavailable", `plugin ${id} crashed ${life.crashes.length} times in a row`, {
      ...context,
      details: { retryAfterMs },
      notes: this.#lastLoss === undefined ? [] : [this.#lastLoss.message, ...this.#lastLoss.notes],
    });
  }

  #apply(event: LifeEvent): void {
    this.#life = nextLife(this.#life, event, this.options.restart, performance.now(), Math.random());
  }

  #report(event: Pick<PluginEvent, "type" | "what" | "notes">): void {
    const full: PluginEvent = { plugin: this.options.id, boundary: this.options.driver.boundary, ...event };
    if (pluginChannel.hasSubscribers) pluginChannel.publish(full);
    this.options.onEvent(full);
  }

  async #close(): Promise<void> {
    const session = this.session;
    const wasOpen = this.#life.name !== "closed";
    this.#apply({ type: "close" });
    clearTimeout(this.#timer);
    this.#abortStart?.abort(new TenonError("session-closed", `plugin ${this.options.id} was closed while it started`));
    this.session = undefined;
    if (session !== undefined) await session.close();
    if (this.inFlight.size > 0)
      this.#giveUpAll(new TenonError("session-closed", `plugin ${this.options.id} was closed during the call`));
    if (wasOpen) this.#report({ type: "closed", what: `plugin ${this.options.id} is closed` });
  }
}

/** `pending`, or the signal's reason as soon as it fires. */
function raceAbort<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // A turn later: a driver that rejects by then knows more of the reason, such as what the plugin printed instead.
    const onAbort = (): void => void setImmediate(() => reject(signal.reason as Error));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
