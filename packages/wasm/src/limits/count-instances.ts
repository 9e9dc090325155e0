// A link plan -> how many instances of each core module one instance of the component has, without making any.
import { TenonError } from "@tenon/contract/core";
import type { LinkPlan, PlanOp, PlanRef } from "../link/plan.ts";

/** What counts of a thing in an index space: which module it is, which component and where from, or what is inside. */
type Known =
  | { readonly kind: "module"; readonly module: number }
  | { readonly kind: "component"; readonly component: number; readonly home: Scope }
  | { readonly kind: "instance"; readonly exports: ReadonlyMap<string, Known | undefined> }
  | undefined;

interface Scope {
  readonly home: Scope | undefined;
  readonly args: ReadonlyMap<string, Known>;
  readonly modules: Known[];
  readonly components: Known[];
  readonly instances: Known[];
  readonly exports: Map<string, Known>;
}

/**
 * By the number of the module in the plan. Modules that the host supplies are not counted: they are its own. Throws
 * `resource-exhausted` as soon as there are more than `max` instances, of core modules and of components together.
 */
export function countCoreInstances(plan: LinkPlan, max: number): readonly number[] {
  const counter = new InstanceCounter(plan, max);
  counter.instantiate(0, undefined, new Map());
  return counter.times;
}

/** `resource-exhausted` for a component of too many parts. */
export function tooMany(what: string, max: number): TenonError {
  return new TenonError("resource-exhausted", `the component has more than ${max} ${what} in it`, {
    hint: "raise maxCoreInstances if the plugin should have that many",
    sideEffects: "none",
    details: { limit: "maxCoreInstances", allowed: max },
  });
}

class InstanceCounter {
  readonly times: number[];
  readonly #plan: LinkPlan;
  readonly #max: number;
  #left: number;

  constructor(plan: LinkPlan, max: number) {
    this.#plan = plan;
    this.#max = max;
    this.#left = max;
    this.times = plan.modules.map(() => 0);
  }

  instantiate(component: number, home: Scope | undefined, args: ReadonlyMap<string, Known>): Known {
    this.#take();
    const scope: Scope = { home, args, modules: [], components: [], instances: [], exports: new Map() };
    for (const op of this.#plan.components[component]?.ops ?? []) this.#run(scope, op);
    return { kind: "instance", exports: scope.exports };
  }

  #take(): void {
    this.#left -= 1;
    if (this.#left < 0) throw tooMany("instances", this.#max);
  }

  #run(scope: Scope, op: PlanOp): void {
    switch (op.op) {
      case "core module":
        scope.modules.push({ kind: "module", module: op.module });
        return;
      case "core instance": {
        this.#take();
        const known = scope.modules[op.module];
        if (known?.kind === "module") this.times[known.module] = (this.times[known.module] ?? 0) + 1;
        return;
      }
      case "component":
        scope.components.push({ kind: "component", component: op.component, home: scope });
        return;
      case "instance": {
        const known = scope.components[op.component];
        const args = new Map(op.args.map(([name, ref]) => [name, at(scope, ref)]));
        scope.instances.push(
          known?.kind === "component" ? this.instantiate(known.component, known.home, args) : undefined,
        );
        return;
      }
      case "bag":
        scope.instances.push({
          kind: "instance",
          exports: new Map(op.exports.map(([name, ref]) => [name, at(scope, ref)])),
        });
        return;
      case "alias": {
        const from = scope.instances[op.instance];
        return push(scope, op.sort, from?.kind === "instance" ? from.exports.get(op.name) : undefined);
      }
      case "outer": {
        let from: Scope | undefined = scope;
        for (let level = 0; level < op.count; level++) from = from?.home;
        return push(scope, op.sort, from?.[op.sort === "module" ? "modules" : "components"][op.index]);
      }
      case "import":
        return push(scope, op.sort, scope.args.get(op.name));
      case "export": {
        const known = at(scope, op.ref);
        scope.exports.set(op.name, known);
        return push(scope, op.ref[0], known);
      }
      default:
    }
  }
}

function at(scope: Scope, [sort, index]: PlanRef): Known {
  if (sort === "module") return scope.modules[index];
  if (sort === "component") return scope.components[index];
  return sort === "instance" ? scope.instances[index] : undefined;
}

/** Every index space has to grow as the plan's own does, whether or not it is known what came. */
function push(scope: Scope, sort: PlanRef[0], known: Known): void {
  if (sort === "module") scope.modules.push(known);
  else if (sort === "component") scope.components.push(known);
  else if (sort === "instance") scope.instances.push(known);
}
