// A link plan, its compiled modules and the host's functions -> a running component whose functions JavaScript can call.
import { interfaceKeys, TenonError } from "@tenon/contract/core";
import { CallBudget } from "@tenon/abi";
import type { Budget, BudgetLimits } from "@tenon/abi";
import type { HostFunction } from "@tenon/abi/canonical";
import { TaskLiftedFunc } from "../async/lifted.ts";
import { Scheduler } from "../async/scheduler.ts";
import type { EndsObserver } from "../async/scheduler.ts";
import type { WasmModule } from "../webassembly.ts";
import { compiledFuncs } from "./compiled.ts";
import { LiftedFunc, hostFunc } from "./functions.ts";
import type { OwnerGate } from "./gates.ts";
import type { ComponentInstance } from "./instance.ts";
import type { InstanceItem, LinkItem } from "./items.ts";
import type { LinkPlan, PlanNeed } from "./plan.ts";
import { RuntimeResource } from "./resources.ts";
import { makeInstance } from "./run-plan.ts";

/** A resource type that the host implements: `accepts` says which objects are of it. Dropping calls their `Symbol.dispose`. */
export interface HostResource {
  readonly resource: { readonly accepts?: (value: object) => boolean };
}
/** A function of the host; the component's types say what it is called with. */
export type HostCallable = (...args: never[]) => unknown;
/**
 * What the host supplies for one import, by the names that the component uses: a function, the functions and resources
 * of an interface, a compiled core module, or something that another component exports (`LinkedComponent.item`).
 */
export type HostImport = HostCallable | HostResource | HostInterface | LinkItem;
export interface HostInterface {
  readonly [name: string]: HostImport;
}

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
  /** Told, for each function that is lifted, of the exports of the core instance that it is from. */
  readonly onLift?: (exports: Readonly<Record<string, unknown>>) => void;
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

function importsOf(
  plan: LinkPlan,
  imports: Readonly<Record<string, HostImport>> | ReadonlyMap<string, HostImport>,
  scheduler: Scheduler,
  owner: OwnerGate | undefined,
): ReadonlyMap<string, LinkItem> {
  const args = new Map<string, LinkItem>();
  const importing = { args, scheduler, owner };
  for (const op of plan.components[0]?.ops ?? []) {
    if (op.op !== "import") continue;
    const given = imports instanceof Map ? imports.get(op.name) : own(imports as HostInterface, op.name);
    addImport(importing, args, op.name, given, op.need, op.name);
  }
  return args;
}

interface Importing {
  readonly args: Map<string, LinkItem>;
  readonly scheduler: Scheduler;
  readonly owner: OwnerGate | undefined;
}

function own(from: HostInterface, name: string): HostImport | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

function isItem(value: unknown): value is LinkItem {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

function isHostResource(value: HostImport): value is HostResource {
  return typeof value === "object" && "resource" in value && typeof value.resource === "object" && !isItem(value);
}

/** Adds one import under `name` to `into`: the imports themselves, or the exports of an imported instance. */
function addImport(
  importing: Importing,
  into: Map<string, LinkItem>,
  name: string,
  given: HostImport | undefined,
  need: PlanNeed,
  path: string,
): void {
  if (need.kind === "instance" && given !== undefined && !isItem(given)) {
    if (typeof given !== "object") return wrongKind("interface", path);
    const exports = new Map<string, LinkItem>();
    // It is there before it is whole: its parts may name each other.
    into.set(name, { kind: "instance", exports });
    for (const [part, one] of need.exports) {
      addImport(importing, exports, part, own(given as HostInterface, part), one, `${path}.${part}`);
    }
  } else into.set(name, importItem(importing, given, need, path));
}

function importItem(
  { args, scheduler, owner }: Importing,
  given: HostImport | undefined,
  need: PlanNeed,
  path: string,
): LinkItem {
  if (need.kind === "type") return { kind: "type", resource: undefined };
  if (need.kind === "resource" && need.as !== undefined && !isItem(given)) return itemAt(args, need.as);
  if (given === undefined) {
    throw new TenonError(
      "function-missing",
      `the component imports the ${need.kind} \`${path}\`, which is not supplied`,
      {
        hint: "supply it, or load the component into a host that does",
        sideEffects: "none",
      },
    );
  }
  if (isItem(given))
    return given.kind === (need.kind === "resource" ? "type" : need.kind) ? given : wrongKind(need.kind, path);
  switch (need.kind) {
    case "func":
      return typeof given === "function"
        ? hostFunc(path, given as HostFunction, scheduler, owner)
        : wrongKind("function", path);
    case "resource": {
      const accepts = isHostResource(given) ? given.resource.accepts : undefined;
      return { kind: "type", resource: RuntimeResource.ofHost(path, accepts) };
    }
    default:
      return wrongKind(need.kind, path);
  }
}

function itemAt(args: ReadonlyMap<string, LinkItem>, path: readonly string[]): LinkItem {
  const [first = "", ...rest] = path;
  let item = args.get(first);
  for (const name of rest) item = item?.kind === "instance" ? item.exports.get(name) : undefined;
  return item ?? { kind: "type", resource: undefined };
}

function wrongKind(wanted: string, path: string): never {
  throw new TenonError("config-invalid", `the import \`${path}\` must be a ${wanted}`, { sideEffects: "none" });
}
