// The `exec` boundary: every call is one run of a program, described by the manifest alone.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createValidator, type Validator } from "@tenon/abi";
import { camelCase, TenonError, type Contract } from "@tenon/contract/core";
import { offersOf, speaking } from "@tenon/host/driver";
import type {
  CallContext,
  CloseReason,
  Driver,
  DriverTraits,
  FunctionRef,
  OpenContext,
  Session,
} from "@tenon/host/driver";
import { temporaryPrefix } from "../_process/temporary.ts";
import { runCall } from "./call.ts";
import type { CompiledFunction, CompiledRun } from "./mapping/function.ts";
import type { Frame } from "./mapping/here.ts";
import { unsafeValue } from "./mapping/template.ts";
import { checkLaunch } from "../_granted/environment.ts";
import { absolute, contractOf, readArtifact, rendered, type ExecArtifact, type ExecPlan } from "./options.ts";
import { probeTools } from "./probe.ts";
import { checkProgram, findProgram, missingProgram } from "./program/find.ts";
import { runConfined } from "./program/confined-run.ts";
import type { ProgramRun, RunOutcome } from "./program/run.ts";
import { sharedSpawner, startSpawner, type SpawnerHold } from "./program/spawner.ts";

const traits: DriverTraits = {
  encoding: "bytes",
  isolation: "process",
  syncCalls: false,
  hostCallbacks: false,
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

export const execDriver: Driver<ExecArtifact> = { boundary: "exec", traits, open };

/** Checks the mapping against the contract and that the program can be started; nothing runs yet. */
async function open(artifact: ExecArtifact, given: OpenContext): Promise<Session> {
  const context = speaking(given, contractOf(artifact, offersOf(given)));
  const plan = readArtifact(artifact, context);
  const { file, searched } = findProgram(plan.program, plan);
  if (file !== undefined) checkProgram(file);
  else if (!plan.toleratesMissing && plan.functions.some(({ kind }) => kind === "run"))
    throw missingProgram(plan.program, searched);
  return new ExecSession(plan, file, context, startSpawner());
}

/** Why a run was ended before its time; the reason of its own signal. */
type StopReason = "cancelled" | "closed" | "timeout";

class ExecSession implements Session {
  readonly contract: Contract;
  readonly closed: Promise<CloseReason>;
  readonly #plan: ExecPlan;
  readonly #context: OpenContext;
  readonly #hold: SpawnerHold;
  readonly #validators: readonly (readonly Validator[])[];
  readonly #running = new Set<(why: StopReason) => void>();
  readonly #pending = new Set<Promise<unknown>>();
  #file: string | undefined;
  #folder: Promise<string> | undefined;
  #closing: Promise<void> | undefined;
  #settle!: (reason: CloseReason) => void;

  constructor(plan: ExecPlan, file: string | undefined, context: OpenContext, hold: SpawnerHold) {
    this.#plan = plan;
    this.#file = file;
    this.#context = context;
    this.contract = context.contract;
    this.#hold = hold;
    this.#validators = context.exports.map((func) => func.function.params.map(({ type }) => createValidator(type)));
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): Promise<unknown> {
    if (this.#closing !== undefined)
      throw new TenonError("session-closed", `${func.path} was called after the plugin closed`, {
        sideEffects: "none",
      });
    const mapping = this.#plan.functions[func.index]!;
    const frame = this.#frameOf(func, args);
    const done = this.#serve(func, mapping, frame, context);
    this.#pending.add(done);
    const settled = (): void => void this.#pending.delete(done);
    done.then(settled, settled);
    return done;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #frameOf(func: FunctionRef, args: readonly unknown[]): Frame {
    const { params } = func.function;
    if (args.length > params.length)
      throw new TenonError("value-invalid", `${func.path} takes ${params.length} arguments, got ${args.length}`, {
        sideEffects: "none",
      });
    const frame = Object.create(null) as Record<string, unknown>;
    frame["base"] = this.#plan.base;
    for (const [index, { name }] of params.entries()) {
      this.#validators[func.index]![index]!(args[index], camelCase(name));
      frame[name] = args[index];
    }
    return frame;
  }

  async #serve(func: FunctionRef, mapping: CompiledFunction, root: Frame, context: CallContext): Promise<unknown> {
    const stop = new AbortController();
    let reason: StopReason | undefined;
    const end = (why: StopReason): void => {
      reason ??= why;
      stop.abort();
    };
    const onAbort = (): void => end("cancelled");
    context.signal?.addEventListener("abort", onAbort, { once: true });
    this.#running.add(end);
    const timeoutMs = mapping.kind === "run" ? mapping.timeoutMs : undefined;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => end("timeout"), timeoutMs);
    try {
      const frame = await this.#withTools(mapping, root, stop.signal);
      return mapping.kind === "value" ? mapping.make(frame) : await this.#run(func, mapping, frame, stop.signal);
    } catch (error) {
      throw stopError(reason, func, timeoutMs) ?? error;
    } finally {
      clearTimeout(timer);
      this.#running.delete(end);
      context.signal?.removeEventListener("abort", onAbort);
    }
  }

  async #run(func: FunctionRef, mapping: CompiledRun, frame: Frame, signal: AbortSignal): Promise<unknown> {
    const plan = this.#plan;
    const file = (this.#file ??= findProgram(plan.program, plan).file);
    if (file === undefined) {
      const make = mapping.exits.get("missing");
      if (make === undefined) throw missingProgram(plan.program, findProgram(plan.program, plan).searched);
      return make(
        Object.assign(Object.create(frame) as Record<string, unknown>, {
          stdout: "",
          stderr: "",
          "%bytes": new Uint8Array(),
          "exit-code": 127,
          "duration-ms": 0,
        }),
      );
    }
    const env = { ...plan.env, ...rendered(mapping.env, frame) };
    refuseNul(env);
    const cwd = mapping.cwd?.(frame) ?? plan.cwd;
    const args = [...plan.fixedArgs, ...mapping.args(frame)];
    checkLaunch(this.#context.granted, plan.program, args);
    const run: ProgramRun = {
      file,
      args,
      env,
      cwd: cwd === undefined ? await this.#ownFolder() : absolute(plan.base, cwd),
      stdin: mapping.stdin?.(frame),
      maxOutputBytes: this.#context.limits.maxMessageBytes,
      killGraceMs: this.#context.limits.cancelGraceMs,
      signal,
    };
    const site = { func, mapping, output: this.#context.output, run: (own: ProgramRun) => this.#start(own) };
    return runCall(site, run, frame);
  }

  async #withTools(mapping: CompiledFunction, frame: Frame, signal: AbortSignal): Promise<Frame> {
    if (mapping.tools.length === 0) return frame;
    const place = {
      env: this.#plan.env,
      cwd: await this.#ownFolder(),
      killGraceMs: this.#context.limits.cancelGraceMs,
      signal,
    };
    const tools = await probeTools(mapping.tools, this.#plan, place, (run) => this.#start(run));
    return Object.assign(Object.create(frame) as Record<string, unknown>, { tools });
  }

  async #start(run: ProgramRun): Promise<RunOutcome> {
    const shown = this.#folder === undefined ? {} : { writable: [await this.#folder] };
    return runConfined(run, this.#context, shown, (own) => sharedSpawner().run(own));
  }

  /** Made at its first use, removed with the session. */
  #ownFolder(): Promise<string> {
    return (this.#folder ??= makeFolder());
  }

  async #close(): Promise<void> {
    for (const end of this.#running) end("closed");
    await Promise.allSettled(this.#pending);
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) removeFolder(folder);
    await this.#hold.close();
    this.#settle({ kind: "closed", what: "was closed" });
  }
}

/** Folders of sessions that are open; a host that just ends does not close them. */
const folders = new Set<string>();

async function makeFolder(): Promise<string> {
  if (folders.size === 0) process.on("exit", removeFolders);
  const folder = await mkdtemp(temporaryPrefix("run"));
  folders.add(folder);
  return folder;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeFolders);
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function refuseNul(env: Readonly<Record<string, string>>): void {
  const name = Object.keys(env).find((key) => env[key]!.includes("\0"));
  if (name !== undefined)
    throw unsafeValue(`the environment variable ${name} contains a NUL character`, "no program can be given one");
}

function stopError(
  reason: StopReason | undefined,
  func: FunctionRef,
  timeoutMs: number | undefined,
): TenonError | undefined {
  if (reason === "timeout")
    return new TenonError("deadline-exceeded", `${func.path} ran longer than the ${timeoutMs} ms of its manifest`, {
      call: func.path,
    });
  if (reason === "closed")
    return new TenonError("session-closed", `the plugin was closed while ${func.path} ran`, { call: func.path });
  if (reason === "cancelled") return new TenonError("cancelled", `${func.path} was cancelled`, { call: func.path });
  return undefined;
}
