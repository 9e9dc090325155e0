// `tenon call`: a plugin behind any boundary and a function of it -> the result as WAVE or JSON.
import process from "node:process";
import type { Command } from "commander";
import { formatWave, toJson } from "@tenon/abi";
import { terminalSafe, TenonError, type ContractFunction } from "@tenon/contract";
import { indexFunctions } from "@tenon/host/driver";
import { readArguments, type GivenArguments } from "../call/arguments.ts";
import { findFunction, splitCall } from "../call/function.ts";
import { formatLatency, type Latency } from "../call/latency.ts";
import { callPlugin, type CallOutcome } from "../call/session.ts";
import { findTarget, splitCommand, type Target } from "../call/target.ts";
import type { WitSelection } from "../contract-source.ts";
import { addForeignOptions, isForeign, type ForeignOptions } from "../foreign/options.ts";
import { functionFacts, signature } from "../describe-contract.ts";
import { EXIT } from "../exit.ts";
import { decisionFor } from "../call/decision.ts";
import { readPolicies } from "../policy/decide-artifact.ts";
import { usage } from "../usage.ts";
import { complain, paintFor, say, sayJson } from "../terminal.ts";

interface Options extends WitSelection, ForeignOptions {
  readonly json?: boolean;
  readonly boundary?: string;
  readonly command?: string;
  readonly wit?: string;
  readonly argsJson?: string;
  readonly timeout?: number;
  readonly startTimeout?: number;
  readonly sync?: boolean;
  readonly times: number;
  readonly imports?: string;
  readonly policy?: string;
  readonly project: string;
}

/** What stands behind `--` is the plugin's command line, not ours. */
export const isRestSeparate = true;

export function define(command: Command, exit: (code: number) => void, rest: readonly string[]): void {
  addForeignOptions(command)
    .usage(
      "[options] <plugin> [function] [args...]\n       tenon call [options] --wit <path> [function] [args...] -- <command...>",
    )
    .argument("[words...]", "the plugin, the function and its arguments; without a function, the functions are listed")
    .option("--boundary <name>", "where to run it; default: the manifest's first choice, import, or stdio for commands")
    .option("--command <line>", "the plugin is this command line; the same as writing it behind --")
    .option("--wit <path>", "its contract, where neither a manifest nor the module says it")
    .option("--world <name>", "the world, where the WIT has several")
    .option("--features <names>", "turn on @unstable features of the WIT, separated by commas")
    .option("--all-features", "turn on all of them")
    .option("--args-json <json>", "all arguments as a JSON list, or as an object by name")
    .option(
      "--timeout <ms>",
      "give up a call after this many milliseconds; 0 means never; default 30000",
      milliseconds("--timeout"),
    )
    .option(
      "--start-timeout <ms>",
      "give up the plugin's start after this many milliseconds; default 10000",
      milliseconds("--start-timeout"),
    )
    .option("--sync", "call it without promises, where the boundary can")
    .option("--times <n>", "call it so often and sum up how long it took", count, 1)
    .option("--imports <module>", "a module whose default export has the host functions")
    .option("--policy <file>", "in place of your own policy file")
    .option("--project <folder>", "whose tenon.policy.json may tighten it; what ${project} is in grants", ".")
    .addHelpText("after", NOTES)
    .action(async (words: readonly string[], options: Options) => exit(await call(words, rest, options)));
}

const NOTES = `
<plugin> is a folder with a tenon.json, that file, a JavaScript module, or an executable that speaks stdio.
Each argument is WAVE ('{name: "Ada"}', 'some(3)', '[1, 2]') or JSON; a text needs no quotes of its own. The whole call
may be one word: 'greet("Ada")'. Host functions without a result are printed to standard error, others fail unless
--imports gives them. A plugin with a manifest gets what your policy file and the project's tenon.policy.json grant it
(\`tenon grants\` shows it), and its uses are written to the audit log; without any policy file nothing is held back, and
neither for a bare file or command, which is yours to answer for. Exit code 1: the call failed, or the plugin answered with its own error.

Examples:
  tenon call plugins/hello
  tenon call plugins/hello greet Ada
  tenon call dist/plugin.js 'add(1, 2)' --boundary worker --times 1000
  tenon call --wit hello.wit greet Ada --json -- python3 plugin.py
  tenon call ./some-go-plugin --cookie BASIC_PLUGIN=hello kv.get '{"key": "a"}'`;

