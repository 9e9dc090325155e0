// A plugin's health: a function of its contract that the supervisor asks now and then, and what it makes of the answers.
import { TenonError } from "@tenon/contract/core";
import { Cancellable, isThenable } from "./calls.ts";
import type { AnyDriver, FunctionRef, Session } from "./driver.ts";
import { patientTimeout } from "./patient-timeout.ts";
import type { ContractPlan } from "./plan.ts";
import type { Life } from "./supervisor.ts";

/**
 * How to ask a plugin whether it is well. That its process, thread or connection is gone every driver tells by itself;
 * this finds the plugin that is there and does not answer.
 */
export interface HealthPolicy {
  /** Path of an exported function without parameters. A throw, `false`, an error result, or no answer in time is a failure. */
  readonly probe: string;
  /** Between two questions; default 5,000. 0 asks only at `plugin.health()` and for an upgrade. */
  readonly everyMs?: number;
  /** For one answer; default 1,000, because a probe does no work. */
  readonly timeoutMs?: number;
  /** Failures in a row that end the session; default 3, because one may be a pause of the machine. */
  readonly failures?: number;
}

export interface ProbeReport {
  readonly isHealthy: boolean;
  /** `is well`, or a clause that says what it did instead. */
  readonly what: string;
  readonly tookMs: number;
  /** In a row, this one included. */
  readonly failures: number;
}

export interface HealthReport {
  readonly state: Life["name"];
  /** It serves, and answered its probe if it has one. */
  readonly isHealthy: boolean;
  /** Since its session is ready; 0 without one. */
  readonly upMs: number;
  /** Calls in flight or waiting for a start. */
  readonly pending: number;
  /** Crashes, and openings of its circuit, that still count. */
  readonly crashes: number;
  readonly openings: number;
  readonly lastError: TenonError | undefined;
  readonly probe: ProbeReport | undefined;
}

interface Owner {
  readonly id: string;
  readonly plan: ContractPlan;
  readonly driver: AnyDriver;
}

const DEFAULTS = { everyMs: 5000, timeoutMs: 1000, failures: 3 };

export class HealthMonitor {
  readonly #policy: Required<HealthPolicy>;
  readonly #func: FunctionRef;
  readonly #onUnhealthy: (session: Session, what: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #session: Session | undefined;
  #failures = 0;

  /** Throws `config-invalid` for a probe that the contract does not have. */
  constructor({ id, plan }: Owner, policy: HealthPolicy, onUnhealthy: (session: Session, what: string) => void) {
    this.#policy = { ...DEFAULTS, ...policy };
    this.#onUnhealthy = onUnhealthy;
    const func = plan.exports.find(({ path }) => path === policy.probe);
    if (func === undefined || func.function.params.length > 0) {
      const why = func === undefined ? "is no function of its contract" : "takes parameters";
      throw new TenonError("config-invalid", `the health probe ${policy.probe} of plugin ${id} ${why}`, {
        hint: "name an exported function without parameters",
        plugin: id,
      });
    }
    this.#func = func;
  }

  /** Asks `session` from now on, and no other; undefined for none. */
  watch(session: Session | undefined): void {
    if (session === this.#session) return;
    clearTimeout(this.#timer);
    this.#session = session;
    this.#failures = 0;
    if (session !== undefined) this.#schedule(session);
  }

  /** Asks once. Never rejects. */
  async probe(session: Session): Promise<ProbeReport> {
    const begin = performance.now();
    const failure = await this.#ask(session);
    const isWatched = session === this.#session;
    if (isWatched) this.#failures = failure === undefined ? 0 : this.#failures + 1;
    return {
      isHealthy: failure === undefined,
      what: failure ?? "is well",
      tookMs: performance.now() - begin,
      failures: isWatched ? this.#failures : failure === undefined ? 0 : 1,
    };
  }

  #schedule(session: Session): void {
    const { everyMs, failures } = this.#policy;
    if (everyMs <= 0) return;
    this.#timer = setTimeout(async () => {
      const report = await this.probe(session);
      if (session !== this.#session) return;
      if (report.failures >= failures) this.#onUnhealthy(session, `${report.what}, ${report.failures} times in a row`);
      else this.#schedule(session);
    }, everyMs);
    this.#timer.unref();
  }

  async #ask(session: Session): Promise<string | undefined> {
    const { probe, timeoutMs } = this.#policy;
    const context = new Cancellable(performance.now() + timeoutMs, undefined);
    let cancel = (): void => {};
    try {
      const answer = session.call(this.#func, [], context);
      if (!isThenable(answer)) return failureOf(probe, answer);
      const late = new Promise<string>((resolve) => {
        cancel = patientTimeout(timeoutMs, () => {
          resolve(`did not answer ${probe} within ${timeoutMs} ms`);
          context.cancel();
        });
      });
      return await Promise.race([answer.then((value) => failureOf(probe, value)), late]);
    } catch (thrown) {
      return `failed at ${probe}: ${TenonError.from(thrown, "plugin-trap").what}`;
    } finally {
      cancel();
    }
  }
}

function failureOf(probe: string, answer: unknown): string | undefined {
  const isError = typeof answer === "object" && answer !== null && (answer as { tag?: unknown }).tag === "err";
  return answer === false || isError ? `says at ${probe} that it is not well` : undefined;
}
