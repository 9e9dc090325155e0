// What instantiation needs of a validated component: a short program over index spaces. Plain data, no identities.
import type { ContractInterface, ValueType } from "@tenon/contract/core";
import type { StringEncoding } from "../component/ast.ts";

/** The version of the plan's form; a cached plan of another version is not used. */
export const PLAN_VERSION = 1;

/** A function type in which `own` and `borrow` name resources by slot: `resource` is the slot's number as text. */
export interface PlanFunc {
  readonly params: readonly { readonly name: string; readonly type: ValueType }[];
  readonly result?: ValueType;
  readonly isAsync: boolean;
}

/** Indices of core definitions in the component instance; absent where the option is not given. */
export interface PlanOptions {
  readonly encoding: StringEncoding;
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
  readonly callback?: number;
  readonly isAsync: boolean;
  /** The memory has 64-bit addresses. */
  readonly is64?: true;
}

export type CoreKind = "func" | "table" | "memory" | "global" | "tag";
/** Where the runtime resource of a slot comes from: the definition's own names, followed from the op that carries it. */
export type SlotFill = readonly [slot: number, path: readonly string[]];
/** A thing by sort and index; of a type only its resource slot counts, -1 for types that are no resources. */
export type PlanRef = readonly [sort: "func" | "instance" | "component" | "module" | "type", index: number];

/** What a component needs of an import, for messages about what is missing. */
export type PlanNeed =
  | { readonly kind: "func" | "type" | "module" | "component" | "value" }
  /** `as`: the names that lead from the imports to the resource that this one is another name for. */
  | { readonly kind: "resource"; readonly as?: readonly string[] }
  | { readonly kind: "instance"; readonly exports: readonly (readonly [string, PlanNeed])[] };

/** A builtin of the asynchronous component model, as the specification spells it, with whatever it works on. */
export interface PlanBuiltin {
  readonly op: "builtin";
  readonly name: string;
  readonly params: readonly string[];
  readonly results: readonly string[];
  readonly options?: PlanOptions;
  /** What `task.return` returns, or the element of a stream or future. */
  readonly type?: ValueType;
  readonly memory?: number;
  readonly slot?: number;
  readonly isAsync?: true;
  readonly isCancellable?: true;
}

export type PlanOp =
  | { readonly op: "core module"; readonly module: number }
  | { readonly op: "core instance"; readonly module: number; readonly args: readonly (readonly [string, number])[] }
  | { readonly op: "core bag"; readonly exports: readonly (readonly [string, CoreKind, number])[] }
  | { readonly op: "core alias"; readonly kind: CoreKind; readonly instance: number; readonly name: string }
  | { readonly op: "component"; readonly component: number }
  | {
      readonly op: "instance";
      readonly component: number;
      readonly args: readonly (readonly [string, PlanRef])[];
      readonly slots: readonly SlotFill[];
    }
  | { readonly op: "bag"; readonly exports: readonly (readonly [string, PlanRef])[] }
  | {
      readonly op: "alias";
      readonly sort: "func" | "instance" | "component" | "module";
      readonly instance: number;
      readonly name: string;
    }
  | { readonly op: "outer"; readonly sort: "component" | "module"; readonly count: number; readonly index: number }
  | { readonly op: "resource"; readonly slot: number; readonly dtor?: number }
  | { readonly op: "lift"; readonly func: number; readonly type: number; readonly options: PlanOptions }
  | { readonly op: "lower"; readonly func: number; readonly type: number; readonly options: PlanOptions }
  | { readonly op: "resource.new" | "resource.drop" | "resource.rep"; readonly slot: number }
  | PlanBuiltin
  | {
      readonly op: "import";
      readonly name: string;
      readonly sort: "func" | "instance" | "component" | "module" | "type";
      readonly need: PlanNeed;
      readonly slots: readonly SlotFill[];
    }
  | { readonly op: "export"; readonly name: string; readonly ref: PlanRef };

export interface PlanComponent {
  readonly ops: readonly PlanOp[];
  readonly funcs: readonly PlanFunc[];
  /** How many resource slots an instance has. */
  readonly slots: number;
}

/** A core module inside the component's bytes. */
export interface PlanModule {
  readonly start: number;
  readonly end: number;
}

/** An interface without what follows from it: its digest costs more than decoding the component. */
export type PlanInterface = Omit<ContractInterface, "key" | "digest">;
export interface PlanWorld {
  readonly imports: readonly PlanInterface[];
  readonly exports: readonly PlanInterface[];
}

/** Everything about a component but the compiled modules. `components[0]` is the component itself. */
export interface LinkPlan {
  readonly version: typeof PLAN_VERSION;
  readonly modules: readonly PlanModule[];
  readonly components: readonly PlanComponent[];
  /** What the component imports and exports, by interface; `componentContract` makes a contract of it. */
  readonly world: PlanWorld;
  /** Names of builtins of the asynchronous component model that the component uses. */
  readonly asyncBuiltins: readonly string[];
}
