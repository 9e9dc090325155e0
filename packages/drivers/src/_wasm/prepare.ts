// The bytes of a core module or component -> it compiled with its limits, made once per content, off the host's thread if large.
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { engine, planComponent } from "@tenon/wasm";
import type { LinkPlan, WasmModule } from "@tenon/wasm";
import { rewriteComponent, rewriteModule } from "@tenon/wasm/limits";
import type { ComponentRewriteOptions, RewriteOptions, RewriteReport, RewrittenModule } from "@tenon/wasm/limits";

/** A module that was rewritten and compiled. It can be posted to worker threads, which then need not compile it. */
export interface PreparedModule {
  readonly module: WasmModule;
  readonly report: RewriteReport;
}

/** The same for a component: how it is linked, and its modules in the plan's order. */
export interface PreparedComponent {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
}
export type Prepared = PreparedModule | PreparedComponent;

/** What the thread is asked, and what it answers. */
export type PrepareRequest =
  | { readonly kind: "module"; readonly bytes: Uint8Array; readonly options: RewriteOptions }
  | { readonly kind: "component"; readonly bytes: Uint8Array; readonly options: ComponentRewriteOptions };
export type PrepareAnswer = Prepared | { readonly error: ReturnType<TenonError["toJSON"]> };

/** Smaller modules take less time here (25 ms per MiB, and V8 compiles in the background) than a thread takes to start. */
const THREAD_FROM_BYTES = 512 * 1024;
const MAX_CACHED = 64;

interface Job {
  readonly prepared: Promise<Prepared>;
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
  // The job of a request has the answer to it.
  return (await prepare({ kind: "module", bytes, options }, signal)) as PreparedModule;
}

/** The same for a component, whose link plan is made there as well: it is decoded and validated before it is rewritten. */
export async function prepareComponent(
  bytes: Uint8Array,
  options: ComponentRewriteOptions,
  signal: AbortSignal,
): Promise<PreparedComponent> {
  return (await prepare({ kind: "component", bytes, options }, signal)) as PreparedComponent;
}

async function prepare(request: PrepareRequest, signal: AbortSignal): Promise<Prepared> {
  signal.throwIfAborted();
  const key = `${request.kind} ${digestOf(request.bytes)} ${JSON.stringify(request.options)}`;
  const job = jobs.get(key) ?? startJob(key, request);
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
export function prepareHere(request: PrepareRequest): Prepared {
  const rewritten = rewrite(request);
  return assemble(
    rewritten,
    rewritten.modules.map(({ bytes }, index) => {
      try {
        return new engine.Module(bytes);
      } catch (thrown) {
        throw invalid(thrown, rewritten, index);
      }
    }),
  );
}

interface Rewritten {
  /** Of a component. */
  readonly plan: LinkPlan | undefined;
  readonly modules: readonly RewrittenModule[];
}

function rewrite(request: PrepareRequest): Rewritten {
  if (request.kind === "module") return { plan: undefined, modules: [rewriteModule(request.bytes, request.options)] };
  const plan = planComponent(request.bytes);
  return { plan, modules: rewriteComponent(plan, request.bytes, request.options) };
}

function assemble({ plan, modules }: Rewritten, compiled: readonly WasmModule[]): Prepared {
  return plan === undefined ? { module: compiled[0]!, report: modules[0]!.report } : { plan, modules: compiled };
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

async function inBackground(request: PrepareRequest): Promise<Prepared> {
  const rewritten = rewrite(request);
  const compile = async ({ bytes }: RewrittenModule, index: number): Promise<WasmModule> => {
    try {
      return await engine.compile(bytes);
    } catch (thrown) {
      throw invalid(thrown, rewritten, index);
    }
  };
  return assemble(rewritten, await Promise.all(rewritten.modules.map(compile)));
}

/** Beside this file, with the extension that this file has itself. */
const THREAD = new URL(`./worker-prepare${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

function inThread(request: PrepareRequest): { prepared: Promise<Prepared>; abort: () => void } {
  const worker = new Worker(THREAD, { env: {}, execArgv: [], workerData: request });
  const prepared = new Promise<Prepared>((resolve, reject) => {
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

/** What the engine refuses: in a component, with the number of the module. */
function invalid(thrown: unknown, { plan }: Rewritten, index: number): TenonError {
  const notes = plan === undefined ? {} : { notes: [`in core module ${index}`] };
  return TenonError.from(thrown, "artifact-invalid", { sideEffects: "none", ...notes });
}
