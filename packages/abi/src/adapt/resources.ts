// The resources of two snapshots -> what stands in for a handle whose methods convert: an object with the methods that the
// other side knows. It is the same object each time, and becomes the handle again on its way back.
import { functionKey, interfaceKey, resourceKey, type SameType, type Snapshot } from "@tenon/contract/evolution";
import { camelCase, partsOf } from "@tenon/contract/base";
import type { Contract, ContractFunction, HandleType, ValueType } from "@tenon/contract/core";
import type { Bridge, Bridged } from "./bridge.ts";
import { compileConversion, then } from "./convert.ts";
import type { HandlePlan } from "./plan.ts";

type Owner = HandleType["owner"];
type Method = (this: object, ...args: unknown[]) => unknown;

export class ResourceAdapters {
  /** By `resourceKey`. */
  readonly #changed: ReadonlySet<string>;
  readonly #bridge: () => Bridge;
  readonly #plans = new Map<string, HandlePlan>();
  readonly #faces = new Map<string, Faces>();
  readonly #touched = new Map<ValueType, boolean>();

  /** `bridge` is asked when the first handle comes. */
  constructor(plugin: Snapshot, host: Snapshot, same: SameType, bridge: () => Bridge) {
    this.#changed = changedResources(plugin.contract, host.contract, same);
    this.#bridge = bridge;
  }

  /** Whether handles of a changed resource are in a value of the type. */
  isTouched = (type: ValueType): boolean => {
    if (this.#changed.size === 0) return false;
    const known = this.#touched.get(type);
    if (known !== undefined) return known;
    const answer =
      type.kind === "own" || type.kind === "borrow"
        ? this.#changed.has(resourceKey(type))
        : partsOf(type).some(this.isTouched);
    this.#touched.set(type, answer);
    return answer;
  };

  /** The plan for a handle that goes to the plugin, or comes from it. */
  plan(type: HandleType, isIntoPlugin: boolean): HandlePlan {
    const key = resourceKey(type);
    const isLeavingOwner = isIntoPlugin === (type.owner === "host");
    const name = `${key} ${isLeavingOwner}`;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const faces = (): Faces => {
      const found = this.#faces.get(key) ?? new Faces(this.#methods(key, type.owner));
      this.#faces.set(key, found);
      return found;
    };
    const convert = isLeavingOwner
      ? (value: unknown) => faces().of(value)
      : (value: unknown) => faces().handleOf(value);
    const made: HandlePlan = { kind: "handle", convert };
    this.#plans.set(name, made);
    return made;
  }

  /** The methods as the other side calls them. */
  #methods(key: string, owner: Owner): Map<string, Method> {
    const [at = "", name = ""] = key.slice(key.indexOf(" ") + 1).split("#");
    const start = functionKey(at, `[method]${name}.`);
    const functions = owner === "plugin" ? this.#bridge().exports : this.#bridge().imports;
    const found = [...functions].filter(([own]) => own.startsWith(start));
    return new Map(found.map(([own, bridged]) => [camelCase(labelOf(own)), method(own, bridged)]));
  }
}

/** `acme:shop/carts.[method]cart.add-item` -> `add-item` */
function labelOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/** `this` is the handle itself. */
function method(key: string, bridged: Bridged): Method {
  const call = (target: string, [self, ...args]: readonly unknown[]): unknown =>
    (self as Record<string, (...args: unknown[]) => unknown>)[camelCase(labelOf(target))]!(...args);
  if ("emulate" in bridged)
    return function (...args) {
      return bridged.emulate([this, ...args], call);
    };
  const { target, args: plan, result, sent } = bridged;
  const into = compileConversion(plan, { path: "", sent: sent.args });
  const back = compileConversion(result, { path: `${key} -> result`, sent: sent.result });
  return function (...args) {
    const own = [this, ...args];
    return then(call(target, into === undefined ? own : (into(own) as unknown[])), back);
  };
}

/** Objects that stand in for the handles of one resource. */
class Faces {
  readonly #prototype: object;
  readonly #faces = new WeakMap<object, object>();
  readonly #handles = new WeakMap<object, object>();

  constructor(methods: ReadonlyMap<string, Method>) {
    const handleOf = (face: object): object => this.handleOf(face) as object;
    const prototype: Record<PropertyKey, unknown> = {};
    for (const [name, run] of methods)
      Object.defineProperty(prototype, name, {
        value(this: object, ...args: unknown[]) {
          return run.apply(handleOf(this), args);
        },
      });
    for (const end of [Symbol.dispose, Symbol.asyncDispose])
      Object.defineProperty(prototype, end, {
        value(this: object) {
          return (handleOf(this) as Record<symbol, (() => unknown) | undefined>)[end]?.();
        },
      });
    this.#prototype = prototype;
  }

  of(handle: unknown): unknown {
    if (!isObject(handle)) return handle;
    const known = this.#faces.get(handle);
    if (known !== undefined) return known;
    const face = Object.create(this.#prototype) as object;
    this.#faces.set(handle, face);
    this.#handles.set(face, handle);
    return face;
  }

  /** What is no face of ours is refused by the side that owns the resource. */
  handleOf(face: unknown): unknown {
    return isObject(face) ? (this.#handles.get(face) ?? face) : face;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Resources with a method whose name or types changed, or that passes handles of such a resource. */
function changedResources(plugin: Contract, host: Contract, same: SameType): ReadonlySet<string> {
  const [olds, news] = [methodsOf(plugin), methodsOf(host)];
  const changed = new Set<string>();
  for (const [key, methods] of olds) {
    const others = news.get(key);
    if (others !== undefined && !isSameSet(methods, others, same)) changed.add(key);
  }
  const touches = (type: ValueType | undefined): boolean => {
    if (type === undefined) return false;
    return type.kind === "own" || type.kind === "borrow" ? changed.has(resourceKey(type)) : partsOf(type).some(touches);
  };
  for (let before = -1; before !== changed.size;) {
    before = changed.size;
    for (const [key, methods] of olds)
      if (
        news.has(key) &&
        methods.some(({ params, result }) => touches(result) || params.some((one) => touches(one.type)))
      )
        changed.add(key);
  }
  return changed;
}

function methodsOf(contract: Contract): Map<string, ContractFunction[]> {
  const found = new Map<string, ContractFunction[]>();
  for (const [owner, interfaces] of [
    ["plugin", contract.exports],
    ["host", contract.imports],
  ] as const)
    for (const { id, resources, functions } of interfaces)
      for (const name of resources)
        found.set(
          resourceKey({ resource: `${interfaceKey(id)}#${name}`, owner }),
          functions.filter(({ kind, resource }) => kind === "method" && resource === name),
        );
  return found;
}

function isSameSet(a: readonly ContractFunction[], b: readonly ContractFunction[], same: SameType): boolean {
  return a.length === b.length && a.every((one) => b.some((other) => isSameMethod(one, other, same)));
}

function isSameMethod(a: ContractFunction, b: ContractFunction, same: SameType): boolean {
  return (
    a.name === b.name &&
    a.params.length === b.params.length &&
    a.params.every(({ type }, index) => same(type, b.params[index]?.type)) &&
    same(a.result, b.result)
  );
}
