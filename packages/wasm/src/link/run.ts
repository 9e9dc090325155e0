// One component while its instance is made: what the ops of its plan work on.
import { TenonError } from "@tenon/contract/core";
import type { Budget, BudgetLimits, CallBudget } from "@tenon/abi";
import type { CanonicalOptions, FuelFill } from "@tenon/abi/canonical";
import type { Scheduler } from "../async/scheduler.ts";
import type { WasmModule } from "../webassembly.ts";
import type { CompiledFunc } from "./compiled.ts";
import type { OwnerGate } from "./gates.ts";
import type { ComponentInstance } from "./instance.ts";
import type { LinkItem } from "./items.ts";
import type { CoreKind, LinkPlan } from "./plan.ts";

/** What all instances of one instantiation share. */
export interface Linking {
  readonly plan: LinkPlan;
  readonly funcs: readonly (readonly CompiledFunc[])[];
  readonly modules: readonly WasmModule[];
  /** Where handles of all instances are held. */
  readonly holds: CallBudget;
  readonly canonical: CanonicalOptions;
  readonly limits: Partial<BudgetLimits> | undefined;
  readonly budget: Budget | undefined;
  readonly scheduler: Scheduler;
  readonly owner: OwnerGate | undefined;
  /** Something in the plan can wait: code that may be suspended runs on stacks of its own. */
  readonly mayBlock: boolean;
  /** Calls are tasks, because something in the plan asks for the current one. */
  readonly usesTasks: boolean;
  /** What every core module is given beside its own imports. */
  readonly coreImports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Gives what fills the fuel for a call of a lifted function, by the exports of the core instance that it is from. */
  readonly onLift: ((exports: Readonly<Record<string, unknown>>) => FuelFill | undefined) | undefined;
}

export interface Run {
  readonly linking: Linking;
  readonly funcs: readonly CompiledFunc[];
  readonly instance: ComponentInstance;
  readonly args: ReadonlyMap<string, LinkItem>;
}

/** A plan that does not fit itself: it was not made by this package, or was changed since. */
export function broken(what: string): never {
  throw new TenonError("artifact-invalid", `the link plan names ${what}, which is not there`, {
    hint: "make the plan from the component again",
    sideEffects: "none",
  });
}

export function coreItem(run: Run, kind: CoreKind, index: number): unknown {
  return run.instance.core[kind][index] ?? broken(`core ${kind} ${index}`);
}
