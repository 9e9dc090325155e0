// How a run ended, where no mapping has a result for it -> the error that the caller sees.
import { existsSync, statSync } from "node:fs";
import { TenonError, terminalSafe } from "@tenon/contract/core";
import { descriptorsExhausted } from "../_process/exhausted.ts";
import { checkProgram } from "./program/find.ts";
import type { ProgramRun, RunOutcome } from "./program/run.ts";

const TAIL_LINES = 20;
const TAIL_BYTES = 8 * 1024;

/** The error for an exit or signal that the manifest does not map, for a run that did not start, and for one that was killed. */
export function runFailure(run: ProgramRun, outcome: RunOutcome): TenonError {
  const { end } = outcome;
  const notes = stderrTail(outcome.stderr);
  switch (end.kind) {
    case "exit":
      if (end.signal !== undefined)
        return new TenonError("plugin-crashed", `${run.file} was killed by ${end.signal}`, {
          hint: 'map "signal" in the manifest if this is a result, or read its stderr below',
          notes,
        });
      return new TenonError("exit-unexpected", `${run.file} ended with exit code ${end.code}`, {
        notes,
        details: { exitCode: end.code },
      });
    case "not-started":
      return startFailure(run, end.why, end.errno);
    case "flooded":
      return new TenonError(
        "resource-exhausted",
        `${run.file} printed more than ${run.maxOutputBytes} bytes and was killed`,
        { hint: "make it print less, or raise limits.maxMessageBytes", notes },
      );
    case "exhausted":
      return new TenonError("resource-exhausted", `${run.file} ${end.why}`, { notes });
    case "lost":
      return new TenonError("plugin-crashed", `the process that ran ${run.file} for the host is gone`, {
        hint: "it is started again for the next call",
        notes,
      });
    case "cancelled":
      return new TenonError("cancelled", `${run.file} was ended because its call was cancelled`);
  }
}

/** Why nothing ran, in words; the system's own text says neither which file nor what to do. */
function startFailure(run: ProgramRun, why: string, errno: string | undefined): TenonError {
  const options = { sideEffects: "none", notes: [why] } as const;
  if (!existsSync(run.cwd))
    return new TenonError("file-missing", `the folder ${run.cwd} for ${run.file} is not there`, {
      ...options,
      hint: 'check "cwd" in the manifest',
    });
  if (!statSync(run.cwd).isDirectory())
    return new TenonError("start-failed", `${run.cwd} is no folder to run ${run.file} in`, {
      ...options,
      hint: 'check "cwd" in the manifest',
    });
  if (errno === "E2BIG")
    return new TenonError("resource-exhausted", `the arguments for ${run.file} are longer than the system allows`, {
      ...options,
      hint: "hand them over by stdin",
    });
  const exhausted = descriptorsExhausted({ code: errno }, `start ${run.file}`);
  if (exhausted !== undefined) return exhausted;
  if (errno === "EAGAIN" || errno === "ENOMEM") {
    return new TenonError("resource-exhausted", `the system has no room to start ${run.file} (${errno})`, {
      ...options,
      hint: "end other processes or raise the limits of this one",
    });
  }
  if (errno === "ETXTBSY")
    return new TenonError("start-failed", `${run.file} is being written to`, {
      ...options,
      hint: "wait until it is complete",
    });
  try {
    checkProgram(run.file);
  } catch (error) {
    return TenonError.from(error, "start-failed", options);
  }
  return new TenonError("start-failed", `${run.file} could not be started: ${why}`, {
    ...options,
    hint: errno === "ENOENT" ? "a library or loader that it needs is missing" : "see the note",
  });
}

/** The newest lines of what a program printed, safe to show on a terminal. */
export function stderrTail(stderr: Uint8Array): string[] {
  const text = Buffer.from(stderr.subarray(Math.max(0, stderr.length - TAIL_BYTES))).toString("utf8");
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.slice(-TAIL_LINES).map((line) => terminalSafe(line.slice(0, 500)));
}
