// Arguments -> the verb that they name, loaded alone, so that no command waits for the code of the others.
import { createRequire } from "node:module";
import { Command, CommanderError, type Option } from "commander";
import { EXIT } from "./exit.ts";

/** What a verb's file exports: its arguments, options, examples and action. */
export interface VerbModule {
  /** The exit code is 0 unless the action gives another; `rest` is what stands behind `--` if `isRestSeparate`. */
  define(command: Command, exit: (code: number) => void, rest: readonly string[]): void;
  readonly isRestSeparate?: boolean;
  /** Whether its help says the exit codes itself, because a program's own are among them. */
  readonly hasOwnExitCodes?: boolean;
}

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
}

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ["wit", { summary: "print a resolved contract, or say what is wrong with it", load: () => import("./verbs/wit.ts") }],
  [
    "codegen",
    {
      summary: "write a contract as TypeScript, JavaScript, Lua, C, Rust or proto3",
      load: () => import("./verbs/codegen.ts"),
    },
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
  let program: Command | undefined;
  try {
    const made = await createProgram(own, args.slice(dashes + 1), (code) => (exitCode = code));
    ({ program } = made);
    await program.parseAsync(asked(program, made.isRestSeparate ? own : args), { from: "user" });
    return exitCode;
  } catch (thrown) {
    // Help and version end with an error of code 0; they need nothing of what follows.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const { report } = await import("./failure.ts");
    if (!(thrown instanceof CommanderError)) return report(thrown, isJson);
    // Where a subcommand is missing, the help that lists them is printed already.
    if (thrown.code === "commander.help" && !isJson) return EXIT.usage;
    const { wrongWords } = await import("./usage.ts");
    return report(wrongWords(thrown, commandOf(program, own).name), isJson);
  }
}

/** A missing verb is no mistake but a question, and so is `help` before the words of any command. */
function asked(program: Command, args: readonly string[]): readonly string[] {
  if (args.length === 0) return ["--help"];
  if (args[0] !== "help") return args;
  const { command, name, rest } = commandOf(program, args.slice(1));
  // Commander says what is wrong with a word that it does not know, and what was meant.
  const isUnknown = command.commands.length > 0 && rest[0]?.startsWith("-") === false;
  return [...name.split(" ").filter(Boolean), ...(isUnknown ? rest : ["--help"])];
}

/** The command that the first words name, the words, and what follows them. */
function commandOf(
  program: Command | undefined,
  args: readonly string[],
): { readonly command: Command; readonly name: string; readonly rest: readonly string[] } {
  let command = program ?? new Command();
  const name: string[] = [];
  for (const word of args) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
    name.push(word);
  }
  return { command, name: name.join(" "), rest: args.slice(name.length) };
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
    // What is wrong with a command line is reported like every other failure.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ optionDescription: describeOption })
    .addHelpText("after", HELP);
  const words = args.filter((arg) => !arg.startsWith("-"));
  let isRestSeparate = false;
  const asked = words[0] === "help" ? words[1] : words[0];
  for (const [name, verb] of VERBS) {
    const command = program.command(name).description(verb.summary).helpOption("-h, --help", "print this help");
    if (name !== asked) continue;
    const module = await verb.load();
    module.define(command.option("--json", "print one JSON document"), exit, rest);
    isRestSeparate = module.isRestSeparate ?? false;
    if (module.hasOwnExitCodes !== true) program.addHelpText("afterAll", EXIT_CODES);
  }
  return { program, isRestSeparate };
}

const EXIT_CODES = `
Exit codes: 0 done; 1 it failed, or the answer is no; 2 the command line is wrong; 128 + n ended by signal n.`;

const HELP = `
Examples:
  tenon new plugin hello --lang js
  tenon call hello greet Ada
  tenon help contract diff

Every verb knows --json: then standard output is one JSON document, also for errors.${EXIT_CODES.trimEnd()}`;

/** The default behind the text, where there is one and the text does not say it. */
function describeOption({ description, defaultValue, argChoices }: Option): string {
  const notes: string[] = [];
  if (argChoices !== undefined) notes.push(`one of ${argChoices.join(", ")}`);
  const isSaid = defaultValue === undefined || Array.isArray(defaultValue) || description.includes("default");
  if (!isSaid) notes.push(`default: ${String(defaultValue)}`);
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}
