// The guest's wish to end, as something that unwinds its frames: it ends the instance, never the process.
import { TenonError } from "@tenon/contract/core";

/** Thrown through wasm frames only; a face turns it into an exit code before anybody else sees it. */
export class ExitSignal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** What ended a guest, as the error that its host sees; `ended` is what the guest was ended with, whatever it made of it since. */
export function outcomeOf(ended: Error | undefined, thrown: unknown): TenonError {
  const cause = ended ?? thrown;
  if (!(cause instanceof ExitSignal)) return TenonError.from(cause, "plugin-trap");
  return new TenonError("plugin-crashed", `the guest ended itself with exit code ${cause.exitCode}`, {
    details: { exitCode: cause.exitCode },
    cause,
  });
}
