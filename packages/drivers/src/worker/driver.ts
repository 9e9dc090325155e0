// The `worker` boundary: a module in a thread of its own. Values cross as structured clones, those of synchronous calls as
// frames in shared memory, and loops can be ended.
import { MessageChannel, Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { chooseContract, offersOf, speaking } from "@tenon/host/driver";
import type { Driver, DriverTraits, OpenContext, Session, Stamp } from "@tenon/host/driver";
import { descriptorsExhausted, threadsExhausted } from "../_process/exhausted.ts";
import { readStarted, type Start, type Started } from "./bootstrap.ts";
import { createMemory } from "./memory.ts";
import { specifierOf, threadOptions, type WorkerArtifact } from "./options.ts";
import { WorkerSession, within } from "./session.ts";
import { Thread } from "./thread.ts";

/** Not a security boundary: the plugin has all of Node, and what it does there nobody stops. */
const traits: DriverTraits = {
  encoding: "structured-clone",
  isolation: "thread",
  syncCalls: true,
  hostCallbacks: true,
  resources: false,
  streams: false,
  cancellation: "terminate",
  restartable: true,
  enforcement: {
    fs: "none",
    net: "none",
    // `process.env` is empty, but the file system has it all (/proc/self/environ).
    env: "advisory",
    clock: "none",
    random: "none",
    subprocess: "none",
    "host-functions": "enforced",
    "cpu-deadline": "enforced",
    // The JavaScript heap only; ArrayBuffers and WebAssembly memory are not counted.
    memory: "advisory",
    "output-size": "enforced",
  },
};

export const workerDriver: Driver<WorkerArtifact> = { boundary: "worker", traits, open };

/** Far longer than our own modules take to load on a machine that has other things to do. */
const OWN_MODULES_MS = 20_000;

/** Beside this file, with the extension that this file has itself. */
const GUEST = new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

async function open(artifact: WorkerArtifact, context: OpenContext): Promise<Session> {
  context.signal.throwIfAborted();
  checkArtifact(artifact);
  const thread = new Thread(startWorker(artifact, context));
  const memory = createMemory();
  const { port1: port, port2: guestPort } = new MessageChannel();
  const { port1: bell, port2: guestBell } = new MessageChannel();
  const { port1: output, port2: guestOutput } = new MessageChannel();
  const session = new WorkerSession({ context, thread, memory, port, bell, output });
  const start: Start = {
    memory,
    port: guestPort,
    bell: guestBell,
    output: guestOutput,
    offers: offersOf(context),
    module: specifierOf(artifact.module),
    maxMessageBytes: context.limits.maxMessageBytes,
    maxPendingCalls: context.limits.maxPendingCalls,
  };
  thread.worker.postMessage(start, [guestPort, guestBell, guestOutput]);
  const { begun, loading } = started(thread, (stamp) =>
    session.speak(speaking(context, chooseContract(offersOf(context), [stamp], "the plugin"))),
  );
  try {
    await orAborted(loading, context.signal);
    session.ready();
    return session;
  } catch (thrown) {
    // A thread that is ended while it reads its modules leaves their files open in the host (seen on Node 20 and 24). Ours
    // come to an end. A plugin's may loop, and one that was given all its time is ended at once.
    await within(OWN_MODULES_MS, begun);
    if ((thrown as TenonError).code !== "start-failed") await within(context.limits.closeGraceMs, loading);
    await session.close();
    throw thrown;
  }
}

/** `parentPort` belongs to the driver: what a plugin posts there would be read as its answer. */
function strayMessage(): TenonError {
  return new TenonError("handshake-failed", "the plugin posted a message of its own to parentPort while it loaded", {
    hint: "call host functions instead, or use a BroadcastChannel",
    sideEffects: "none",
  });
}

function checkArtifact({ module, env }: WorkerArtifact): void {
  if (typeof module !== "string" && !(module instanceof URL)) {
    throw new TenonError(
      "config-invalid",
      `artifact.module of a worker must be a path or a URL, not ${typeof module}`,
      {
        hint: "put the plugin in a module of its own, or use the import boundary",
        sideEffects: "none",
      },
    );
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    if (typeof value !== "string")
      throw new TenonError("config-invalid", `artifact.env.${name} is not a string`, { sideEffects: "none" });
  }
}

function startWorker(artifact: WorkerArtifact, context: OpenContext): Worker {
  try {
    return new Worker(GUEST, threadOptions(artifact, context));
  } catch (thrown) {
    throw (
      threadsExhausted(thrown) ??
      TenonError.from(thrown, "config-invalid", {
        hint: "mend workerData, env or execArgv of the artifact",
        sideEffects: "none",
      })
    );
  }
}

interface Starting {
  /** The thread has loaded what is ours, or has ended. */
  readonly begun: Promise<unknown>;
  /** Resolves when the plugin is made; rejects with its failure, with what `onSpeaks` throws or with the end of the thread. */
  readonly loading: Promise<void>;
}

function started(thread: Thread, onSpeaks: (stamp: Stamp) => void): Starting {
  let begin!: () => void;
  const begun = Promise.race([new Promise<void>((resolve) => (begin = resolve)), thread.ended]);
  const loading = new Promise<void>((resolve, reject) => {
    let due: Started["tenon"] = "begun";
    const settle = (end: () => void): void => {
      thread.worker.off("message", onMessage);
      end();
    };
    const onMessage = (message: unknown): void => {
      const answer = readStarted(message);
      if (answer?.tenon === "failed") return settle(() => reject(TenonError.fromJSON(answer.error)));
      if (answer?.tenon !== due) return settle(() => reject(strayMessage()));
      if (answer.tenon === "ready") return settle(resolve);
      due = answer.tenon === "begun" ? "speaks" : "ready";
      if (answer.tenon === "begun") return begin();
      try {
        onSpeaks(answer);
      } catch (thrown) {
        settle(() => reject(thrown));
      }
    };
    thread.worker.on("message", onMessage);
    void thread.ended.then(({ what, notes, cause }) =>
      settle(() =>
        reject(
          descriptorsExhausted(cause, "start the thread of the plugin") ??
            new TenonError("start-failed", `the plugin ${what} before it was ready`, { notes, sideEffects: "none" }),
        ),
      ),
    );
  });
  return { begun, loading };
}

/** `pending`, or the signal's reason as soon as it fires. */
function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
