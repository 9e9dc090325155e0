// The bytes of a core module or component -> it compiled with its limits, made once per content, off the host's thread if large.
import { createHash, webcrypto } from "node:crypto";
import type { ComponentRewriteOptions, RewriteOptions } from "@tenon/wasm/limits";
import { compileInBackground, prepareInBackground } from "./prepare-here.ts";
import type { Prepared, PreparedComponent, PreparedModule, PrepareRequest } from "./prepare-here.ts";
import { prepareInThread } from "./prepare-thread.ts";
import type { PreparedStore } from "./prepared-store.ts";

/** Smaller modules take less time here (10 ms per MiB, and V8 compiles in the background) than a thread takes to start. */
const LARGE_BYTES = 512 * 1024;
const MAX_CACHED = 64;

/** Bytes of a large module that are read at either end, where tools write their versions, and of each piece between. */
const EDGE_BYTES = 64 * 1024;
const PIECE_BYTES = 1024;
const PIECES = 64;

interface Job {
  /** All that two requests must have in common but the bytes themselves. */
  readonly likeness: string;
  /** What `sampleOf` gives. */
  readonly sample: string;
  readonly digest: Digest;
  readonly prepared: Promise<Prepared>;
  readonly abort: () => void;
  isSettled: boolean;
  waiting: number;
}

type Digest = () => Promise<string> | string;

/** Newest use last. Found by content and options, so that two plugins with one artifact share one compilation. */
const jobs = new Set<Job>();

/** Made once, when it is first asked for: the caller may change the bytes once he has them back. */
function digestOf(bytes: Uint8Array): Digest {
  let made: Promise<string> | string | undefined;
  return () => (made ??= makeDigest(bytes));
}

/** Of large modules beside the work on them, since it takes about as long as compiling does. */
function makeDigest(bytes: Uint8Array): Promise<string> | string {
  if (bytes.length < LARGE_BYTES) return createHash("sha256").update(bytes).digest("hex");
  return webcrypto.subtle.digest("SHA-256", bytes).then((digest) => Buffer.from(digest).toString("hex"));
}

/**
 * Tells most modules that differ from each other in a fraction of the time that a digest takes, so that work on one begins
 * while its digest is made. Two with the same sample may differ all the same.
 */
function sampleOf(bytes: Uint8Array): string {
  if (bytes.length < LARGE_BYTES) return "";
  const hash = createHash("sha256");
  hash.update(bytes.subarray(0, EDGE_BYTES)).update(bytes.subarray(-EDGE_BYTES));
  const step = Math.floor(bytes.length / PIECES);
  for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + PIECE_BYTES));
  return hash.digest("hex");
}

/** Who waits for a preparation, and where its outcome outlives the process. */
export interface PrepareContext {
  readonly signal: AbortSignal;
  /** Default none. */
  readonly store?: PreparedStore | undefined;
}

/**
 * Rewrites and compiles, or takes what was made before. Rejects with the signal's reason when it fires first; a thread
 * that nobody waits for any more is ended. Otherwise rejects with artifact-invalid or resource-exhausted.
 */
export async function prepareModule(
  bytes: Uint8Array,
  options: RewriteOptions,
  context: PrepareContext,
): Promise<PreparedModule> {
  // The job of a request has the answer to it.
  return (await prepare({ kind: "module", bytes, options }, context)) as PreparedModule;
}

/** The same for a component, whose link plan is made there as well: it is decoded and validated before it is rewritten. */
export async function prepareComponent(
  bytes: Uint8Array,
  options: ComponentRewriteOptions,
  context: PrepareContext,
): Promise<PreparedComponent> {
  return (await prepare({ kind: "component", bytes, options }, context)) as PreparedComponent;
}

async function prepare(request: PrepareRequest, { signal, store }: PrepareContext): Promise<Prepared> {
  signal.throwIfAborted();
  const likeness = `${request.kind} ${request.bytes.length} ${JSON.stringify(request.options)}`;
  const digest = digestOf(request.bytes);
  const sample = sampleOf(request.bytes);
  let job: Job | undefined;
  // What is begun meanwhile is visited as well, so that none is begun twice.
  for (const one of jobs) {
    if (one.likeness !== likeness || one.sample !== sample || (await one.digest()) !== (await digest())) continue;
    job = one;
    break;
  }
  job ??= startJob({ likeness, sample, digest }, request, store);
  jobs.delete(job);
  jobs.add(job);
  if (jobs.size > MAX_CACHED) jobs.delete(jobs.values().next().value as Job);
  job.waiting++;
  try {
    return await untilAborted(job.prepared, signal);
  } finally {
    job.waiting--;
    if (job.waiting === 0 && !job.isSettled) {
      jobs.delete(job);
      job.abort();
    }
  }
}

type JobKey = Pick<Job, "likeness" | "sample" | "digest">;

function startJob(key: JobKey, request: PrepareRequest, store: PreparedStore | undefined): Job {
  const { fuel, readsCode = true } = request.options;
  const isLarge = request.bytes.length >= LARGE_BYTES && (fuel !== undefined || readsCode);
  const { prepared, abort } = isLarge
    ? startLarge(key, request, store)
    : { prepared: prepareInBackground(request), abort: () => {} };
  // Now, before anybody else has the bytes; but the work has begun, and goes on beside it.
  void key.digest();
  const job: Job = { ...key, prepared, abort, isSettled: false, waiting: 0 };
  prepared.then(
    () => (job.isSettled = true),
    () => {
      job.isSettled = true;
      jobs.delete(job);
    },
  );
  return job;
}

function startLarge(
  { likeness, digest }: JobKey,
  request: PrepareRequest,
  store: PreparedStore | undefined,
): Pick<Job, "prepared" | "abort"> {
  const stop = new AbortController();
  const make = async (): Promise<Prepared> => {
    const key = store === undefined ? undefined : { likeness, digest: await digest() };
    const known = key === undefined ? undefined : await store?.read(key);
    if (known !== undefined) return await compileInBackground(known);
    stop.signal.throwIfAborted();
    const { outcome, abort } = prepareInThread(request, key !== undefined);
    stop.signal.addEventListener("abort", abort, { once: true });
    const { prepared, rewritten } = await outcome;
    // Where there is no room for it, it is made again next time.
    if (key !== undefined && rewritten !== undefined) store?.write(key, rewritten).catch(() => undefined);
    return prepared;
  };
  return { prepared: make(), abort: () => stop.abort() };
}

function untilAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    const done = (): void => signal.removeEventListener("abort", onAbort);
    pending.then(resolve, reject).finally(done);
  });
}
