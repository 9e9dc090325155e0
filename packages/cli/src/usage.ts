// A wrong command line -> the error that says so. Apart from what prints errors, which needs the whole WIT front end.
import type { CommanderError } from "commander";
import { TenonError } from "@tenon/contract/core";

/** A wrong command line; `verb` is whose help to read. */
export function usage(what: string, verb?: string): TenonError {
  const hint = verb === undefined ? "run `tenon help`" : `run \`tenon help ${verb}\``;
  return new TenonError("usage", what, { hint, sideEffects: "none" });
}

/** What the parser of command lines says: "error: unknown option '--jsn'", and on the next line "(Did you mean --json?)". */
export function wrongWords({ code, message }: CommanderError, verb: string): TenonError {
  const help = verb === "" ? "`tenon help`" : `\`tenon help ${verb}\``;
  if (code === "commander.help")
    return new TenonError("usage", "a subcommand is missing", { hint: `${help} lists them`, sideEffects: "none" });
  const [first = "", ...more] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (.+)\?\)$/.exec(more.join(" "))?.[1];
  const isForProgram = verb === "run" && code === "commander.unknownOption";
  const hint =
    meant !== undefined
      ? `did you mean ${meant}? ${help} has them all`
      : isForProgram
        ? `if it is for the program write it behind \`--\`; ${help} has the options`
        : `run ${help}`;
  return new TenonError("usage", first.replace(/\.$/, ""), { hint, sideEffects: "none" });
}
