// Requests to rewrite and compile -> a thread that does it, kept for a while: its code is hot by the second one.
import { Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted, threadsExhausted } from "../_process/exhausted.ts";
import type { Prepared, PrepareRequest, Rewritten } from "./prepare-here.ts";

/** What the thread is asked: with `isKept`, for what it compiled as well. */
export type ThreadRequest = PrepareRequest & { readonly isKept: boolean };
export interface ThreadOutcome {
  readonly prepared: Prepared;
  readonly rewritten?: Rewritten;
}
export type ThreadAnswer = ThreadOutcome | { readonly error: ReturnType<TenonError["toJSON"]> };

/** A thread takes as long to start, and to warm up, as the work of a large module; hosts load their plugins in a row. */
const KEPT_MS = 1_000;

/** Beside this file, with the extension that this file has itself. */
const THREAD = new URL(`./worker-prepare${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

interface Idle {
  readonly worker: Worker;
  readonly timer: NodeJS.Timeout;
  readonly onEnd: () => void;
}
let idle: Idle | undefined;

/** `abort` ends the thread, and the promise with it. */
export function prepareInThread(
  request: PrepareRequest,
  isKept: boolean,
): { outcome: Promise<ThreadOutcome>; abort: () => void } {
  const worker = takeIdle() ?? startThread();
  const outcome = new Promise<ThreadOutcome>((resolve, reject) => {
    const onError = (thrown: unknown): void =>
      reject(
        descriptorsExhausted(thrown, "start a thread that compiles") ??
          TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" }),
      );
    const onExit = (): void =>
      reject(new TenonError("start-failed", "compiling the module was given up", { sideEffects: "none" }));
    worker.once("message", (answer: ThreadAnswer) => {
      worker.off("error", onError).off("exit", onExit);
      keep(worker);
      if ("error" in answer) reject(TenonError.fromJSON(answer.error));
      else resolve(answer);
    });
    worker.once("error", onError);
    worker.once("exit", onExit);
  });
  // A copy that is handed over: the bytes are the caller's, and a message would copy them more than once. What `slice` gives is
  // a copy of an array, but the very bytes of a Buffer.
  const bytes = new Uint8Array(request.bytes);
  worker.postMessage({ ...request, bytes, isKept } satisfies ThreadRequest, [bytes.buffer]);
  return { outcome, abort: () => void worker.terminate() };
}

/** Throws resource-exhausted. */
function startThread(): Worker {
  try {
    return new Worker(THREAD, { env: {}, execArgv: [] });
  } catch (thrown) {
    throw threadsExhausted(thrown) ?? thrown;
  }
}

function takeIdle(): Worker | undefined {
  if (idle === undefined) return undefined;
  const { worker } = idle;
  forget(idle);
  worker.ref();
  return worker;
}

/** The process may end while it waits. */
function keep(worker: Worker): void {
  if (idle !== undefined) {
    void worker.terminate();
    return;
  }
  worker.unref();
  const onEnd = (): void => {
    forget(own);
    void worker.terminate();
  };
  const own: Idle = { worker, onEnd, timer: setTimeout(onEnd, KEPT_MS).unref() };
  idle = own;
  // One that ends by itself is nobody's any more.
  worker.once("error", onEnd).once("exit", onEnd);
}

function forget(one: Idle): void {
  if (idle === one) idle = undefined;
  clearTimeout(one.timer);
  one.worker.off("error", one.onEnd).off("exit", one.onEnd);
}
