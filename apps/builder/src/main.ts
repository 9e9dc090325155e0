// `tenon-build`: argv and signals in, an exit code out.
import { readFileSync } from "node:fs";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import { parseCommand } from "./cli/command-line.ts";
import { EXIT } from "./cli/exit-codes.ts";
import { HELP } from "./cli/help.ts";
import { errorLines } from "./cli/print-report.ts";
import { runCommand } from "./cli/run-command.ts";
import { styleFor } from "./cli/style.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const command = parseCommand(argv);
    if (command.action === "help") process.stdout.write(HELP);
    else if (command.action === "version") process.stdout.write(`tenon-build ${version()}\n`);
    else return await runCommand(command, { stdout: process.stdout, stderr: process.stderr, signal: interruption() });
    return EXIT.ok;
  } catch (thrown) {
    process.stderr.write(errorLines(TenonError.from(thrown), styleFor(process.stderr)).join("\n") + "\n");
    return EXIT.usage;
  }
}

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

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
