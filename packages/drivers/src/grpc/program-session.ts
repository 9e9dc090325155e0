// A program of ours and the one connection to it, as a session.
import type { Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { Broker } from "./broker.ts";
import { launchedDial } from "./channel.ts";
import { Connection } from "./connection.ts";
import { discard, removeFolder, type Launched } from "./launch.ts";
import type { Method } from "./methods.ts";
import { lossError, type Opening } from "./opening.ts";
import { readPluginStdio } from "./plugin-stdio.ts";

/** A process that closes its socket is usually about to exit, and its exit code says more. */
const EXIT_WAIT_MS = 250;

/** Connects to a program that runs; nothing is left of it when that fails. */
export async function openProgram(launched: Launched, opening: Opening): Promise<Session> {
  const { grpc, context } = opening;
  const { child } = launched;
  let session: ProgramSession | undefined;
  const onAbort = (): void => child.kill("SIGKILL");
  if (context.signal.aborted) onAbort();
  context.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const connection = await Connection.open({
      grpc,
      dial: launchedDial(grpc, launched),
      spoken: opening,
      pid: child.pid,
      onDialled: (client) => readPluginStdio(client, context.output),
      onStuck: (why) => session?.terminate(why),
      onLost: (reason) => void session?.lost(reason),
    });
    session = new ProgramSession(launched, connection, { ...connection.spoken, grpc });
    return session;
  } catch (thrown) {
    await discard(launched);
    throw context.signal.aborted ? context.signal.reason : thrown;
  } finally {
    context.signal.removeEventListener("abort", onAbort);
  }
}

class ProgramSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly contract: Contract;
  readonly #launched: Launched;
  readonly #connection: Connection;
  readonly #opening: Opening;
  /** Only programs that others wrote know of it; ours have the Attach stream. */
  readonly #broker: Broker | undefined;
  /** Why we ended it; undefined while it runs and when it ended by itself. */
  #cause: CloseReason | undefined;
  #closing: Promise<void> | undefined;

  constructor(launched: Launched, connection: Connection, opening: Opening) {
    this.#launched = launched;
    this.#connection = connection;
    this.#opening = opening;
    this.contract = opening.context.contract;
    const { grpc, context, imports, isForeign } = opening;
    if (isForeign) this.#broker = new Broker({ grpc, client: connection.client, launched, context, imports });
    this.closed = launched.child.ended.then((ended) => {
      const reason = {
        ...(this.#cause ?? { kind: "crashed" as const, what: ended.what, isExhausted: ended.isExhausted }),
        notes: ended.notes,
      };
      this.#broker?.close();
      connection.lose(lossError(reason, context.pluginId));
      removeFolder(launched.folder);
      return reason;
    });
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const method = this.#opening.exports[func.index]!;
    if (method.isBrokered || method.brokerFields.length > 0) return this.#callBrokered(method, args, context);
    return this.#connection.call(method, args, context);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  terminate(why: string): void {
    this.#end({ kind: "crashed", what: `was stopped: ${why}` });
  }

  async lost(reason: CloseReason): Promise<void> {
    // A breach is the reason whatever the process does now.
    if (reason.kind === "protocol") return this.#end(reason);
    const timer = new Promise((resolve) => setTimeout(resolve, EXIT_WAIT_MS).unref());
    await Promise.race([this.#launched.child.ended, timer]);
    this.#end(reason);
  }

  async #callBrokered(method: Method, args: readonly unknown[], context: CallContext): Promise<unknown> {
    const broker = this.#broker!;
    if (method.isBrokered) {
      const [id, ...rest] = args;
      return this.#connection.call(method, rest, context, await broker.dial(id as number));
    }
    const request = { ...(args[0] as Readonly<Record<string, unknown>>) };
    for (const key of method.brokerFields) if (request[key] === 0) request[key] = await broker.offer();
    return this.#connection.call(method, [request], context);
  }

  async #close(): Promise<void> {
    this.#cause ??= { kind: "closed", what: "was closed" };
    const { closeGraceMs } = this.#opening.context.limits;
    this.#broker?.close();
    void this.#connection.shutdown(closeGraceMs);
    await this.#launched.child.endWithin(closeGraceMs);
    await this.closed;
  }

  #end(cause: CloseReason): void {
    this.#cause ??= cause;
    this.#launched.child.kill("SIGKILL");
  }
}
