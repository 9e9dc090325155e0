// A command line -> what it does and its exit code, wherever its output goes.
import { readFileSync } from "node:fs";
import { TenonError } from "@tenon/contract";
import { parseCommand } from "./command-line.ts";
import { EXIT } from "./exit-codes.ts";
import { HELP } from "./help.ts";
import { errorLines } from "./print-report.ts";
import { runCommand, type Surroundings } from "./run-command.ts";
import { styleFor } from "./style.ts";

/** Never rejects. */
export async function tenonBuild(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  try {
    const command = parseCommand(argv);
    if (command.action === "help") stdout.write(HELP);
    else if (command.action === "version") stdout.write(`tenon-build ${version()}\n`);
    else return await runCommand(command, surroundings);
    return EXIT.ok;
  } catch (thrown) {
    stderr.write(errorLines(TenonError.from(thrown), styleFor(stderr)).join("\n") + "\n");
    return EXIT.usage;
  }
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
