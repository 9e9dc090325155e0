// The `stdio` boundary: a child process that speaks frames or JSON-RPC over its standard input and output.
import { TenonError, type Contract } from "@tenon/contract/core";
import type {
  CallContext,
  CloseReason,
  Driver,
  DriverTraits,
  FunctionRef,
  OpenContext,
  Session,
} from "@tenon/host/driver";
import { ByteSession } from "@tenon/host/wire";
import { Child } from "../_process/child.ts";
import { readCommand } from "../_process/command.ts";
import { confined, type Shown } from "../_process/sandbox/confine.ts";
import type { StdioArtifact } from "./options.ts";

const traits: DriverTraits = {
  encoding: "bytes",
  isolation: "process",
  syncCalls: false,
  hostCallbacks: true,
  resources: false,
  streams: false,
  cancellation: "terminate",
  restartable: true,
  takesSandbox: true,
  enforcement: {
    fs: "sandbox",
    net: "sandbox",
    env: "sandbox",
    clock: "none",
    random: "none",
    subprocess: "sandbox",
    "host-functions": "enforced",
    "cpu-deadline": "enforced",
    memory: "sandbox",
    "output-size": "enforced",
  },
};

/** What the greeting tells the plugin of the host. */
const HOST_NAME = "tenon/0.1.0";
/** A process that closes its pipes is usually about to exit, and its exit code says more. */
const EXIT_WAIT_MS = 250;

export const stdioDriver: Driver<StdioArtifact> = { boundary: "stdio", traits, open };

/** What other boundaries say of a process that they have here; an artifact cannot. */
export interface OwnProcess {
  readonly shown?: Shown;
  /** Takes what it tells beside its answers. */
  readonly onNote?: ((text: string) => void) | undefined;
}

async function open(
  artifact: StdioArtifact,
  context: OpenContext,
  { shown, onNote }: OwnProcess = {},
): Promise<Session> {
  const command = readCommand(artifact, context.granted);
  if (context.signal.aborted) throw context.signal.reason as Error;
  const child = await Child.start(confined(command, context, shown), context.output);
  const session = new StdioSession(child, context, onNote);
  const onAbort = (): void => session.abandon(context.signal.reason);
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener("abort", onAbort, { once: true });
  try {
    await session.ready();
    return session;
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    child.kill("SIGKILL");
    const { notes } = await child.ended;
    throw TenonError.from(thrown, "start-failed", { notes });
  } finally {
    context.signal.removeEventListener("abort", onAbort);
  }
}

class StdioSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly #child: Child;
  readonly #bytes: ByteSession;
  readonly #context: OpenContext;
  /** Why we ended it; undefined while it runs and when it ended by itself. */
  #cause: CloseReason | undefined;
  #abandoned: TenonError | undefined;
  #closing: Promise<void> | undefined;

  constructor(child: Child, context: OpenContext, onNote: OwnProcess["onNote"]) {
    this.#child = child;
    this.#context = context;
    this.#bytes = new ByteSession({
      source: child.stdout,
      sink: child.stdin,
      context,
      host: HOST_NAME,
      onBroken: (reason) => void this.#onBroken(reason),
      onNote,
    });
    this.closed = child.ended.then((ended) => {
      const { what, isExhausted } = ended;
      const reason = this.#cause ?? { kind: "crashed", what, isExhausted };
      const withTail = { ...reason, notes: ended.notes };
      this.#bytes.lose(withTail);
      return withTail;
    });
  }

  get contract(): Contract {
    return this.#bytes.contract;
  }

  async ready(): Promise<void> {
    await this.#bytes.ready.catch((error: unknown) => {
      throw this.#abandoned ?? error;
    });
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    return this.#bytes.call(func, args, context);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  terminate(why: string): void {
    this.#end({ kind: "crashed", what: `was stopped: ${why}` });
  }

  /** Gives up a start: the deadline passed, or the host closes the plugin. */
  abandon(reason: unknown): void {
    const error = TenonError.from(reason, "start-failed");
    const { hint, notes, plugin, boundary } = error;
    const said = error.code === "start-failed" ? this.#bytes.saidSoFar() : "";
    this.#abandoned = new TenonError(error.code, `${error.what}${said}`, {
      hint,
      notes,
      plugin,
      boundary,
      sideEffects: "none",
    });
    this.#end({ kind: "closed", what: "was given up while it started" });
    this.#bytes.lose({ kind: "closed", what: "was given up while it started" });
  }

  async #close(): Promise<void> {
    this.#cause ??= { kind: "closed", what: "was closed" };
    this.#bytes.finish();
    await this.#child.endWithin(this.#context.limits.closeGraceMs);
    await this.closed;
  }

  async #onBroken(reason: CloseReason): Promise<void> {
    if (this.#cause !== undefined) return;
    if (reason.what.startsWith("closed")) {
      const timer = new Promise((resolve) => setTimeout(resolve, EXIT_WAIT_MS).unref());
      await Promise.race([this.#child.ended, timer]);
    }
    this.#end(reason);
  }

  #end(cause: CloseReason): void {
    this.#cause ??= cause;
    this.#child.kill("SIGKILL");
  }
}
