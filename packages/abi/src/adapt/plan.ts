// How a value of one version of a contract becomes one of another, as data: what rules or an author decided, before any
// code is made of it. Data, so that two steps can be made one (compose.ts) and run as generated code or as closures.
import type { NumericArrayType } from "../mapping.ts";

/** undefined: the value stays what it is. */
export type Plan = PlanNode | undefined;

export type PlanNode =
  | RecordPlan
  | TuplePlan
  | CasesPlan
  | EnumPlan
  | FlagsPlan
  | ListPlan
  | MapPlan
  | OptionPlan
  | WrapPlan
  | UnwrapPlan
  | LeafPlan
  | StreamPlan
  | FuturePlan
  | HandlePlan
  | ConstantPlan
  | MadePlan
  | ChainPlan;

/** A new object with these keys, in this order. */
export interface RecordPlan {
  readonly kind: "record";
  readonly fields: readonly RecordPart[];
}

export interface RecordPart {
  readonly key: string;
  /** The key of the sent record; undefined: the part is made of the whole record. */
  readonly from: string | undefined;
  readonly plan: Plan;
}

/** A new array with these items: a tuple, or the arguments of a function. */
export interface TuplePlan {
  readonly kind: "tuple";
  readonly items: readonly TuplePart[];
}

export interface TuplePart {
  /** What a message calls the item: `[0]`, or the name of a parameter. */
  readonly name: string;
  /** The position in the sent array; undefined: the item is made of the whole array. */
  readonly from: number | undefined;
  readonly plan: Plan;
}

/** Tags of a variant or a result; one that is not here is refused. */
export interface CasesPlan {
  readonly kind: "cases";
  readonly arms: ReadonlyMap<string, CaseArm>;
}

export interface CaseArm {
  readonly tag: string;
  /** undefined: the wanted case has no payload. */
  readonly payload: { readonly plan: Plan } | undefined;
}

/** Labels of an enum; one that is not here is refused. */
export interface EnumPlan {
  readonly kind: "enum";
  readonly labels: ReadonlyMap<string, string>;
}

export interface FlagsPlan {
  readonly kind: "flags";
  readonly flags: readonly PlannedFlag[];
  /** All keys of the wanted flags. */
  readonly keys: readonly string[];
}

export interface PlannedFlag {
  /** As the contract spells it. */
  readonly label: string;
  readonly from: string;
  /** undefined: nobody knows the flag there. */
  readonly to: string | undefined;
  /** Whether a value with the flag is refused where nobody knows it. */
  readonly isCritical: boolean;
}

export interface ListPlan {
  readonly kind: "list";
  readonly element: Plan;
  /** The only length that is let through. */
  readonly length: number | undefined;
  /** What the wanted list is in JavaScript; undefined is a plain array. */
  readonly array: NumericArrayType | undefined;
}

export interface MapPlan {
  readonly kind: "map";
  readonly key: Plan;
  readonly value: Plan;
}

/** How an option is written in JavaScript; `bare`: there is no option on that side, the value is always there. */
export type OptionForm = "plain" | "tagged" | "bare";

export interface OptionPlan {
  readonly kind: "option";
  readonly from: OptionForm;
  readonly to: OptionForm;
  readonly item: Plan;
  /** What stands in for none where the wanted side is bare; undefined: none is refused. */
  readonly standIn: (() => unknown) | undefined;
}

/** `T` to `ok(T)`. */
export interface WrapPlan {
  readonly kind: "wrap";
  readonly item: Plan;
}

/** `ok(T)` to `T`; an err is refused. */
export interface UnwrapPlan {
  readonly kind: "unwrap";
  readonly item: Plan;
}

/** A number or text that is checked and made another one. */
export interface LeafPlan {
  readonly kind: "leaf";
  /** undefined for a value that has no counterpart. */
  readonly convert: (value: unknown) => unknown;
  /** The wanted type, for the message. */
  readonly wanted: string;
  /** For generated code: what is to be done with most values of `v`, without `convert`. */
  readonly fast: { readonly when: string; readonly give: string } | undefined;
}

/** Values that come one by one. */
export interface StreamPlan {
  readonly kind: "stream";
  readonly element: Plan;
  /** Whether typed arrays come in place of single numbers. */
  readonly isChunked: boolean;
  /** What chunks are made of, where the wanted elements are numbers. */
  readonly array: NumericArrayType | undefined;
}

/** A value that comes later. */
export interface FuturePlan {
  readonly kind: "future";
  readonly element: Plan;
}

/** A handle of a resource, or what stands in for it. */
export interface HandlePlan {
  readonly kind: "handle";
  readonly convert: (value: unknown) => unknown;
}

/** A value for which nothing is read. */
export interface ConstantPlan {
  readonly kind: "constant";
  /** A new one each time. */
  readonly make: () => unknown;
}

/** What the author of a migration wrote. */
export interface MadePlan {
  readonly kind: "made";
  readonly make: (value: unknown) => unknown;
  /** Throws `value-invalid` where `make` gave no value of the wanted type. */
  readonly check: (value: unknown, path: string) => void;
  /** Where in the migration it stands: `types["builder#artifact"].up.kind`. */
  readonly name: string;
}

export interface ChainPlan {
  readonly kind: "chain";
  readonly first: PlanNode;
  readonly then: PlanNode;
}

/** Nothing is read, and nothing is there. */
export const NOTHING: ConstantPlan = { kind: "constant", make: () => undefined };
