// One call of a contract function -> one run of the program -> the contract's result.
import { TenonError } from "@tenon/contract/core";
import type { FunctionRef, OutputSink } from "@tenon/host/driver";
import { runFailure } from "./failure.ts";
import type { CompiledRun } from "./mapping/function.ts";
import type { Frame } from "./mapping/here.ts";
import { CWD } from "./mapping/template.ts";
import type { OutputStream, ProgramRun, RunOutcome } from "./program/run.ts";

/** What a call needs of its session. */
export interface CallSite {
  readonly func: FunctionRef;
  readonly mapping: CompiledRun;
  readonly output: OutputSink;
  run(run: ProgramRun): Promise<RunOutcome>;
}

/** Runs and reads one call. Throws what `runFailure` makes of an unmapped end, and protocol-error for output that cannot be read. */
export async function runCall(site: CallSite, run: ProgramRun, frame: Frame): Promise<unknown> {
  const { mapping } = site;
  const lines = new LineRelay(site.output, mapping.stdout === "log");
  const outcome = await site.run({ ...run, onOutput: (stream, chunk) => lines.push(stream, chunk) });
  lines.flush();
  const { end } = outcome;
  // A mapped number wins: a shell reports 128 plus the signal, and a program may mean the very same number itself.
  const make =
    end.kind !== "exit"
      ? undefined
      : (mapping.exits.get(end.code) ?? mapping.exits.get(end.signal === undefined ? "*" : "signal"));
  if (make === undefined || end.kind !== "exit") throw runFailure(run, outcome).with({ call: site.func.path });
  return make(afterRun(frame, mapping, run, outcome));
}

function afterRun(frame: Frame, mapping: CompiledRun, run: ProgramRun, outcome: RunOutcome): Frame {
  const { end, stdout, stderr, durationMs } = outcome;
  if (end.kind !== "exit") throw new TenonError("internal", "a run without an exit was read");
  return Object.assign(Object.create(frame) as Record<string, unknown>, {
    ...readStdout(mapping, stdout),
    stderr: Buffer.from(stderr).toString("utf8"),
    "exit-code": end.code,
    signal: end.signal,
    "duration-ms": Math.round(durationMs),
    [CWD]: run.cwd,
  });
}

function readStdout({ stdout: mode }: CompiledRun, bytes: Uint8Array): Record<string, unknown> {
  if (mode === "bytes") return { "%bytes": new Uint8Array(bytes) };
  if (mode === "text") return { stdout: Buffer.from(bytes).toString("utf8") };
  if (mode === "json") {
    const text = strictText(bytes);
    return { stdout: text, "%json": parsed(text) };
  }
  return mode === "wave" ? { stdout: strictText(bytes) } : {};
}

function strictText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TenonError("protocol-error", "stdout is not UTF-8", {
      hint: "make the program print UTF-8 text",
      cause: error,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = (error as Error).message.slice(0, 200);
    throw new TenonError("protocol-error", `stdout is no JSON: ${what}`, {
      hint: "make the program print one JSON value and nothing else",
      cause: error,
    });
  }
}

/** Relays whole lines to the log, so that calls at the same time do not tear each other's lines. */
class LineRelay {
  readonly #output: OutputSink;
  readonly #hasStdout: boolean;
  readonly #rest: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  constructor(output: OutputSink, hasStdout: boolean) {
    this.#output = output;
    this.#hasStdout = hasStdout;
  }

  push(stream: OutputStream, chunk: Uint8Array): void {
    if (stream === "stdout" && !this.#hasStdout) return;
    const rest = this.#rest[stream];
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) this.#output.write(stream, bytes.subarray(0, end));
    // A line without end is handed on as it is: the sink cuts and drops what is too long.
    const isHuge = bytes.length - end > 64 * 1024;
    if (isHuge) this.#output.write(stream, bytes.subarray(end));
    this.#rest[stream] = isHuge ? Buffer.alloc(0) : bytes.subarray(end);
  }

  flush(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#rest[stream].length > 0)
        this.#output.write(stream, Buffer.concat([this.#rest[stream], Buffer.from("\n")]));
    }
  }
}
