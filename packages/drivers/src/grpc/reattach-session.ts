// A go-plugin process that another host started -> a session on it. A process id that now belongs to somebody else is never touched.
import { lstatSync } from "node:fs";
import process from "node:process";
import { TenonError, type Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { launchedDial } from "./channel.ts";
import { Connection } from "./connection.ts";
import { lossError, type Opening } from "./opening.ts";
import type { GrpcReattachArtifact, Plan } from "./options.ts";
import { killIfSame, startTimeOf } from "../_process/identity.ts";

type Reattach = GrpcReattachArtifact["reattach"];

const POLL_MS = 10;

/** Rejects with start-failed where the process or its socket is not what the artifact says. */
export async function openReattached(plan: Extract<Plan, { kind: "reattach" }>, opening: Opening): Promise<Session> {
  const { reattach } = plan;
  const startTime = checkProcess(reattach);
  checkSocket(reattach);
  const { grpc } = opening;
  let session: ReattachedSession | undefined;
  const connection = await Connection.open({
    grpc,
    // go-plugin has no TLS for processes that are attached to: the other host has their keys.
    dial: launchedDial(grpc, { target: `unix:${reattach.address}`, tls: undefined }),
    spoken: opening,
    pid: reattach.keepRunning === true ? undefined : reattach.pid,
    onStuck: (why) => session?.terminate(why),
    onLost: (reason) => session?.end(reason),
  });
  return (session = new ReattachedSession(reattach, startTime, connection, { ...connection.spoken, grpc }));
}

function checkProcess({ pid, startTime }: Reattach): number | undefined {
  const started = startTimeOf(pid);
  const isUnknown = started === undefined && process.platform === "linux";
  if (!isUnknown && (startTime === undefined || started === startTime)) return started;
  const what = isUnknown ? `process ${pid} is gone` : `process ${pid} is not the one that was started then`;
  throw new TenonError("start-failed", `${what}; nothing was attached to`, {
    hint: "start the plugin again and take its new reattach configuration",
    sideEffects: "none",
  });
}

function checkSocket({ address }: Reattach): void {
  const stat = lstatSync(address, { throwIfNoEntry: false });
  if (stat?.isSocket() === true && stat.uid === process.getuid?.()) return;
  throw new TenonError("start-failed", `${address} is no socket of this user`, {
    hint: "take the address from the plugin's reattach configuration",
    sideEffects: "none",
  });
}

class ReattachedSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly contract: Contract;
  readonly #reattach: Reattach;
  readonly #startTime: number | undefined;
  readonly #connection: Connection;
  readonly #opening: Opening;
  #settle!: (reason: CloseReason) => void;
  #closing: Promise<void> | undefined;

  constructor(reattach: Reattach, startTime: number | undefined, connection: Connection, opening: Opening) {
    this.#reattach = reattach;
    this.#startTime = startTime;
    this.#connection = connection;
    this.#opening = opening;
    this.contract = opening.context.contract;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    return this.#connection.call(this.#opening.exports[func.index]!, args, context);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  terminate(why: string): void {
    if (this.#reattach.keepRunning !== true) killIfSame(this.#reattach.pid, this.#startTime, "SIGKILL");
    this.end({ kind: "crashed", what: `was stopped: ${why}` });
  }

  end(reason: CloseReason): void {
    this.#connection.lose(lossError(reason, this.#opening.context.pluginId));
    this.#settle(reason);
  }

  async #close(): Promise<void> {
    const reason: CloseReason = { kind: "closed", what: "was closed" };
    const { pid, keepRunning } = this.#reattach;
    if (keepRunning !== true) {
      const { closeGraceMs } = this.#opening.context.limits;
      const until = performance.now() + closeGraceMs;
      await this.#connection.shutdown(closeGraceMs);
      while (performance.now() < until && startTimeOf(pid) === this.#startTime && this.#startTime !== undefined)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      killIfSame(pid, this.#startTime, "SIGKILL");
    }
    this.end(reason);
    await this.closed;
  }
}
