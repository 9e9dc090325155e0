// A type that is sent and a type that is wanted, of two versions of a contract -> the plan that makes the one of the other.
// It agrees with what `diffSnapshots` says: `total` and `lossy` never refuse, `partial` refuses what has no counterpart.
import { matchMembers, type Notes, type SameType } from "@tenon/contract/evolution";
import { TenonError, camelCase } from "@tenon/contract/base";
import type { Field, HandleType, PrimitiveKind, ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray } from "../mapping.ts";
import { valueOfDefault } from "./default-value.ts";
import { createFits, type Fits } from "./fits.ts";
import { numberLeaf } from "./number-leaf.ts";
import { NOTHING, type CaseArm, type MadePlan, type OptionForm, type Plan, type PlanNode } from "./plan.ts";

/** What the author of a migration says of one type: all of it, or some fields of a record by their JavaScript keys. */
export type TypeHook = { readonly whole: MadePlan } | { readonly fields: ReadonlyMap<string, MadePlan> };

/** What the two contracts say, and maybe an author. */
export interface PlanContext {
  readonly same: SameType;
  /** The annotations of a label of the sent or the wanted type. */
  readonly sent: (type: ValueType, label: string) => Notes;
  readonly wanted: (type: ValueType, label: string) => Notes;
  readonly hookFor?: (from: ValueType, to: ValueType) => TypeHook | undefined;
  /** Whether a hook stands on a sent type or one of its parts, or a handle that converts: then equal types convert, too. */
  readonly isTouched: (from: ValueType) => boolean;
  /** Whether records keep the fields that the wanted type does not have, where nothing else in them changes. */
  readonly keepsExtras: boolean;
  readonly handle?: (from: HandleType) => PlanNode;
}

type Of<K extends ValueType["kind"]> = ValueType & { readonly kind: K };

/** Every type pair once, however often it is used. */
export class TypePlans {
  readonly #context: PlanContext;
  readonly #fits: Fits;
  readonly #known = new Map<ValueType, Map<ValueType, Plan>>();

  constructor(context: PlanContext) {
    this.#context = context;
    this.#fits = createFits({ ...context, allowsExtras: context.keepsExtras });
  }

  /** Throws `contract-mismatch` where no value converts. `standIn` is what none becomes where no option is wanted. */
  plan(from: ValueType, to: ValueType, standIn?: () => unknown): Plan {
    if (this.#fits(from, to)) return undefined;
    if (standIn !== undefined) return this.#make(from, to, standIn);
    const row = this.#known.get(from) ?? new Map<ValueType, Plan>();
    if (!row.has(to)) this.#known.set(from, row.set(to, this.#make(from, to, undefined)));
    return row.get(to);
  }

  /** A payload, a result, or a parameter, any of which may not be there on one side. */
  planOptional(from: ValueType | undefined, to: ValueType | undefined): Plan {
    if (from === undefined && to === undefined) return undefined;
    if (to === undefined) return NOTHING;
    if (from !== undefined) return this.plan(from, to);
    if (to.kind === "option") return constantNone(to.item);
    if (to.kind === "result" && to.ok === undefined) return { kind: "constant", make: () => ({ tag: "ok" }) };
    throw mismatch("nothing is sent where a value is wanted");
  }

  #make(from: ValueType, to: ValueType, standIn: (() => unknown) | undefined): Plan {
    const hook = this.#context.hookFor?.(from, to);
    if (hook !== undefined && "whole" in hook) return hook.whole;
    if (from.kind === "record" && to.kind === "record") return this.#record(from, to, hook?.fields);
    if (from.kind === "variant" && to.kind === "variant") return this.#variant(from, to);
    if (from.kind === "enum" && to.kind === "enum")
      return { kind: "enum", labels: this.#labels(from, from.cases, to, to.cases) };
    if (from.kind === "flags" && to.kind === "flags") return this.#flags(from, to);
    if (from.kind === "list" && to.kind === "list") return this.#list(from, to);
    if (from.kind === "tuple" && to.kind === "tuple") return this.#tuple(from.items, to.items);
    if (from.kind === "map" && to.kind === "map")
      return { kind: "map", key: this.plan(from.key, to.key), value: this.plan(from.value, to.value) };
    if (from.kind === "option" && to.kind === "option")
      return optionPlan(formOf(from.item), formOf(to.item), this.plan(from.item, to.item));
    if (from.kind === "result" && to.kind === "result")
      return {
        kind: "cases",
        arms: new Map([
          ["ok", this.#arm("ok", from.ok, to.ok)],
          ["err", this.#arm("err", from.err, to.err)],
        ]),
      };
    if ((from.kind === "own" || from.kind === "borrow") && this.#context.same(from, to))
      return this.#context.handle?.(from);
    if (from.kind === "stream" && to.kind === "stream") return this.#stream(from.element, to.element);
    if (from.kind === "future" && to.kind === "future")
      return { kind: "future", element: this.planOptional(from.element, to.element) };
    return this.#bridge(from, to, standIn);
  }

  #record(from: Of<"record">, to: Of<"record">, hooks: ReadonlyMap<string, MadePlan> | undefined): PlanNode {
    const { sent, wanted } = this.#context;
    const match = matchMembers(
      from.fields.map(({ name }) => ({ name, renamedFrom: sent(from, name).renamedFrom })),
      to.fields.map(({ name }) => ({ name, renamedFrom: wanted(to, name).renamedFrom })),
    );
    const sources = new Map(match.pairs.map((pair) => [pair.b, from.fields[pair.a] as Field]));
    const fields = to.fields.map((field, index) => {
      const key = camelCase(field.name);
      const made = hooks?.get(key);
      if (made !== undefined) return { key, from: undefined, plan: made };
      const source = sources.get(index);
      const given = wanted(to, field.name).default ?? (source && sent(from, source.name).default);
      const standIn = given === undefined ? undefined : () => valueOfDefault(given, field.type);
      if (source === undefined) return { key, from: undefined, plan: absent(field, standIn) };
      return { key, from: camelCase(source.name), plan: this.plan(source.type, field.type, standIn) };
    });
    return { kind: "record", fields };
  }

  /** Sent label -> wanted label, by name, by `@renamed-from`, else to the `@fallback`. */
  #labels(
    from: ValueType,
    sentLabels: readonly string[],
    to: ValueType,
    labels: readonly string[],
  ): Map<string, string> {
    const { sent, wanted } = this.#context;
    const match = matchMembers(
      sentLabels.map((name) => ({ name, renamedFrom: sent(from, name).renamedFrom })),
      labels.map((name) => ({ name, renamedFrom: wanted(to, name).renamedFrom })),
    );
    const fallback = labels.find((label) => wanted(to, label).fallback ?? sent(from, label).fallback);
    const found = new Map(match.pairs.map(({ a, b }) => [sentLabels[a] as string, labels[b] as string]));
    if (fallback !== undefined && to.kind !== "flags")
      for (const label of sentLabels) if (!found.has(label)) found.set(label, fallback);
    return found;
  }

  #variant(from: Of<"variant">, to: Of<"variant">): PlanNode {
    const names = (type: Of<"variant">): string[] => type.cases.map(({ name }) => name);
    const labels = this.#labels(from, names(from), to, names(to));
    const arms = from.cases.flatMap(({ name, type }) => {
      const target = to.cases.find((one) => one.name === labels.get(name));
      return target === undefined ? [] : [[name, this.#arm(target.name, type, target.type)] as const];
    });
    return { kind: "cases", arms: new Map(arms) };
  }

  #arm(tag: string, from: ValueType | undefined, to: ValueType | undefined): CaseArm {
    return { tag, payload: to && { plan: this.planOptional(from, to) } };
  }

  #flags(from: Of<"flags">, to: Of<"flags">): PlanNode {
    const labels = this.#labels(from, from.flags, to, to.flags);
    const flags = from.flags.map((label) => {
      const wanted = labels.get(label);
      const isCritical = this.#context.sent(from, label).critical === true;
      return { label, from: camelCase(label), to: wanted && camelCase(wanted), isCritical };
    });
    return { kind: "flags", flags, keys: to.flags.map(camelCase) };
  }

  #list(from: Of<"list">, to: Of<"list">): PlanNode {
    const { length } = to;
    if (length !== undefined && from.length !== undefined && length !== from.length)
      throw mismatch(`no list of ${from.length} is a list of ${length}`);
    return { kind: "list", element: this.plan(from.element, to.element), length, array: numericArray(to.element) };
  }

