// Arguments -> the verb that they name, loaded alone, so that no command waits for the code of the others.
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { EXIT } from "./exit.ts";

/** What a verb's file exports: its arguments, options, examples and action. */
export interface VerbModule {
  /** The exit code is 0 unless the action gives another; `rest` is what stands behind `--` if `isRestSeparate`. */
  define(command: Command, exit: (code: number) => void, rest: readonly string[]): void;
  readonly isRestSeparate?: boolean;
}

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
}

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ["wit", { summary: "print a resolved contract, or say what is wrong with it", load: () => import("./verbs/wit.ts") }],
  [
    "codegen",
    { summary: "write TypeScript, JavaScript or proto3 for a contract", load: () => import("./verbs/codegen.ts") },
  ],
  [
    "contract",
    {
      summary: "compare, freeze and check contracts; show what carries them",
      load: () => import("./verbs/contract.ts"),
    },
  ],
  ["inspect", { summary: "say what a plugin, manifest or binary is", load: () => import("./verbs/inspect.ts") }],
  ["call", { summary: "call a function of any plugin, or list them", load: () => import("./verbs/call.ts") }],
  ["run", { summary: "run a WASI program with what it is granted", load: () => import("./verbs/run.ts") }],
  ["serve", { summary: "answer HTTP with a component", load: () => import("./verbs/serve.ts") }],
  ["new", { summary: "scaffold a plugin that works", load: () => import("./verbs/new.ts") }],
  ["wrap", { summary: "make a plugin of a core WebAssembly module", load: () => import("./verbs/wrap.ts") }],
  ["grants", { summary: "show what policy gives a plugin, and why", load: () => import("./verbs/grants.ts") }],
  ["audit", { summary: "show what plugins used and were denied", load: () => import("./verbs/audit.ts") }],
  ["doctor", { summary: "show what this machine has for plugins", load: () => import("./verbs/doctor.ts") }],
]);

const version = (createRequire(import.meta.url)("../package.json") as { readonly version: string }).version;

/** Runs one command line and resolves with its exit code; everything is printed by then. Never rejects. */
export async function run(args: readonly string[]): Promise<number> {
  const dashes = args.includes("--") ? args.indexOf("--") : args.length;
  const own = args.slice(0, dashes);
  const isJson = own.includes("--json");
  let exitCode: number = EXIT.done;
  try {
    const { program, isRestSeparate } = await createProgram(own, args.slice(dashes + 1), (code) => (exitCode = code));
    const parsed = isRestSeparate ? own : args;
    // Commander takes a missing verb for a mistake; it is a question.
    await program.parseAsync(parsed.length === 0 ? ["help"] : [...parsed], { from: "user" });
    return exitCode;
  } catch (thrown) {
    // Help and version end with an error of code 0; they need nothing of what follows.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const [{ report }, { usage }] = await Promise.all([import("./failure.ts"), import("./usage.ts")]);
    if (!(thrown instanceof CommanderError)) return report(thrown, isJson);
    // Commander has printed its own text already, but a program that asked for JSON gets JSON.
    if (isJson) report(usage(thrown.message.replace(/^error: /, "")), true);
    return EXIT.usage;
  }
}

async function createProgram(
  args: readonly string[],
  rest: readonly string[],
  exit: (code: number) => void,
): Promise<{ readonly program: Command; readonly isRestSeparate: boolean }> {
  const program = new Command("tenon")
    .description("Tenon: one typed contract, every plugin boundary, chosen by policy.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [verb]", "print the help of a verb")
    .exitOverride()
    .showHelpAfterError("(run `tenon help` for the verbs and their options)")
    .addHelpText("after", "\nRun `tenon help VERB` for its options and examples. Every verb knows --json.");
  const words = args.filter((arg) => !arg.startsWith("-"));
  let isRestSeparate = false;
  const asked = words[0] === "help" ? words[1] : words[0];
  for (const [name, verb] of VERBS) {
    const command = program.command(name).description(verb.summary).helpOption("-h, --help", "print this help");
    command.showHelpAfterError(`(run \`tenon help ${name}\` for its options and examples)`);
    if (name !== asked) continue;
    const module = await verb.load();
    module.define(command.option("--json", "print one JSON document"), exit, rest);
    isRestSeparate = module.isRestSeparate ?? false;
  }
  return { program, isRestSeparate };
}
