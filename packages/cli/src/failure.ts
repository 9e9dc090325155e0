// Anything thrown -> what the command prints about it and its exit code.
import process from "node:process";
import { formatDiagnostic, TenonError, WitError } from "@tenon/contract";
import { EXIT } from "./exit.ts";
import { safe } from "./safe-text.ts";
import { complain, paintFor, sayJson } from "./terminal.ts";

/**
 * Prints a failure: text to standard error, or, with `--json`, one JSON document to standard output, where the answer
 * would have been (diagnostics of bad WIT as a list, everything else as the error's JSON form).
 */
export function report(thrown: unknown, isJson: boolean): number {
  const error = ofSystem(thrown) ?? TenonError.from(thrown);
  const exitCode = error.code === "usage" ? EXIT.usage : EXIT.failed;
  if (isJson) sayJson(thrown instanceof WitError ? thrown.diagnostics : error);
  else if (thrown instanceof WitError) for (const one of thrown.diagnostics) complain(formatDiagnostic(one));
  else complain(describe(error));
  // The stack is what a report of our own fault needs; nobody else wants to see it.
  if (error.code === "internal" && thrown instanceof Error) complain(safe(thrown.stack ?? ""));
  return exitCode;
}

/** A path of the command line that nobody has looked at before is no fault of ours. */
function ofSystem(thrown: unknown): TenonError | undefined {
  if (thrown instanceof TenonError || !(thrown instanceof Error)) return undefined;
  const { code, path, syscall } = thrown as NodeJS.ErrnoException;
  if (typeof path !== "string" || typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return undefined;
  const what = `${path} cannot be used (${code} at ${syscall ?? "an unknown call"})`;
  return new TenonError("file-missing", what, { hint: "check the path and its rights", cause: thrown });
}

function describe(error: TenonError): string {
  const paint = paintFor(process.stderr);
  const notes = error.notes.map((note) => `\n  ${paint.dim(safe(note).replaceAll("\n", "\n  "))}`);
  return `${paint.red("error:")} ${safe(error.message)}${notes.join("")}`;
}