  #tuple(from: readonly ValueType[], to: readonly ValueType[]): PlanNode {
    const items = to.map((item, index) => {
      const [source, name] = [from[index], `[${index}]`];
      if (source !== undefined) return { name, from: index, plan: this.plan(source, item) };
      if (item.kind !== "option") throw mismatch("the tuple has items that nobody sends");
      return { name, from: undefined, plan: constantNone(item.item) };
    });
    return { kind: "tuple", items };
  }

  #stream(from: ValueType | undefined, to: ValueType | undefined): PlanNode {
    return {
      kind: "stream",
      element: this.planOptional(from, to),
      isChunked: from !== undefined && numericArray(from) !== undefined,
      array: to && numericArray(to),
    };
  }

  /** Types of different kinds. */
  #bridge(from: ValueType, to: ValueType, standIn: (() => unknown) | undefined): PlanNode {
    if (to.kind === "option") return optionPlan("bare", formOf(to.item), this.plan(from, to.item));
    if (from.kind === "option") return optionPlan(formOf(from.item), "bare", this.plan(from.item, to), standIn);
    if (to.kind === "result" && to.ok !== undefined && from.kind !== "result")
      return { kind: "wrap", item: this.plan(from, to.ok) };
    if (from.kind === "result" && from.ok !== undefined && to.kind !== "result")
      return { kind: "unwrap", item: this.plan(from.ok, to) };
    const leaf = numberLeaf(from.kind as PrimitiveKind, to.kind as PrimitiveKind);
    if (leaf === undefined) throw mismatch(`no ${from.kind} is a ${to.kind}`);
    return leaf;
  }
}

function optionPlan(from: OptionForm, to: OptionForm, item: Plan, standIn?: () => unknown): PlanNode {
  return { kind: "option", from, to, item, standIn };
}

function formOf(item: ValueType): OptionForm {
  return isTaggedOption(item) ? "tagged" : "plain";
}

function constantNone(item: ValueType): PlanNode {
  return isTaggedOption(item) ? { kind: "constant", make: () => ({ tag: "none" }) } : NOTHING;
}

function absent({ name, type }: Field, standIn: (() => unknown) | undefined): PlanNode {
  if (standIn !== undefined) return { kind: "constant", make: standIn };
  if (type.kind === "option") return constantNone(type.item);
  throw mismatch(`nobody sends the field ${name}, and it has no default`);
}

function mismatch(why: string): TenonError {
  return new TenonError("contract-mismatch", `the two versions of the contract cannot be adapted: ${why}`, {
    sideEffects: "none",
  });
}
