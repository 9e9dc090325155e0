// A migration and the snapshots at its two ends -> hooks for the bridge between them, for plugins of either end.
import { functionKey, shortName, type Snapshot } from "@tenon/contract/evolution";
import { TenonError, camelCase, partsOf } from "@tenon/contract/base";
import type { ContractFunction, ContractInterface, ValueType } from "@tenon/contract/core";
import { createValidator } from "../validate.ts";
import type { BridgeHooks, Emulation, FunctionHooks, ValueHooks } from "./bridge.ts";
import { compileConversion, then, type Convert } from "./convert.ts";
import type { Emulate, FunctionEntry, Migration, Step, TypeEntry, ViaCall } from "./migration.ts";
import type { MadePlan } from "./plan.ts";
import type { TypeHook, TypePlans } from "./type-plans.ts";

type Way = "up" | "down";
/** The older and the newer version. */
export interface MigrationEnds {
  readonly from: Snapshot;
  readonly to: Snapshot;
}

/** What is wrong with a migration is a text each in `problems`. */
export function migrationHooks(
  migration: Migration,
  ends: MigrationEnds,
  isPluginOlder: boolean,
): { readonly hooks: BridgeHooks; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const ways = {
    up: new TypeHooks(migration, ends, "up", problems),
    down: new TypeHooks(migration, ends, "down", problems),
  };
  // Values go to an older plugin by the steps down.
  const [into, out] = isPluginOlder ? [ways.down, ways.up] : [ways.up, ways.down];
  const side = (name: "exports" | "imports", isCallerOlder: boolean): FunctionHooks =>
    new SideHooks({ entries: migration[name], ends, name, isCallerOlder, ways, problems });
  const hooks = { into, out, exports: side("exports", !isPluginOlder), imports: side("imports", isPluginOlder) };
  return { hooks, problems };
}

/** The steps for types, one way. */
class TypeHooks implements ValueHooks {
  readonly #steps = new Map<string, { readonly path: string; readonly entry: TypeEntry }>();
  readonly #sent: Snapshot;
  readonly #wanted: Snapshot;
  readonly #way: Way;
  readonly #problems: string[];
  readonly #hooked = new Map<ValueType, boolean>();
  readonly #parts = new Map<string, Convert>();
  #plans: TypePlans | undefined;

