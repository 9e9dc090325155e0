// One plugin id that runs in one or many places: calls go round, a lost place is dialled again, and the session ends with the last one.
import { TenonError, type Contract } from "@tenon/contract/core";
import { contractMismatch } from "@tenon/host/driver";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { remoteCredentials } from "./channel.ts";
import { Connection } from "./connection.ts";
import { lossError, type Opening } from "./opening.ts";
import type { Plan } from "./options.ts";
import { resolveTarget } from "./resolve-target.ts";

type TargetPlan = Extract<Plan, { kind: "target" }>;

/** Between tries to reach the places that are missing; doubles up to the second figure while none comes back. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** Resolves when at least one place answers and speaks the contract; rejects with the first place's reason when none does. */
export async function openTarget(plan: TargetPlan, opening: Opening): Promise<Session> {
  const session = new TargetSession(plan, opening);
  const failures = await session.connectMissing();
  if (session.size > 0) return session;
  await session.close();
  const [first = new Error(`${plan.target} has no address`)] = failures;
  throw TenonError.from(first, "start-failed", { sideEffects: "none" });
}

class TargetSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly #plan: TargetPlan;
  /** What the first place that answered speaks: all others have to, or they are not called. */
  #opening: Opening;
  /** By address. */
  readonly #connections = new Map<string, Connection>();
  #order: readonly Connection[] = [];
  #next = 0;
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(plan: TargetPlan, opening: Opening) {
    this.#plan = plan;
    this.#opening = opening;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  get contract(): Contract {
    return this.#opening.context.contract;
  }

  /** Places that can be called. */
  get size(): number {
    return this.#order.length;
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const connection = this.#order[this.#next++ % this.#order.length];
    if (connection === undefined)
      throw lossError({ kind: "closed", what: "was closed" }, this.#opening.context.pluginId);
    return connection.call(this.#opening.exports[func.index]!, args, context);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed", what: "was closed" });
    await this.closed;
  }

  terminate(why: string): void {
    this.#end({ kind: "crashed", what: `was left: ${why}` });
  }

  /** Dials every place of the target that there is no connection to; returns why some could not be reached. */
  async connectMissing(): Promise<readonly unknown[]> {
    const { addresses, authority } = await resolveTarget(this.#plan.target);
    const missing = addresses.filter((address) => !this.#connections.has(address));
    const outcomes = await Promise.allSettled(missing.map((address) => this.#connect(address, authority)));
    if (outcomes.some(({ status }) => status === "rejected") && this.size > 0) this.#retryLater();
    return outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  }

  async #connect(address: string, authority: string): Promise<void> {
    const { grpc } = this.#opening;
    const { tls } = this.#plan;
    const connection: Connection = await Connection.open({
      grpc,
      dial: {
        target: address,
        credentials: remoteCredentials(grpc, tls),
        authority: tls === false ? authority : (tls.serverName ?? authority),
      },
      spoken: this.#opening,
      pid: undefined,
      onStuck: () => {},
      onLost: (reason) => this.#onLost(address, connection, reason),
    });
    if (this.#isClosed) return connection.leave(this.#closedError());
    this.#adopt(connection, address);
    this.#connections.set(address, connection);
    this.#order = [...this.#connections.values()];
  }

  /** Throws contract-mismatch for a place that speaks another contract than those before it. */
  #adopt(connection: Connection, address: string): void {
    const { spoken } = connection;
    if (this.size === 0 && spoken.context !== this.#opening.context) this.#opening = { ...this.#opening, ...spoken };
    const { contract } = this;
    const other = spoken.context.contract;
    if (other === contract) return;
    connection.leave(this.#closedError());
    throw contractMismatch(
      [contract],
      [other].map(({ id, digest }) => ({ id, digest })),
      `the plugin at ${address}`,
    );
  }

  #onLost(address: string, connection: Connection, { kind, what: why }: CloseReason): void {
    if (this.#connections.get(address) !== connection) return;
    this.#connections.delete(address);
    this.#order = [...this.#connections.values()];
    const what = `at ${address} ${why}`;
    connection.lose(lossError({ kind, what }, this.#opening.context.pluginId));
    if (this.#isClosed) return;
    if (this.size === 0) return this.#end({ kind, what });
    this.#opening.context.output.line("warn", `the plugin ${what}; ${this.size} more serve on`);
    this.#retryMs = FIRST_RETRY_MS;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    // Half of it at random, so that many hosts do not come back at one moment.
    this.#timer = setTimeout(() => void this.#retry(), this.#retryMs * (0.5 + Math.random() / 2));
    this.#timer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  async #retry(): Promise<void> {
    try {
      const failures = await this.connectMissing();
      if (failures.length === 0) this.#retryMs = FIRST_RETRY_MS;
    } catch {
      // The name cannot be looked up at the moment; the places that are there serve on.
      this.#retryLater();
    }
  }

  #end(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const error = lossError(reason, this.#opening.context.pluginId);
    for (const connection of this.#connections.values()) connection.leave(error);
    this.#connections.clear();
    this.#order = [];
    this.#settle(reason);
  }

  #closedError(): TenonError {
    return lossError({ kind: "closed", what: "was closed" }, this.#opening.context.pluginId);
  }
}
