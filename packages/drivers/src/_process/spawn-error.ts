// The system's code for a process that could not be started -> an error that says which file, why, and what to do.
import { accessSync, constants, existsSync } from "node:fs";
import { TenonError, type ErrorCode } from "@tenon/contract/core";
import { descriptorsExhausted } from "./exhausted.ts";
import type { Command } from "./command.ts";

/** Codes as of execve(2) and fork(2). */
export function spawnError(thrown: unknown, command: Command): TenonError {
  const errno = (thrown as { readonly code?: unknown } | null)?.code;
  const { program, cwd } = command;
  const fail = (code: ErrorCode, what: string, hint: string): TenonError =>
    new TenonError(code, what, {
      hint,
      cause: thrown,
      sideEffects: "none",
      details: { program, errno: String(errno) },
    });
  const exhausted = descriptorsExhausted(thrown, `start ${program} with`);
  if (exhausted !== undefined) return exhausted;
  switch (errno) {
    case "ENOENT":
      if (cwd !== undefined && !existsSync(cwd))
        return fail("file-missing", `the folder ${cwd} that ${program} should run in is missing`, "mend artifact.cwd");
      if (program.includes("/") && existsSync(program)) {
        return fail(
          "artifact-invalid",
          `${program} names an interpreter in its first line that is not there`,
          "install that interpreter or mend the line",
        );
      }
      return fail(
        "file-missing",
        `program ${program} was not found`,
        program.includes("/") ? "check the path" : "install it, or give its absolute path",
      );
    case "EACCES":
      return isExecutable(program)
        ? fail(
            "start-failed",
            `${program} may not be run by this user`,
            "check the rights of the file's folders and of artifact.cwd",
          )
        : fail("artifact-invalid", `${program} is not executable`, `run: chmod +x ${program}`);
    case "ENOTDIR":
      return fail("file-missing", `a part of the path of ${program} or its folder is not a folder`, "check the paths");
    case "ENOEXEC":
      return fail(
        "artifact-invalid",
        `${program} is not a program of this system`,
        "get the build for this processor, or start scripts with #! and their interpreter",
      );
    case "ETXTBSY":
      return fail(
        "start-failed",
        `${program} is being written at this moment`,
        "try again when its installation is complete",
      );
    case "E2BIG":
      return fail(
        "config-invalid",
        `the arguments and environment of ${program} are too long for this system`,
        "shorten artifact.command or artifact.env",
      );
    case "EAGAIN":
    case "ENOMEM":
      return fail(
        "resource-exhausted",
        `no room for another process (${errno})`,
        "end other processes, or raise the limit of processes or memory",
      );
    default:
      return TenonError.from(thrown, "start-failed", {
        sideEffects: "none",
        hint: `check that ${program} can be run by hand`,
      });
  }
}

function isExecutable(program: string): boolean {
  if (!program.includes("/")) return true;
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}
