// Two snapshots, and maybe what an author wrote between them -> for every function that one side calls, what becomes of the
// call on the other side, as plans.
import {
  createSameType,
  functionKey,
  functionMembers,
  interfaceKey,
  matchMembers,
  movedFunctions,
  notesOf,
  shortName,
  withoutFunctions,
  type Snapshot,
} from "@tenon/contract/evolution";
import { TenonError } from "@tenon/contract/base";
import type { ContractFunction, ContractInterface, Field, ValueType } from "@tenon/contract/core";
import type { MadePlan, Plan, TuplePlan } from "./plan.ts";
import { ResourceAdapters } from "./resources.ts";
import { TypePlans, type TypeHook } from "./type-plans.ts";

/** Calls a function of the other side by its `functionKey`. */
export type CallByKey = (key: string, args: readonly unknown[]) => unknown;

/** The same function on the other side. */
export interface Route {
  /** Its key there. */
  readonly target: string;
  /** From the caller's arguments, an array, to the target's. */
  readonly args: Plan;
  readonly result: Plan;
  /** What the caller passes and the target gives, to say what is wrong with a value that is neither. */
  readonly sent: { readonly args: readonly Field[]; readonly result: ValueType | undefined };
}

/** A function that the other side does not have, and what answers in its place. */
export interface Emulation {
  readonly emulate: (args: readonly unknown[], call: CallByKey) => unknown;
}

export type Bridged = Route | Emulation;

export interface Bridge {
  /** By key of the host's exports, which the host calls; one that is not here the plugin may lack, and does. */
  readonly exports: ReadonlyMap<string, Bridged>;
  /** By key of the plugin's imports, which the plugin calls. */
  readonly imports: ReadonlyMap<string, Bridged>;
}

/** What an author says about functions, seen from the side that calls. */
export interface FunctionHooks {
  /** The key of the target of a caller's function, where it is another one than the rules find. */
  readonly target: (key: string) => string | undefined;
  readonly args: (key: string, from: ContractFunction, to: ContractFunction) => MadePlan | undefined;
  readonly result: (key: string, from: ContractFunction, to: ContractFunction) => MadePlan | undefined;
  readonly emulate: (key: string, caller: ContractFunction) => Emulation | Route | undefined;
}

/** What an author says about types, one way. */
export interface ValueHooks {
  readonly hookFor: (from: ValueType, to: ValueType) => TypeHook | undefined;
  readonly isHooked: (from: ValueType) => boolean;
  /** Given once, before any value comes: the plans in which the hooks stand, for parts that the author converts by them. */
  readonly adopt: (plans: TypePlans) => void;
}

export interface BridgeHooks {
  /** Values from the host to the plugin, and back. */
  readonly into: ValueHooks;
  readonly out: ValueHooks;
  readonly exports: FunctionHooks;
  readonly imports: FunctionHooks;
}

const NO_HOOKS: FunctionHooks = {
  target: () => undefined,
  args: () => undefined,
  result: () => undefined,
  emulate: () => undefined,
};

export interface BridgeOptions {
  readonly hooks?: BridgeHooks;
  /** Whether it is one of several steps: what goes on to an author's function has exactly the form of its version. */
  readonly isStep?: boolean;
}

/** What cannot be bridged is a text each in `problems`; the rest of the bridge stands without it. */
export function buildBridge(
  plugin: Snapshot,
  host: Snapshot,
  { hooks, isStep = hooks !== undefined }: BridgeOptions = {},
): { readonly bridge: Bridge; readonly problems: readonly string[] } {
  const bridge: { exports: Bridge["exports"]; imports: Bridge["imports"] } = { exports: new Map(), imports: new Map() };
  const resources = new ResourceAdapters(plugin, host, createSameType(), () => bridge);
  const shared = { resources, isStep };
  const into = createPlans({ sent: host, wanted: plugin, hooks: hooks?.into, isIntoPlugin: true, ...shared });
  const out = createPlans({ sent: plugin, wanted: host, hooks: hooks?.out, isIntoPlugin: false, ...shared });
  hooks?.into.adopt(into);
  hooks?.out.adopt(out);
  const exports = new SideBuilder({
    calling: host,
    callers: host.contract.exports,
    called: plugin,
    targets: plugin.contract.exports,
    args: into,
    results: out,
    hooks: hooks?.exports ?? NO_HOOKS,
  });
  const imports = new SideBuilder({
    calling: plugin,
    callers: plugin.contract.imports,
    called: host,
    targets: host.contract.imports,
    args: out,
    results: into,
    hooks: hooks?.imports ?? NO_HOOKS,
  });
  bridge.exports = exports.build(true);
  bridge.imports = imports.build(false);
  return { bridge, problems: [...exports.problems, ...imports.problems] };
}

interface PlansParts {
  readonly sent: Snapshot;
  readonly wanted: Snapshot;
  readonly hooks: ValueHooks | undefined;
  readonly resources: ResourceAdapters;
  readonly isIntoPlugin: boolean;
  readonly isStep: boolean;
}

