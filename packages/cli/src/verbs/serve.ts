// `tenon serve`: a component that answers HTTP and its grants -> a server, until a signal ends it.
import { availableParallelism } from "node:os";
import process from "node:process";
import type { Command } from "commander";
import type { TenonError } from "@tenon/contract/core";
import { EXIT } from "../exit.ts";
import { type RunOptions, readRequest } from "../run/request.ts";
import { complain, say } from "../terminal.ts";
import { usage } from "../usage.ts";

const DEFAULT_ADDR = "127.0.0.1:8080";
const DEFAULT_MEMORY_MIB = 256;
const MAX_MEMORY_MIB = 4096;
const DEFAULT_TIMEOUT_MS = 30_000;
/** Beyond it a timer of Node's fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const DEFAULT_BODY_MIB = 16;
const MAX_BODY_MIB = 1024;
const MAX_THREADS = 256;
/** Requests for each thread that are read or wait. */
const PENDING_PER_THREAD = 16;
const MIB = 1024 * 1024;

interface ServeOptions extends Omit<RunOptions, "listen" | "invoke" | "timeout"> {
  readonly addr: string;
  readonly timeout: number;
  readonly maxBody: number;
  readonly threads: number;
}

export function define(command: Command, exit: (code: number) => void): void {
  const collect = (one: string, all: readonly string[]): readonly string[] => [...all, one];
  const none: readonly string[] = [];
  command
    .argument("<file>", "a component that exports wasi:http/incoming-handler@0.2")
    .option("--addr <address:port>", "where to listen; port 0 is one that the system picks", DEFAULT_ADDR)
    .option("--dir <host::guest[:ro]>", "show it a folder, to read and write, or with :ro only to read", collect, none)
    .option("--env <k=v>", "an environment variable; a name alone hands the command's own on", collect, none)
    .option("--argv0 <name>", "its argument 0; default: the file's name")
    .option("--net <host:port>", "what it may connect, send and make HTTP requests to", collect, none)
    .option("--fuel <n>", "end a request after so many ticks", whole("--fuel", Number.MAX_SAFE_INTEGER))
    .option("--memory <MiB>", "the most memory of one request", whole("--memory", MAX_MEMORY_MIB), DEFAULT_MEMORY_MIB)
    .option("--timeout <ms>", "end a request after so long", whole("--timeout", MAX_TIMEOUT_MS), DEFAULT_TIMEOUT_MS)
    .option("--max-body <MiB>", "of a request and of an answer", whole("--max-body", MAX_BODY_MIB), DEFAULT_BODY_MIB)
    .option(
      "--threads <n>",
      "requests that are answered at once; default one for each processor",
      whole("--threads", MAX_THREADS),
      Math.min(availableParallelism(), MAX_THREADS),
    )
    .addHelpText("after", NOTES)
    .action(async (file: string, options: ServeOptions) => exit(await serve(file, options)));
}

const NOTES = `
Each request has an instance of its own, with nothing that was not granted here. What it prints goes to standard error, line by
line, with the request's number. An error of the program is a 500, one of time a 504; when too many wait, they get a 503.
SIGINT or SIGTERM: requests that came are answered, then it ends with 0; a second one ends it at once.
With --json the first line of standard output is {"url"}.

Examples:
  tenon serve hello.wasm
  tenon serve shop.wasm --addr 0.0.0.0:80 --env DATABASE --net db.example.org:5432 --timeout 5000
  tenon serve untrusted.wasm --memory 64 --fuel 100000000 --threads 4`;

async function serve(file: string, options: ServeOptions): Promise<number> {
  const { host, port } = addressOf(options.addr);
  const request = readRequest(file, [], { ...options, listen: [] }, "serve");
  const [{ loadProgram }, { Threads }, { listen }] = await Promise.all([
    import("../serve/program.ts"),
    import("../serve/threads.ts"),
    import("../serve/server.ts"),
  ]);
  const maxBodyBytes = options.maxBody * MIB;
  const start = await loadProgram(request, maxBodyBytes);
  const threads = new Threads({ start, maxThreads: options.threads, timeoutMs: options.timeout });
  const maxPending = options.threads * PENDING_PER_THREAD;
  const server = await listen({ host, port, threads, maxBodyBytes, maxPending, onFailure: complainOf });
  if (options.json === true) say(JSON.stringify({ url: server.url }));
  else complain(`listening on ${server.url}`);
  await untilSignal();
  await server.close();
  await threads.close();
  return EXIT.done;
}

function complainOf(number: number, line: string, { code, what }: TenonError): void {
  complain(`request ${number} ${line}: [${code}] ${what}`);
}

/** Only the first is ours: the next one ends the process as it ends any other. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, done);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, done);
  });
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw usage(`--addr ${text} is not ADDRESS:PORT`, "serve");
  return { host: match[1] ?? match[2]!, port };
}

function whole(option: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw usage(`${option} is ${text}, which is no whole number from 1 to ${most}`, "serve");
  };
}