  constructor({ types }: Migration, { from, to }: MigrationEnds, way: Way, problems: string[]) {
    [this.#sent, this.#wanted] = way === "up" ? [from, to] : [to, from];
    this.#way = way;
    this.#problems = problems;
    const [olds, news] = [typeNames(from), typeNames(to)];
    for (const [path, entry] of Object.entries(types)) {
      const was = entry.was ?? path;
      if (!olds.has(was)) problems.push(`types["${path}"]: there is no type ${was} in ${from.contract.id}`);
      else if (!news.has(path)) problems.push(`types["${path}"]: there is no such type in ${to.contract.id}`);
      else this.#steps.set(way === "up" ? was : path, { path, entry });
    }
  }

  hookFor = (sent: ValueType, wanted: ValueType): TypeHook | undefined => {
    const found = this.#steps.get(this.#nameOf(this.#sent, sent));
    if (found === undefined) return undefined;
    const { path, entry } = found;
    if (this.#nameOf(this.#wanted, wanted) !== (this.#way === "up" ? path : (entry.was ?? path))) return undefined;
    const [step, name] = [entry[this.#way], `types["${path}"].${this.#way}`];
    if (typeof step === "function") return { whole: this.made(step, wanted, name) };
    return { fields: this.#fields(step, wanted, name) };
  };

  isHooked = (sent: ValueType): boolean => {
    const known = this.#hooked.get(sent);
    if (known !== undefined) return known;
    const answer = this.#steps.has(this.#nameOf(this.#sent, sent)) || partsOf(sent).some(this.isHooked);
    this.#hooked.set(sent, answer);
    return answer;
  };

  adopt = (plans: TypePlans): void => {
    this.#plans = plans;
  };

  #fields(steps: Readonly<Record<string, Step>>, wanted: ValueType, name: string): Map<string, MadePlan> {
    const fields = wanted.kind === "record" ? wanted.fields : [];
    const found = new Map<string, MadePlan>();
    for (const [key, step] of Object.entries(steps)) {
      const field = fields.find((one) => camelCase(one.name) === key);
      if (field === undefined) this.#problems.push(`${name}.${key}: the type has no such field`);
      else found.set(key, this.made(step, field.type, `${name}.${key}`));
    }
    return found;
  }

  made(step: Step, wanted: ValueType | undefined, name: string): MadePlan {
    return { kind: "made", make: (value) => step(value, this.convertPart), check: checkOf(wanted), name };
  }

  /** Converts a value of a named type, for authors who take a value apart. */
  convertPart = (path: string, value: unknown): unknown => {
    const known = this.#parts.get(path) ?? this.#compilePart(path);
    this.#parts.set(path, known);
    return known(value);
  };

  #compilePart(path: string): Convert {
    const named = (snapshot: Snapshot, name: string): ValueType | undefined =>
      [...snapshot.types.keys()].find((type) => this.#nameOf(snapshot, type) === name);
    const entry = [...this.#steps.values()].find((one) => one.path === path)?.entry;
    const was = entry?.was ?? path;
    const [from, to] = this.#way === "up" ? [was, path] : [path, was];
    const [sent, wanted] = [named(this.#sent, from), named(this.#wanted, to)];
    if (sent === undefined || wanted === undefined)
      throw new TenonError(
        "config-invalid",
        `a step of the migration converts ${path}, which is no type of both versions`,
        {
          hint: "write the path of a named type, such as builder#artifact",
        },
      );
    return compileConversion(this.#plans?.plan(sent, wanted), { path, sent }) ?? ((value) => value);
  }

  #nameOf(snapshot: Snapshot, type: ValueType): string {
    return shortName(snapshot.types.get(type)?.name ?? "");
  }
}

function typeNames({ types }: Snapshot): ReadonlySet<string> {
  return new Set([...types.values()].map(({ name }) => shortName(name ?? "")));
}

interface SideParts {
  readonly entries: Readonly<Record<string, FunctionEntry>>;
  readonly ends: MigrationEnds;
  readonly name: "exports" | "imports";
  readonly isCallerOlder: boolean;
  readonly ways: Readonly<Record<Way, TypeHooks>>;
  readonly problems: string[];
}

class SideHooks implements FunctionHooks {
  readonly #entries: ReadonlyMap<string, { readonly path: string; readonly entry: FunctionEntry }>;
  readonly #parts: SideParts;
  /** Keys of the side that is called, by path. */
  readonly #targets: ReadonlyMap<string, string>;

  constructor(parts: SideParts) {
    this.#parts = parts;
    const { ends, name, isCallerOlder, entries, problems } = parts;
    const [olds, news] = [keysByPath(ends.from.contract[name]), keysByPath(ends.to.contract[name])];
    const [callers, targets] = isCallerOlder ? [olds, news] : [news, olds];
    this.#targets = targets;
    const found = new Map<string, { readonly path: string; readonly entry: FunctionEntry }>();
    for (const [path, entry] of Object.entries(entries)) {
      const known = [entry.was ?? path, path].filter((one, index) => (index === 0 ? olds : news).has(one));
      if (known.length === 0) problems.push(`${name}["${path}"]: neither version has such a function`);
      const key = callers.get(isCallerOlder ? (entry.was ?? path) : path);
      if (key !== undefined) found.set(key, { path, entry });
    }
    this.#entries = found;
  }

  target = (key: string): string | undefined => {
    const found = this.#entries.get(key);
    if (found?.entry.was === undefined) return undefined;
    return this.#targets.get(this.#parts.isCallerOlder ? found.path : found.entry.was);
  };

  args = (key: string, _from: ContractFunction, to: ContractFunction): MadePlan | undefined => {
    const found = this.#entries.get(key);
    const way = this.#parts.isCallerOlder ? "up" : "down";
    const step = found?.entry.params?.[way];
    if (step === undefined) return undefined;
    const name = `${this.#parts.name}["${found?.path}"].params.${way}`;
    const { make } = this.#parts.ways[way].made(step, undefined, name);
    return { kind: "made", make, check: argumentsCheck(to), name };
  };

  result = (key: string, from: ContractFunction): MadePlan | undefined => {
    const found = this.#entries.get(key);
    const way = this.#parts.isCallerOlder ? "down" : "up";
    const step = found?.entry.result?.[way];
    return step && this.#parts.ways[way].made(step, from.result, `${this.#parts.name}["${found?.path}"].result.${way}`);
  };

  emulate = (key: string, caller: ContractFunction): Emulation | undefined => {
    const found = this.#entries.get(key);
    const emulate = found?.entry.emulate;
    if (found === undefined || emulate === undefined) return undefined;
    const name = `${this.#parts.name}["${found.path}"].emulate`;
    const run = typeof emulate === "function" ? emulate : viaCall(emulate);
    const check = checkOf(caller.result);
    return {
      emulate: (args, call) => {
        const byPath = (path: string, own: readonly unknown[]): unknown => call(this.#keyOf(path), own);
        return then(run(args, byPath), (value) => check(value, `the answer of ${name} of the migration`));
      },
    };
  };

  #keyOf(path: string): string {
    return this.#targets.get(path) ?? path;
  }
}

function keysByPath(interfaces: readonly ContractInterface[]): Map<string, string> {
  const keys = interfaces.flatMap(({ id, functions }) => functions.map(({ name }) => functionKey(id, name)));
  return new Map(keys.map((key) => [shortName(key), key]));
}

function viaCall({ via, params, result }: ViaCall): Emulate {
  return (args, call) => then(call(via, params === undefined ? args : params(args)), result);
}

type Check = (value: unknown, path: string) => unknown;

function checkOf(type: ValueType | undefined): Check {
  if (type === undefined) return () => undefined;
  const validate = createValidator(type);
  return (value, path) => {
    validate(value, path);
    return value;
  };
}

function argumentsCheck({ params }: ContractFunction): (values: unknown, path: string) => void {
  const checks = params.map(({ name, type }) => ({ name, check: checkOf(type) }));
  return (values) => {
    for (const [index, { name, check }] of checks.entries()) check((values as readonly unknown[])[index], name);
  };
}
