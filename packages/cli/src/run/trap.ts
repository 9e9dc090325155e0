// What came out of a guest's code -> how the run ended, with the guest's functions that it went through.
import { TenonError } from "@tenon/contract/core";
import { type RunOutcome, outcomeOf } from "./outcome.ts";

const MAX_FRAMES = 8;

/** Ends a guest whose output nobody reads any more. */
export class ClosedPipe extends Error {}

/** 128 + SIGPIPE. */
const PIPE_CODE = 141;

/** A trap, the limit that ended the guest, or the end of its output. */
export function endedBy(thrown: unknown): RunOutcome {
  if (causes(thrown).some((one) => one instanceof ClosedPipe)) return { kind: "exit", guestCode: PIPE_CODE };
  const error = TenonError.from(thrown, "plugin-trap");
  if (error.code !== "plugin-trap") return outcomeOf(error);
  const notes = [...error.notes, ...frames(thrown)];
  return outcomeOf(
    new TenonError("plugin-trap", `the program trapped: ${error.what.replace(/^RuntimeError: /, "")}`, {
      hint: HINT,
      notes,
      cause: thrown,
    }),
  );
}

const HINT = "this is a fault in the program; report it to its author";

/** `in FUNCTION`, innermost first; names come from the module's name section, else numbers. */
function frames(thrown: unknown): string[] {
  const lines = causes(thrown).flatMap(({ stack = "" }) => stack.split("\n"));
  return lines
    .flatMap((line) => {
      const frame = /^\s*at (?:(.+) \()?wasm:\/\/.*wasm-function\[(\d+)\]/.exec(line);
      return frame === null ? [] : [`in ${frame[1] ?? `function ${frame[2]}`}`];
    })
    .slice(0, MAX_FRAMES);
}

/** An error and what caused it; a circle of causes ends. */
function causes(thrown: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let error = thrown; error instanceof Error && !found.includes(error); error = error.cause) found.push(error);
  return found;
}
