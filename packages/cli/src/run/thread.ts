// A request with a time limit -> its run in a thread that is ended when the time is over.
import process from "node:process";
import { isatty } from "node:tty";
import { MessageChannel, Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import type { ThreadStart } from "./guest-thread.ts";
import { BRIDGE_BYTES, serveInput } from "./input-bridge.ts";
import { type RunOutcome, failure, outcomeOf } from "./outcome.ts";
import type { RunRequest } from "./request.ts";

/** Beside this file, with the extension that this file has itself. */
const THREAD = new URL(`./guest-thread${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

/** How long a thread may take to end; longer than this it hangs in a write that nobody reads. */
const END_MS = 500;

/** How a run ended, and whether its thread still hangs in a system call, so that only SIGKILL ends the process. */
export interface ThreadOutcome {
  readonly outcome: RunOutcome;
  readonly isStuck: boolean;
}

/** Never rejects. The time runs from here, so that it holds for compilation as well. */
export async function runInThread(request: RunRequest, timeoutMs: number): Promise<ThreadOutcome> {
  const memory = new SharedArrayBuffer(BRIDGE_BYTES);
  const { port1, port2 } = new MessageChannel();
  serveInput(memory, port1);
  const start: ThreadStart = { request, input: { memory, port: port2, isTerminal: isatty(0) } };
  const worker = new Worker(THREAD, { workerData: start, transferList: [port2], env: {}, execArgv: [] });
  let timer: NodeJS.Timeout | undefined;
  const outcome = await new Promise<RunOutcome>((resolve) => {
    timer = setTimeout(() => resolve(outcomeOf(overTime(timeoutMs))), timeoutMs);
    worker.once("message", resolve);
    worker.once("error", (thrown) => resolve(failure(TenonError.from(thrown, "plugin-crashed"))));
    worker.once("exit", () => resolve(failure(new TenonError("plugin-crashed", "the guest's thread ended early"))));
  });
  clearTimeout(timer);
  port1.close();
  process.stdin.pause();
  return { outcome, isStuck: !(await hasEnded(worker)) };
}

function hasEnded(worker: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), END_MS);
    void worker.terminate().then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function overTime(timeoutMs: number): TenonError {
  return new TenonError("deadline-exceeded", `the program was still running after ${timeoutMs} ms`, {
    hint: "raise --timeout if it needs longer",
  });
}
