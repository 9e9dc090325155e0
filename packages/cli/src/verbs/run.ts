// `tenon run`: a WASI program and its grants -> its run, with the command's own standard streams and the guest's exit code.
import process from "node:process";
import type { Command } from "commander";
import { TenonError } from "@tenon/contract/core";
import { type RunOutcome, exitCodeOf, failure } from "../run/outcome.ts";
import { readRequest, type RunOptions } from "../run/request.ts";
import { complain } from "../terminal.ts";
import { usage } from "../usage.ts";

/** What stands behind `--` is the program's, not ours. */
export const isRestSeparate = true;
export const hasOwnExitCodes = true;

const MAX_MEMORY_MIB = 4096;
const DEFAULT_MEMORY_MIB = 1024;
/** Beyond it a timer of Node's fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function define(command: Command, exit: (code: number) => void, rest: readonly string[]): void {
  const collect = (one: string, all: readonly string[]): readonly string[] => [...all, one];
  const none: readonly string[] = [];
  command
    .usage("[options] <file> [args...] [-- args...]")
    .argument("<file>", "a WASI preview1 command, or a component")
    .argument("[args...]", "arguments of the program; those that start with - stand behind --")
    .option(
      "--dir <host::guest[:ro]>",
      "show the program a folder, to read and write, or with :ro only to read",
      collect,
      none,
    )
    .option("--env <k=v>", "an environment variable; a name alone hands the command's own on", collect, none)
    .option("--argv0 <name>", "the program's argument 0; default: the file's name")
    .option("--net <host:port>", "what a component may connect, send and make HTTP requests to", collect, none)
    .option(
      "--listen <address:port>",
      "where a component may listen; port 0 is one that the system picks",
      collect,
      none,
    )
    .option(
      "--fuel <n>",
      "end the program after so many ticks, the same on every machine",
      whole("--fuel", Number.MAX_SAFE_INTEGER),
    )
    .option(
      "--memory <MiB>",
      `the most memory it may have; default ${DEFAULT_MEMORY_MIB}`,
      whole("--memory", MAX_MEMORY_MIB),
      DEFAULT_MEMORY_MIB,
    )
    .option(
      "--timeout <ms>",
      "end the program after so many milliseconds, whatever it does",
      whole("--timeout", MAX_TIMEOUT_MS),
    )
    .option("--policy <file>", "in place of your own policy file, which may deny what is granted here")
    .option("--invoke <func>", "call this export instead of the command, and print its results")
    .addHelpText("after", NOTES)
    .action(async (file: string, args: readonly string[], options: RunOptions) =>
      exit(await run(file, [...args, ...rest], options)),
    );
}

const NOTES = `
The program gets the standard streams, and nothing else that is not granted here: no files, no environment, no network.
What your policy file or the tenon.policy.json of this folder denies is refused, whatever is granted here.
Arguments that start with - stand behind --.
With --json the last line of standard error is {"exitCode", "outcome", "fuelUsed", "wallMs"}, and "error" if there was
one; standard output stays the program's.

Examples:
  tenon run hello.wasm
  tenon run convert.wasm --dir .::/project --dir ~/fonts::/fonts:ro --env LANG -- --out /project/a.svg /project/a.txt
  tenon run untrusted.wasm --memory 64 --timeout 2000 --fuel 1000000000 < input > output
  tenon run fetch.wasm --net example.org:443
  tenon run math.wasm --invoke add 1 2

Exit codes: the program's own; else 1 it could not be started; 2 the command line is wrong; 124 --timeout ended it;
130 Ctrl-C; 134 it trapped, or a limit ended it; 141 nobody reads its output any more.`;

async function run(file: string, args: readonly string[], options: RunOptions): Promise<number> {
  const began = performance.now();
  const { outcome, isStuck } = await settle(file, args, options);
  const exitCode = exitCodeOf(outcome);
  if (options.json === true) complain(JSON.stringify(jsonOf(outcome, exitCode, performance.now() - began)));
  else if (outcome.error !== undefined) {
    // Most programs run to their end, and need nothing of what tells of the others.
    const { report } = await import("../failure.ts");
    report(TenonError.fromJSON(outcome.error), false);
  }
  if (!isStuck) return exitCode;
  // Even the exit of the process would wait for a thread that waits for a reader, and so would flushing standard output.
  process.kill(process.pid, "SIGKILL");
  return exitCode;
}

async function settle(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ outcome: RunOutcome; isStuck: boolean }> {
  try {
    const request = readRequest(file, args, options);
    // What is given nothing needs no policy, and starts without reading one.
    if (request.dirs.length + request.net.length + request.listen.length + request.env.length > 0) {
      const { checkRun } = await import("../policy/decide-run.ts");
      checkRun(request, { policy: options.policy, project: "." });
    }
    if (request.timeoutMs !== undefined) {
      const { runInThread } = await import("../run/thread.ts");
      return await runInThread(request, request.timeoutMs);
    }
    // On this thread: it starts sooner, and a Ctrl-C ends the process as it ends any other.
    const { runGuest } = await import("../run/guest.ts");
    const openInput = async () => (await import("@tenon/wasi/preview1")).hostInput(0);
    return { outcome: await runGuest(request, openInput), isStuck: false };
  } catch (thrown) {
    return { outcome: failure(thrown), isStuck: false };
  }
}

function jsonOf({ kind, error, fuelUsed }: RunOutcome, exitCode: number, wallMs: number): object {
  return {
    exitCode,
    outcome: kind,
    fuelUsed: fuelUsed ?? null,
    wallMs: Math.round(wallMs * 10) / 10,
    ...(error !== undefined && { error }),
  };
}

function whole(option: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw usage(`${option} is ${text}, which is no whole number from 1 to ${most}`, "run");
  };
}
