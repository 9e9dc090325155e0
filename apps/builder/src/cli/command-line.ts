// argv -> what is asked for. Wrong arguments are `usage` errors with the nearest thing that exists.
import { parseArgs, type ParseArgsConfig } from "node:util";
import { TenonError } from "@tenon/contract";
import { parseDenial, parseGrant } from "../config/grants.ts";
import type { PolicyChange } from "../config/policy.ts";
import type { Profile } from "../generated/plugin.ts";

export interface Command {
  readonly action: "build" | "clean" | "list" | "help" | "version";
  readonly project: string;
  readonly plugin: string | undefined;
  readonly target: string | undefined;
  readonly profile: Profile;
  readonly jobs: number | undefined;
  readonly watch: boolean;
  readonly json: boolean;
  readonly run: boolean;
  /** What follows `--`. */
  readonly runArgs: readonly string[];
  readonly out: string | undefined;
  readonly settings: readonly (readonly [string, string])[];
  /** With `list`: ask every plugin for its tools. */
  readonly tools: boolean;
  readonly policy: string | undefined;
  /** Folders with further plugins. */
  readonly plugins: readonly string[];
  /** By plugin name as written. */
  readonly changes: ReadonlyMap<string, PolicyChange>;
}

const OPTIONS = {
  plugin: { type: "string", short: "p" },
  target: { type: "string", short: "t" },
  release: { type: "boolean", short: "r" },
  small: { type: "boolean" },
  jobs: { type: "string", short: "j" },
  watch: { type: "boolean", short: "w" },
  json: { type: "boolean" },
  run: { type: "boolean" },
  out: { type: "string", short: "o" },
  option: { type: "string", multiple: true },
  boundary: { type: "string", multiple: true },
  grant: { type: "string", multiple: true },
  deny: { type: "string", multiple: true },
  trust: { type: "string", multiple: true },
  plugins: { type: "string", multiple: true },
  policy: { type: "string" },
  list: { type: "boolean" },
  tools: { type: "boolean" },
  clean: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const satisfies NonNullable<ParseArgsConfig["options"]>;

/** Throws usage. */
export function parseCommand(argv: readonly string[]): Command {
  const split = argv.indexOf("--");
  const own = split < 0 ? [...argv] : argv.slice(0, split);
  const runArgs = split < 0 ? [] : argv.slice(split + 1);
  const { values, positionals } = parse(own);
  const action = actionOf(values);
  const [project, ...more] = positionals;
  if (more.length > 0) throw usage(`there is one project at a time, not also ${more.join(" ")}`);
  if (project === undefined && (action === "build" || action === "clean")) throw usage("no project was named");
  if (values.json && values.watch) throw usage("--json prints one document, so it cannot go with --watch");
  if (runArgs.length > 0 && !values.run) throw usage("arguments after -- are for the program that --run runs");
  if (values.tools && !values.list) throw usage("--tools goes with --list");
  return {
    action,
    project: project ?? ".",
    plugin: values.plugin,
    target: values.target,
    profile: values.small ? "small" : values.release ? "release" : "debug",
    jobs: values.jobs === undefined ? undefined : readJobs(values.jobs),
    watch: values.watch ?? false,
    json: values.json ?? false,
    run: values.run ?? false,
    runArgs,
    out: values.out,
    settings: (values.option ?? []).map((text) => pair(text, "--option", "NAME=VALUE")),
    tools: values.tools ?? false,
    policy: values.policy,
    plugins: values.plugins ?? [],
    changes: changesOf(values),
  };
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    // Node's message ends in advice about `--`, which does something else here.
    throw usage((cause as Error).message.split(". To specify")[0]!, cause);
  }
}

function actionOf(values: Values): Command["action"] {
  if (values.help) return "help";
  if (values.version) return "version";
  if (values.list) return "list";
  return values.clean ? "clean" : "build";
}

function changesOf(values: Values): Map<string, PolicyChange> {
  const changes = new Map<
    string,
    {
      boundary?: string;
      isTrusted?: boolean;
      grants: PolicyChange["grants"][number][];
      denials: PolicyChange["denials"][number][];
    }
  >();
  const change = (name: string) => {
    const found = changes.get(name) ?? { grants: [], denials: [] };
    changes.set(name, found);
    return found;
  };
  for (const text of values.boundary ?? []) {
    const [name, boundary] = pair(text, "--boundary", "PLUGIN=BOUNDARY");
    change(name).boundary = boundary;
  }
  for (const text of values.grant ?? []) {
    const [name, grant] = pair(text, "--grant", "PLUGIN=GRANT");
    change(name).grants.push(parseGrant(grant));
  }
  for (const text of values.deny ?? []) {
    const [name, grant] = pair(text, "--deny", "PLUGIN=GRANT");
    change(name).denials.push(parseDenial(grant));
  }
  for (const name of values.trust ?? []) change(name).isTrusted = true;
  return changes;
}

function readJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usage(`--jobs ${text} is no number from 1 to 9999`);
}

function pair(text: string, option: string, form: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw usage(`${option} ${text} is not of the form ${form}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function usage(what: string, cause?: unknown): TenonError {
  return new TenonError("usage", what, { hint: "run tenon-build --help", ...(cause !== undefined && { cause }) });
}
