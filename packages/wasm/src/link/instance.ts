// One component instance: its index spaces, its handles, and whether it may be entered (CanonicalABI.md, "Component Instances").
import type { CallBudget } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import { trapError } from "@tenon/abi/canonical";
import type { InstanceFlags } from "@tenon/abi/canonical";
import type { Task } from "../async/task.ts";
import { HandleTable } from "./handle-table.ts";
import type { BorrowScope } from "./handle-table.ts";
import type { ComponentItem, FuncItem, InstanceItem, ModuleItem, LinkItem } from "./items.ts";
import { InstanceHandles } from "./resources.ts";
import type { Loan, RuntimeResource } from "./resources.ts";

/** The core index spaces that definitions are taken from. */
export interface CoreSpaces {
  readonly func: unknown[];
  readonly table: unknown[];
  readonly memory: unknown[];
  readonly global: unknown[];
  readonly tag: unknown[];
  readonly instance: Readonly<Record<string, unknown>>[];
  /** By the index of a function: the core instance that it was taken from. */
  readonly sources: Map<number, Readonly<Record<string, unknown>>>;
}

export class ComponentInstance {
  readonly parent: ComponentInstance | undefined;
  /** The instance in which this one's component is defined; outer aliases lead there. */
  readonly home: ComponentInstance | undefined;
  readonly core: CoreSpaces = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
    instance: [],
    sources: new Map(),
  };
  readonly modules: ModuleItem[] = [];
  readonly funcs: FuncItem[] = [];
  readonly components: ComponentItem[] = [];
  readonly instances: InstanceItem[] = [];
  readonly resources: (RuntimeResource | undefined)[] = [];
  readonly exports: Map<string, LinkItem> = new Map();

  readonly handles: HandleTable;
  readonly handleCodec: InstanceHandles;
  readonly flags: InstanceFlags = { mayLeave: true };
  /** False while it runs, and for ever after a trap. */
  mayEnter = true;
  /** What the instance died of. */
  trap: TenonError | undefined;
  /** The call that borrows which come in now belong to. */
  borrowScope: BorrowScope | undefined;
  /** The call that runs inside now, where calls are tasks: of async functions, and of components that use their builtins. */
  task: Task | undefined;
  /** The task that uses the instance's one stack in linear memory. */
  exclusive: Task | undefined;
  /** Above zero no further task starts ("backpressure.inc"). */
  backpressure = 0;
  /** Tasks that wait to start. */
  waitingToEnter = 0;
  /** What calls of imports were lent; each call takes back what came after it. */
  readonly loans: Loan[] = [];

  constructor(parent: ComponentInstance | undefined, home: ComponentInstance | undefined, budget: CallBudget) {
    this.parent = parent;
    this.home = home;
    this.handles = new HandleTable(budget);
    this.handleCodec = new InstanceHandles(this);
  }

  resourceAt(slot: number): RuntimeResource {
    const found = this.resources[slot];
    if (found === undefined) throw new TenonError("internal", `the component instance has no resource in slot ${slot}`);
    return found;
  }

  /** This instance and everything around it that a call from `caller` enters anew, itself first. */
  enteredFrom(caller: ComponentInstance | undefined): ComponentInstance[] {
    const inside = new Set(caller === undefined ? [] : caller.withAncestors());
    return this.withAncestors().filter((one) => !inside.has(one));
  }

  /** Itself, the instance it was made in, and so on outwards. */
  withAncestors(): ComponentInstance[] {
    return this.parent === undefined ? [this] : [this, ...this.parent.withAncestors()];
  }

  /** Throws `plugin-trap` when the instance is dead or running. */
  checkEnter(): void {
    if (!this.mayEnter) throw this.refusal();
  }

  refusal(): TenonError {
    if (this.trap === undefined) {
      return new TenonError(
        "plugin-trap",
        "cannot enter component instance: it is running already, and re-entrance is not allowed",
        { hint: "a host function must not call the plugin that waits for it", sideEffects: "none" },
      );
    }
    return new TenonError(
      "plugin-trap",
      "cannot enter component instance: it trapped before and cannot be used any more",
      {
        hint: "open a new instance",
        sideEffects: "none",
        notes: [`it died of: ${this.trap.what}`],
        cause: this.trap,
      },
    );
  }

  /** The instance has trapped: it is never entered again. */
  poison(error: TenonError): void {
    this.mayEnter = false;
    this.trap ??= error;
  }

  /** Runs a destructor of this instance as a call from `caller`. */
  runInside(caller: ComponentInstance | undefined, func: (rep: number) => void, rep: number): void {
    const entered = this.enteredFrom(caller);
    for (const one of entered) one.checkEnter();
    for (const one of entered) one.mayEnter = false;
    try {
      func(rep);
      for (const one of entered) if (one.trap !== undefined) throw one.trap;
      for (const one of entered) one.mayEnter = true;
    } catch (thrown) {
      const error = trapError(thrown);
      for (const one of entered) one.poison(error);
      throw error;
    }
  }
}
