// The bytes of a core module -> the compiled module with its limits, made once per content, off the host's thread if large.
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { engine } from "@tenon/wasm";
import type { WasmModule } from "@tenon/wasm";
import { rewriteModule } from "@tenon/wasm/limits";
import type { RewriteOptions, RewriteReport } from "@tenon/wasm/limits";

/** A module that was rewritten and compiled. It can be posted to worker threads, which then need not compile it. */
export interface PreparedModule {
  readonly module: WasmModule;
  readonly report: RewriteReport;
}

/** What the thread is asked, and what it answers. */
export interface PrepareRequest {
  readonly bytes: Uint8Array;
  readonly options: RewriteOptions;
}
export type PrepareAnswer = PreparedModule | { readonly error: ReturnType<TenonError["toJSON"]> };

/** Smaller modules take less time here (25 ms per MiB, and V8 compiles in the background) than a thread takes to start. */
const THREAD_FROM_BYTES = 512 * 1024;
const MAX_CACHED = 64;

interface Job {
  readonly prepared: Promise<PreparedModule>;
  readonly abort: () => void;
  isSettled: boolean;
  waiting: number;
}

/** Newest use last. Keyed by content and options, so that two plugins with one artifact share one compilation. */
const jobs = new Map<string, Job>();

/** What `bytes` are called in the cache, and in logs. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * Rewrites and compiles, or takes what was made before. Rejects with the signal's reason when it fires first; a thread
 * that nobody waits for any more is ended. Otherwise rejects with artifact-invalid or resource-exhausted.
 */
export async function prepareModule(
  bytes: Uint8Array,
  options: RewriteOptions,
  signal: AbortSignal,
): Promise<PreparedModule> {
  signal.throwIfAborted();
  const key = `${digestOf(bytes)} ${JSON.stringify(options)}`;
  const job = jobs.get(key) ?? startJob(key, { bytes, options });
  jobs.delete(key);
  jobs.set(key, job);
  if (jobs.size > MAX_CACHED) jobs.delete(jobs.keys().next().value as string);
  job.waiting++;
  try {
    return await untilAborted(job.prepared, signal);
  } finally {
    job.waiting--;
    if (job.waiting === 0 && !job.isSettled) {
      jobs.delete(key);
      job.abort();
    }
  }
}

/** Rewrites and compiles here and now. Throws as `prepareModule` rejects. */
export function prepareHere({ bytes, options }: PrepareRequest): PreparedModule {
  const { bytes: rewritten, report } = rewriteModule(bytes, options);
  try {
    return { module: new engine.Module(rewritten), report };
  } catch (thrown) {
    throw invalid(thrown);
  }
}

function startJob(key: string, request: PrepareRequest): Job {
  const isLarge = request.bytes.length >= THREAD_FROM_BYTES;
  const { prepared, abort } = isLarge ? inThread(request) : { prepared: inBackground(request), abort: () => {} };
  const job: Job = { prepared, abort, isSettled: false, waiting: 0 };
  prepared.then(
    () => (job.isSettled = true),
    () => {
      job.isSettled = true;
      if (jobs.get(key) === job) jobs.delete(key);
    },
  );
  return job;
}

async function inBackground({ bytes, options }: PrepareRequest): Promise<PreparedModule> {
  const { bytes: rewritten, report } = rewriteModule(bytes, options);
  try {
    return { module: await engine.compile(rewritten), report };
  } catch (thrown) {
    throw invalid(thrown);
  }
}

/** Beside this file, with the extension that this file has itself. */
const THREAD = new URL(`./worker-prepare${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

function inThread(request: PrepareRequest): { prepared: Promise<PreparedModule>; abort: () => void } {
  const worker = new Worker(THREAD, { env: {}, execArgv: [], workerData: request });
  const prepared = new Promise<PreparedModule>((resolve, reject) => {
    worker.once("message", (answer: PrepareAnswer) => {
      if ("error" in answer) reject(TenonError.fromJSON(answer.error));
      else resolve(answer);
    });
    worker.once("error", (thrown) => reject(TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" })));
    worker.once("exit", () =>
      reject(new TenonError("start-failed", "compiling the module was given up", { sideEffects: "none" })),
    );
  });
  return { prepared, abort: () => void worker.terminate() };
}

function untilAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    const done = (): void => signal.removeEventListener("abort", onAbort);
    pending.then(resolve, reject).finally(done);
  });
}

function invalid(thrown: unknown): TenonError {
  return TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" });
}
