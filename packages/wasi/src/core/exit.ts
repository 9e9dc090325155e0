// The guest's wish to end, as something that unwinds its frames: it ends the instance, never the process.

/** Thrown through wasm frames only; a face turns it into an exit code before anybody else sees it. */
export class ExitSignal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}
