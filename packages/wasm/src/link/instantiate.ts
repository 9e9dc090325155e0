// A link plan, its compiled modules and the host's functions -> a running component whose functions JavaScript can call.
import { interfaceKeys } from "@tenon/contract/core";
import type { TenonError } from "@tenon/contract/core";
import { CallBudget } from "@tenon/abi";
import type { Budget, BudgetLimits } from "@tenon/abi";
import type { FuelFill, HostFunction } from "@tenon/abi/canonical";
import { TaskLiftedFunc } from "../async/lifted.ts";
import { Scheduler } from "../async/scheduler.ts";
import type { EndsObserver } from "../async/scheduler.ts";
import type { WasmModule } from "../webassembly.ts";
import { compiledFuncs } from "./compiled.ts";
import { LiftedFunc } from "./functions.ts";
import type { OwnerGate } from "./gates.ts";
import type { ComponentInstance } from "./instance.ts";
import { importsOf } from "./host-imports.ts";
import type { HostImport } from "./host-imports.ts";
import type { InstanceItem, LinkItem } from "./items.ts";
import type { LinkPlan } from "./plan.ts";
import type { RuntimeResource } from "./resources.ts";
import { makeInstance } from "./run-plan.ts";

export interface InstantiateOptions {
  /** Handles that all instances may hold at once; default 65,536: more is a leak. A `CallBudget` says it itself. */
  readonly maxHandles?: number;
  /** Bounds on what one call may copy out of the guest. Default those of `@tenon/abi`. */
  readonly limits?: Partial<BudgetLimits>;
  /** One budget for all calls, filled by its owner, in place of `limits`; a `CallBudget` holds the handles as well. */
  readonly budget?: Budget;
  /** Told of streams and futures that cross between the component and the host. */
  readonly ends?: EndsObserver;
  /** False forces closures in place of generated code. Default: generated wherever the engine allows it. */
  readonly codegen?: boolean;
  /** What every core module is given beside its own imports, such as the counter of a `FuelTank`. Default nothing. */
  readonly coreImports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Gives, for each function that is lifted, what fills the fuel for a call of it, by the exports of the core instance that it is
   * from. Used where `owner` has `enterUnfilled`.
   */
  readonly onLift?: (exports: Readonly<Record<string, unknown>>) => FuelFill | undefined;
  /** Brackets the calls between component and host: of its synchronous functions, and of every host function. */
  readonly owner?: OwnerGate;
}

/** A running component. Not thread-safe, like everything in JavaScript; one call at a time enters it. */
export interface LinkedComponent {
  /** Everything exported, by name; functions of the component itself and instances. */
  readonly exports: ReadonlyMap<string, LinkItem>;
  /** What it died of; it refuses every call then. Undefined while it lives. */
  readonly trap: TenonError | undefined;
  /** A call is inside; others are refused meanwhile. */
  readonly isRunning: boolean;
  /** The host holds ends of streams or futures, by which its tasks may yet go on. */
  readonly hasEnds: boolean;
  /** Ends it: calls that wait reject with `error`, streams of the host are closed, and nothing runs in it any more. */
  end(error: TenonError): void;
  /** The function `name` of the exported interface `id`; `""` for functions of the component itself. */
  func(id: string, name: string): HostFunction | undefined;
  /** The resource type `name` of an exported interface. */
  resource(id: string, name: string): RuntimeResource | undefined;
}

/**
 * Instantiates a component: core modules are instantiated and their start functions run.
 * Throws `function-missing` for an import that is not there (naming its path), `config-invalid` for one of the wrong
 * kind, `plugin-trap` when the component traps while it starts.
 */
export function instantiate(
  plan: LinkPlan,
  modules: readonly WasmModule[],
  imports: Readonly<Record<string, HostImport>> | ReadonlyMap<string, HostImport> = {},
  options: InstantiateOptions = {},
): LinkedComponent {
  const scheduler = new Scheduler(options.ends);
  const { owner } = options;
  const args = importsOf(plan, imports, scheduler, owner);
  const linking = {
    plan,
    funcs: compiledFuncs(plan),
    modules,
    holds: holdsOf(options),
    canonical: options.codegen === undefined ? {} : { codegen: options.codegen },
    limits: options.limits,
    budget: options.budget,
    coreImports: options.coreImports ?? {},
    onLift: options.onLift,
    scheduler,
    owner,
    ...asyncUse(plan),
  };
  const instance = makeInstance(linking, 0, undefined, undefined, args);
  scheduler.root = instance;
  nameFunctions(instance, "", keysOf(plan));
  return linked(instance, scheduler);
}

function holdsOf({ budget, maxHandles }: InstantiateOptions): CallBudget {
  if (budget instanceof CallBudget) return budget;
  return new CallBudget(maxHandles === undefined ? {} : { maxHandles });
}

/** What a plan has of the asynchronous component model. */
function asyncUse({ asyncBuiltins, components }: LinkPlan): {
  readonly mayBlock: boolean;
  readonly usesTasks: boolean;
} {
  const lowersAsync = components.some(({ ops, funcs }) =>
    ops.some((op) => op.op === "lower" && !op.options.isAsync && funcs[op.type]?.isAsync === true),
  );
  const waits = asyncBuiltins.some((name) =>
    /^waitable-set\.wait|^thread\.yield|^subtask\.cancel|^(stream|future)\./.test(name),
  );
  const usesTasks = asyncBuiltins.length > 0 || components.some(({ funcs }) => funcs.some(({ isAsync }) => isAsync));
  return { mayBlock: lowersAsync || waits, usesTasks };
}

function linked(instance: ComponentInstance, scheduler: Scheduler): LinkedComponent {
  const { exports } = instance;
  const find = (id: string, name: string): LinkItem | undefined => {
    if (id === "") return exports.get(name);
    const inside = exports.get(id);
    return inside?.kind === "instance" ? inside.exports.get(name) : undefined;
  };
  return {
    exports,
    get trap() {
      return instance.trap;
    },
    get isRunning() {
      return !instance.mayEnter && instance.trap === undefined;
    },
    get hasEnds() {
      return scheduler.hasEnds;
    },
    end: (error) => scheduler.die(error),
    func: (id, name) => {
      const item = find(id, name);
      return item?.kind === "func" ? item.callFrom(undefined) : undefined;
    },
    resource: (id, name) => {
      const item = find(id, name);
      return item?.kind === "type" ? item.resource : undefined;
    },
  };
}

/** Errors name functions as the contract does: `interface.function`. */
const knownKeys = new WeakMap<LinkPlan, ReadonlyMap<string, string>>();

/** What errors call the exported interfaces, as contracts do: one key for each, made once for all instances. */
function keysOf(plan: LinkPlan): ReadonlyMap<string, string> {
  let made = knownKeys.get(plan);
  if (made === undefined) {
    const ids = plan.world.exports.map(({ id }) => id);
    const keys = interfaceKeys(ids);
    knownKeys.set(plan, (made = new Map(ids.map((id, index) => [id, keys[index] ?? id]))));
  }
  return made;
}

/** `interface.function`, wherever one was lifted. */
function nameFunctions(
  { exports }: Pick<InstanceItem, "exports">,
  prefix: string,
  keys: ReadonlyMap<string, string>,
): void {
  for (const [name, item] of exports) {
    if (item instanceof LiftedFunc || item instanceof TaskLiftedFunc)
      item.name = prefix === "" ? name : `${prefix}.${name}`;
    if (item.kind === "instance") nameFunctions(item, keys.get(name) ?? name, keys);
    if (item.kind === "type" && item.resource !== undefined && item.resource.name === "") item.resource.name = name;
  }
}
