// A script on a thread or in a process, watched -> a session that goes on in a new one each time the file is saved.
import type { Contract } from "@tenon/contract/core";
import type { CallContext, CloseReason, FunctionRef, Session } from "@tenon/host/driver";
import { watchFile } from "./watch.ts";

export interface WatchedOptions {
  readonly path: string;
  /** Opens the file as it is now. What it rejects with leaves the old one in place. */
  readonly open: () => Promise<Session>;
  readonly onLoaded: () => void;
  readonly onFailed: (thrown: unknown) => void;
}

/** Rejects as `open` does for the first one. */
export async function openWatched(options: WatchedOptions): Promise<Session> {
  return new WatchedSession(await options.open(), options);
}

/** One thread or process, and its calls that are not over. */
interface Generation {
  readonly session: Session;
  pending: number;
}

class WatchedSession implements Session {
  readonly contract: Contract;
  readonly closed: Promise<CloseReason>;
  readonly bindSync?: (func: FunctionRef) => (...args: unknown[]) => unknown;
  readonly #options: WatchedOptions;
  readonly #stopWatching: () => void;
  #current: Generation;
  /** Whose calls are not all over. */
  readonly #older = new Set<Generation>();
  #settle!: (reason: CloseReason) => void;
  /** Saves come one after another; each waits for the one before. */
  #reloading: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(first: Session, options: WatchedOptions) {
    this.#options = options;
    this.contract = first.contract;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    this.#current = this.#adopt(first);
    this.#stopWatching = watchFile(options.path, () => {
      this.#reloading = this.#reloading.then(() => this.#reload());
    });
    if (first.bindSync !== undefined)
      this.bindSync =
        (func) =>
        (...args) =>
          this.#current.session.bindSync!(func)(...args);
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const generation = this.#current;
    const out = Promise.resolve(generation.session.call(func, args, context));
    generation.pending++;
    return out.finally(() => {
      generation.pending--;
      this.#leaveIfIdle(generation);
    });
  }

  async close(): Promise<void> {
    this.#end();
    await Promise.all([this.#current, ...this.#older].map(({ session }) => session.close()));
  }

  terminate(why: string): void {
    this.#end();
    for (const { session } of [this.#current, ...this.#older]) session.terminate?.(why);
  }

  async #reload(): Promise<void> {
    if (this.#isOver) return;
    try {
      const session = await this.#options.open();
      if (this.#isOver) return void session.close();
      const old = this.#current;
      this.#older.add(old);
      this.#current = this.#adopt(session);
      this.#leaveIfIdle(old);
      this.#options.onLoaded();
    } catch (thrown) {
      this.#options.onFailed(thrown);
    }
  }

  /** The end of the one that is current is the end of all; an older one was let go. */
  #adopt(session: Session): Generation {
    const generation = { session, pending: 0 };
    void session.closed.then((reason) => {
      this.#older.delete(generation);
      if (this.#current !== generation) return;
      this.#end();
      this.#settle(reason);
    });
    return generation;
  }

  /** Calls end in the script that they began in. */
  #leaveIfIdle(generation: Generation): void {
    if (generation !== this.#current && generation.pending === 0) void generation.session.close();
  }

  #end(): void {
    this.#isOver = true;
    this.#stopWatching();
  }
}
