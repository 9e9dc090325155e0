// `tenon-build`: argv and signals in, an exit code out.
import process from "node:process";
import { EXIT } from "./cli/exit-codes.ts";
import { tenonBuild } from "./cli/tenon-build.ts";

process.exitCode = await tenonBuild(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption(),
});

/** The first Ctrl-C cancels, the second one ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.cancelled);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