async function call(words: readonly string[], rest: readonly string[], options: Options): Promise<number> {
  if (options.command !== undefined && rest.length > 0)
    throw usage("give the command either with --command or behind --", "call");
  const command = options.command !== undefined ? splitCommand(options.command) : rest.length > 0 ? rest : undefined;
  const { policy, project } = options;
  const policies = readPolicies({ policy, project });
  const target = await findTarget(command === undefined ? words[0] : undefined, {
    ...options,
    command,
    policies,
    foreign: isForeign(options, "call") ? options : undefined,
  });
  const [name, ...args] = command === undefined ? words.slice(1) : words;
  if (name === undefined) {
    listFunctions(target, options.json === true);
    return EXIT.done;
  }
  const asCall = splitCall(name);
  const func = findFunction(target.contract, asCall?.name ?? name);
  const outcome = await callPlugin(target, {
    func,
    args: readArguments(func, given(asCall?.args, args, options.argsJson), target.isForeign),
    timeoutMs: options.timeout,
    startTimeoutMs: options.startTimeout,
    isSync: options.sync === true,
    times: options.times,
    imports: options.imports,
    decision: await decisionFor(target, policies),
    project,
    onSignal: (signal, latency) => sayEnded(signal, latency, options),
  });
  return printOutcome(func.function, outcome, options);
}

function given(wave: string | undefined, words: readonly string[], json: string | undefined): GivenArguments {
  const forms = [wave !== undefined, words.length > 0, json !== undefined].filter(Boolean);
  if (forms.length > 1)
    throw usage("give the arguments in one form: as words, in parentheses, or with --args-json", "call");
  if (wave !== undefined) return { wave };
  return json === undefined ? { words } : { json };
}

/** A plugin's own error is data, but a script wants to see it in the exit code. */
function printOutcome({ result }: ContractFunction, { value, latency }: CallOutcome, { json, times }: Options): number {
  const isErr = result?.kind === "result" && (value as { readonly tag: string }).tag === "err";
  if (json) {
    const answer = result === undefined ? null : toJson(result, value, "result");
    sayJson(times > 1 ? { result: answer, latency } : answer);
  } else {
    if (result !== undefined) {
      const text = formatWave(result, value, "result");
      say(process.stdout.isTTY ? terminalSafe(text) : text);
    }
    if (times > 1) complain(formatLatency(latency));
  }
  return isErr ? EXIT.failed : EXIT.done;
}

/** Who pressed Ctrl-C knows it; what has been measured by then is news, and a program that asked for JSON gets JSON. */
function sayEnded(signal: string, latency: Latency | undefined, { json, times }: Options): void {
  const what = `${signal} ended it after ${latency?.times ?? 0} of ${times} calls`;
  if (json) sayJson({ ...new TenonError("cancelled", what, { sideEffects: "unknown" }).toJSON(), latency });
  else if (latency !== undefined && times > 1) complain(`${what}\n${formatLatency(latency)}`);
}

function listFunctions({ contract, boundary, id }: Target, isJson: boolean): void {
  const functions = indexFunctions(contract.exports);
  if (isJson)
    return sayJson({
      plugin: id,
      boundary,
      contract: contract.id,
      digest: contract.digest,
      functions: functions.map(functionFacts),
    });
  const paint = paintFor(process.stdout);
  say(paint.dim(`${id}: ${contract.id} behind ${boundary}`));
  for (const func of functions) say(signature(func));
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 10_000_000) return value;
  throw usage(`--times wants a whole number from 1 to 10000000, got ${text}`, "call");
}

function milliseconds(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0 && value < 2 ** 31) return value;
    throw new TenonError("usage", `${option} wants milliseconds, got ${text}`, { hint: "run `tenon help call`" });
  };
}
