// A wrong command line -> the error that says so. Apart from what prints errors, which needs the whole WIT front end.
import { TenonError } from "@tenon/contract/core";

/** A wrong command line; `verb` is whose help to read. */
export function usage(what: string, verb?: string): TenonError {
  const hint = verb === undefined ? "run `tenon help`" : `run \`tenon help ${verb}\``;
  return new TenonError("usage", what, { hint, sideEffects: "none" });
}
