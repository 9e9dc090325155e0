// Calls -> threads that answer them, each thread one at a time; a call whose time is over ends its thread.
import { Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import type { ServeStart, ThreadAnswer, ThreadCall } from "./messages.ts";

/** Beside this file, with the extension that this file has itself. */
const THREAD = new URL(`./guest-thread${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

export interface ThreadsOptions {
  readonly start: ServeStart;
  readonly maxThreads: number;
  /** Milliseconds from when a call is given to its answer. */
  readonly timeoutMs: number;
}

interface Job {
  readonly call: ThreadCall;
  readonly settle: (answer: ThreadAnswer) => void;
  readonly timer: NodeJS.Timeout;
  worker: Worker | undefined;
}

/** Threads start when they are first needed, and stay. Who calls bounds how many calls wait. */
export class Threads {
  readonly #options: ThreadsOptions;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  /** Never rejects: `deadline-exceeded` and what ends a thread are answers as well. */
  answer(call: ThreadCall): Promise<ThreadAnswer> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const job: Job = {
        call,
        settle: (answer) => {
          clearTimeout(job.timer);
          resolve(answer);
        },
        timer: setTimeout(() => this.#overTime(job), timeoutMs),
        worker: undefined,
      };
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Ends all threads; calls that are not answered get an error. */
  async close(): Promise<void> {
    const closed = new TenonError("session-closed", "the server was closed");
    for (const job of [...this.#waiting, ...this.#busy.values()]) job.settle({ error: closed.toJSON() });
    this.#waiting.length = 0;
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()));
  }

  #next(): void {
    const isFree = this.#idle.length > 0 || this.#busy.size < this.#options.maxThreads;
    const job = isFree ? this.#waiting.shift() : undefined;
    if (job === undefined) return;
    const worker = this.#idle.pop() ?? this.#startThread();
    job.worker = worker;
    this.#busy.set(worker, job);
    worker.postMessage(job.call);
  }

  #startThread(): Worker {
    const worker = new Worker(THREAD, { workerData: this.#options.start, env: {}, execArgv: [] });
    worker.on("message", (answer: ThreadAnswer) => {
      this.#done(worker, answer);
      this.#idle.push(worker);
      this.#next();
    });
    let reason = new TenonError("plugin-crashed", "the thread of the program ended");
    worker.on("error", (thrown) => (reason = TenonError.from(thrown, "plugin-crashed")));
    worker.on("exit", () => {
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#done(worker, { error: reason.toJSON() });
      this.#next();
    });
    return worker;
  }

  #done(worker: Worker, answer: ThreadAnswer): void {
    this.#busy.get(worker)?.settle(answer);
    this.#busy.delete(worker);
  }

  #overTime(job: Job): void {
    const error = new TenonError("deadline-exceeded", `there was no answer after ${this.#options.timeoutMs} ms`, {
      hint: "raise --timeout if the program needs longer",
    });
    job.settle({ error: error.toJSON() });
    if (job.worker !== undefined) void job.worker.terminate();
    else this.#waiting.splice(this.#waiting.indexOf(job), 1);
  }
}
