// A target and a function -> its result: one host, one plugin, closed whatever happens.
import { resolve } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { camelCase, functionLabel, TenonError } from "@tenon/contract";
import { createHost, traitsFor, type Host, type LogEntry, type Plugin } from "@tenon/host";
import type { FunctionRef } from "@tenon/host/driver";
import type { Decision } from "@tenon/policy";
import { AuditFile, auditFile, releasesBeside } from "@tenon/registry";
import { drain, complain, paintFor } from "../terminal.ts";
import { loadDriver } from "./drivers.ts";
import { hostFunctions } from "./host-functions.ts";
import { summarize, type Latency } from "./latency.ts";
import type { Target } from "./target.ts";

export interface CallRequest {
  readonly func: FunctionRef;
  readonly args: readonly unknown[];
  /** Of each call; undefined leaves the plugin's or the host's own limits, 0 is no limit. */
  readonly timeoutMs: number | undefined;
  /** From the start to ready. */
  readonly startTimeoutMs: number | undefined;
  readonly isSync: boolean;
  readonly times: number;
  /** The module with the host functions. */
  readonly imports: string | undefined;
  /** What policy says of the plugin; undefined where nobody has said anything. */
  readonly decision: Decision | undefined;
  /** What `${project}` is in grants. */
  readonly project: string;
  /** Told when a signal ends the command, with what has been measured by then; the plugin is closed already. */
  readonly onSignal: (signal: string, latency: Latency | undefined) => void;
}

export interface CallOutcome {
  /** Of the last call. */
  readonly value: unknown;
  readonly latency: Latency;
}

/** A person waits for the prompt: a plugin that does not end by itself is ended sooner than under a host. */
const QUICK_END = { closeGraceMs: 500 };

/** Rejects with the TenonError of the start or of the first call that fails; the plugin is closed before that. */
export async function callPlugin(target: Target, request: CallRequest): Promise<CallOutcome> {
  const { id, boundary, contract, artifact, folder, limits, manifest } = target;
  const driver = await loadDriver(boundary);
  const imports = await hostFunctions(contract, { plugin: id, boundary }, request.imports);
  const audit = request.decision === undefined ? undefined : new AuditFile(auditFile());
  const host = createHost({
    drivers: [driver],
    contracts: "any",
    onLog: printLog,
    validate: true,
    ...(audit !== undefined && { onAudit: (record) => audit.write(record) }),
  });
  const releases = manifest && releasesBeside(manifest);
  const samples: number[] = [];
  const onSignal = (signal: string): void =>
    request.onSignal(signal, samples.length === 0 ? undefined : summarize(samples));
  // A loop in our own thread would keep a handler from running; there the signal's default is the better answer.
  const { isolation, syncCalls } = traitsFor(driver, artifact);
  const isOurThread = isolation === "none" || (isolation === "sandbox" && syncCalls && request.times === 1);
  const release = isOurThread ? async () => {} : closeOnSignals(host, onSignal);
  const startMs = request.startTimeoutMs ? { startMs: request.startTimeoutMs } : {};
  try {
    const plugin = await host.load(contract, {
      id,
      boundary,
      artifact,
      folder,
      limits: { ...QUICK_END, ...limits, ...startMs },
      imports,
      ...(releases?.length && { releases }),
      ...(request.decision !== undefined && {
        decision: request.decision,
        roots: { project: resolve(request.project) },
      }),
    });
    return await repeat(plugin, request, samples);
  } finally {
    await host.close();
    audit?.close();
    await release();
  }
}

/** Nanoseconds between looks at signals and timers: calls in our own thread leave no time for them by themselves. */
const BREATH_NS = 50_000_000n;

async function repeat(
  plugin: Plugin,
  { func, args, timeoutMs, isSync, times }: CallRequest,
  samples: number[],
): Promise<CallOutcome> {
  const call = isSync
    ? syncFunction(plugin, func, args)
    : () => plugin.invoke(func.path, args, timeoutMs === undefined ? undefined : { deadlineMs: timeoutMs });
  let value: unknown;
  let breath = process.hrtime.bigint();
  for (let index = 0; index < times; index++) {
    const start = process.hrtime.bigint();
    const out = call();
    value = isSync ? out : await out;
    const end = process.hrtime.bigint();
    samples.push(Number(end - start));
    if (end - breath < BREATH_NS) continue;
    await setImmediate();
    breath = process.hrtime.bigint();
  }
  return { value, latency: summarize(samples) };
}

function syncFunction(plugin: Plugin, func: FunctionRef, args: readonly unknown[]): () => unknown {
  const view = plugin.sync as Readonly<Record<string, unknown>>;
  const { key } = func.interface;
  const owner = (key === "" ? view : view[key]) as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  const name = camelCase(functionLabel(func.function.name));
  return () => {
    const value = owner[name]!(...args);
    const isPromise = typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
    if (!isPromise) return value;
    throw new TenonError("boundary-unsupported", `${func.path} of plugin ${plugin.id} is asynchronous`, {
      hint: "call it without --sync",
      plugin: plugin.id,
      boundary: plugin.boundary,
    });
  };
}

/** One line of the plugin's output on standard error, behind its name. */
function printLog({ plugin, level, text, dropped }: LogEntry): void {
  const paint = paintFor(process.stderr);
  const tag = level === "error" ? paint.red : level === "warn" ? paint.yellow : paint.cyan;
  if (dropped !== undefined) complain(paint.dim(`[${plugin}] ... ${dropped} lines dropped: it prints too fast`));
  complain(`${tag(`[${plugin}]`)} ${text}`);
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The first signal closes the plugin and then ends the command; the second ends it at once. */
function closeOnSignals(host: Host, onSignal: (signal: string) => void): () => Promise<void> {
  let isEnding = false;
  const handlers = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const handle = (): void => {
      if (isEnding) process.exit(exitCode);
      isEnding = true;
      void host
        .close()
        .then(() => onSignal(signal))
        .then(drain)
        .finally(() => process.exit(exitCode));
    };
    process.on(signal, handle);
    return () => process.off(signal, handle);
  });
  return async () => {
    for (const remove of handlers) if (!isEnding) remove();
    // A call that failed only because the signal closed its plugin has nothing to say; the handler ends the process.
    if (isEnding) await new Promise<never>(() => {});
  };
}
