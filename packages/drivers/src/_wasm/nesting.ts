// A session on another thread whose guest waits for each host function -> one that knows recursion from other calls.
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallContext, HostFunction, OpenContext, Session } from "@tenon/host/driver";

/** A host function that runs, and those around it: of other guests, in whose calls this one was called. */
interface Running {
  readonly owner: object;
  isWaitedFor: boolean;
  readonly around: Running | undefined;
}

/** One for all sessions: what each costs Node, every promise of the process pays. */
const running = new AsyncLocalStorage<Running>();

/**
 * Calls from within a host function that the guest waits for are marked as nested, by the asynchronous context of that
 * function, and the guest answers them at once: it is entered anew, or refuses. All others wait in the guest's thread, in
 * their order, until it is idle. Without the marks every call during a host function would be taken for recursion.
 */
export async function openMarked(
  context: OpenContext,
  open: (context: OpenContext) => Promise<Session>,
): Promise<Session> {
  if (context.imports.length === 0) return await open(context);
  const owner = {};
  const hostFunctions = context.hostFunctions.map((call) => marked(owner, call));
  const session = await open({ ...context, hostFunctions });
  const { terminate, bindSync } = session;
  return {
    contract: session.contract,
    closed: session.closed,
    call: (func, args, call) => session.call(func, args, new MarkedContext(call, call.isNested ?? isWithin(owner))),
    close: () => session.close(),
    ...(terminate !== undefined && { terminate: (why: string) => terminate.call(session, why) }),
    ...(bindSync !== undefined && { bindSync: (func) => bindSync.call(session, func) }),
  };
}

function marked(owner: object, call: HostFunction): HostFunction {
  return (...args) => {
    const own: Running = { owner, isWaitedFor: true, around: running.getStore() };
    const end = (): void => void (own.isWaitedFor = false);
    let out: unknown;
    try {
      out = running.run(own, () => call(...args));
    } catch (thrown) {
      end();
      throw thrown;
    }
    if (typeof (out as PromiseLike<unknown> | null | undefined)?.then === "function")
      (out as PromiseLike<unknown>).then(end, end);
    else end();
    return out;
  };
}

function isWithin(owner: object): boolean {
  for (let one = running.getStore(); one !== undefined; one = one.around)
    if (one.owner === owner && one.isWaitedFor) return true;
  return false;
}

class MarkedContext implements CallContext {
  readonly #call: CallContext;
  readonly isNested: boolean;

  constructor(call: CallContext, isNested: boolean) {
    this.#call = call;
    this.isNested = isNested;
  }

  get deadline(): number | undefined {
    return this.#call.deadline;
  }

  get signal(): AbortSignal | undefined {
    return this.#call.signal;
  }

  get trace(): string | undefined {
    return this.#call.trace;
  }

  get onCancel(): CallContext["onCancel"] {
    const { onCancel } = this.#call;
    return onCancel === undefined ? undefined : (listener) => onCancel.call(this.#call, listener);
  }
}