/** Values of one snapshot to values of the other. */
function createPlans({ sent, wanted, hooks, resources, isIntoPlugin, isStep }: PlansParts): TypePlans {
  return new TypePlans({
    same: createSameType(),
    sent: (type, label) => notesOf(sent, type, label),
    wanted: (type, label) => notesOf(wanted, type, label),
    isTouched: (type) => resources.isTouched(type) || hooks?.isHooked(type) === true,
    // A host's code gets its own form and nothing else, however many versions its plugins are of.
    keepsExtras: isIntoPlugin && !isStep,
    handle: (type) => resources.plan(type, isIntoPlugin),
    ...(hooks && { hookFor: hooks.hookFor }),
  });
}

interface SideParts {
  readonly calling: Snapshot;
  readonly callers: readonly ContractInterface[];
  readonly called: Snapshot;
  readonly targets: readonly ContractInterface[];
  readonly args: TypePlans;
  readonly results: TypePlans;
  readonly hooks: FunctionHooks;
}

/** Every function of the calling side, against those of the called side. */
class SideBuilder {
  readonly problems: string[] = [];
  readonly #parts: SideParts;
  readonly #targets: ReadonlyMap<string, ContractFunction>;

  constructor(parts: SideParts) {
    this.#parts = parts;
    this.#targets = new Map(
      parts.targets.flatMap(({ id, functions }) =>
        functions.map((func) => [functionKey(id, func.name), func] as const),
      ),
    );
  }

  build(mayLack: boolean): Map<string, Bridged> {
    const found = new Map<string, Bridged>();
    const { calling, callers, called, targets } = this.#parts;
    const moved = movedFunctions({ snapshot: calling, interfaces: callers }, { snapshot: called, interfaces: targets });
    for (const one of callers) {
      const matched = this.#matched(one, moved);
      for (const caller of one.functions) {
        const key = functionKey(one.id, caller.name);
        const bridged = this.#bridge(key, caller, this.#parts.hooks.target(key) ?? matched.get(caller.name));
        if (bridged !== undefined) found.set(key, bridged);
        else if (!mayLack || !this.#isOptional(one, key))
          this.problems.push(`${shortName(key)}: nothing stands in for it`);
      }
    }
    return found;
  }

  /** Keys of targets by the caller's names, as the rules find them. */
  #matched(one: ContractInterface, moved: ReadonlyMap<string, string>): Map<string, string> {
    const { calling, called, targets } = this.#parts;
    const found = new Map(
      one.functions.flatMap(({ name }) => {
        const target = moved.get(functionKey(one.id, name));
        return target === undefined ? [] : [[name, target] as const];
      }),
    );
    const same = targets.find(({ id }) => interfaceKey(id) === interfaceKey(one.id));
    if (same === undefined) return found;
    const gone = new Set([...moved.keys(), ...moved.values()]);
    const [own, other] = [one, same].map((each) => withoutFunctions(each, (key) => gone.has(key))) as [
      ContractInterface,
      ContractInterface,
    ];
    for (const { a, b } of matchMembers(functionMembers(calling, own), functionMembers(called, other)).pairs)
      found.set(
        (own.functions[a] as ContractFunction).name,
        functionKey(other.id, (other.functions[b] as ContractFunction).name),
      );
    return found;
  }

  #isOptional({ id }: ContractInterface, key: string): boolean {
    const { items } = this.#parts.calling;
    const isMarked = (item: string): boolean => items.get(item)?.notes.optional === true;
    return isMarked(key) || isMarked(interfaceKey(id));
  }

  #bridge(key: string, caller: ContractFunction, target: string | undefined): Bridged | undefined {
    const to = target === undefined ? undefined : this.#targets.get(target);
    if (target === undefined || to === undefined) return this.#parts.hooks.emulate(key, caller);
    const { hooks, args, results } = this.#parts;
    try {
      if (to.isAsync && !caller.isAsync) throw new TenonError("contract-mismatch", "the side that calls cannot wait");
      return {
        target,
        args: hooks.args(key, caller, to) ?? argumentsPlan(caller.params, to.params, args),
        result: hooks.result(key, caller, to) ?? results.planOptional(to.result, caller.result),
        sent: { args: caller.params, result: to.result },
      };
    } catch (thrown) {
      if (!(thrown instanceof TenonError) || thrown.code !== "contract-mismatch") throw thrown;
      this.problems.push(`${shortName(key)}: ${thrown.what.replace(/^.*cannot be adapted: /, "")}`);
      // A problem is one, not a function that is missing as well.
      return { target, args: undefined, result: undefined, sent: { args: [], result: undefined } };
    }
  }
}

function argumentsPlan(from: readonly Field[], to: readonly Field[], plans: TypePlans): TuplePlan | undefined {
  const match = matchMembers(from, to);
  const sources = new Map(match.pairs.map(({ a, b }) => [b, a]));
  // A parameter whose name changed is where it was.
  for (const index of match.added) if (match.deleted.includes(index)) sources.set(index, index);
  const items = to.map(({ name, type }, index) => {
    const at = sources.get(index);
    return { name, from: at, plan: plans.planOptional(at === undefined ? undefined : from[at]?.type, type) };
  });
  const isPlain =
    from.length === to.length && items.every(({ from: at, plan }, index) => at === index && plan === undefined);
  return isPlain ? undefined : { kind: "tuple", items };
}
