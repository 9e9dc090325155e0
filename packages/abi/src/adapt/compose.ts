// Two plans, the second for what the first gives -> one plan that makes no value in between, except where an author's
// function needs one.
import type { CaseArm, EnumPlan, FlagsPlan, ListPlan, Plan, PlanNode, RecordPlan, TuplePlan } from "./plan.ts";

/** Plans of shared types are shared, so each pair is composed once. */
export class PlanComposer {
  readonly #known = new Map<PlanNode, Map<PlanNode, PlanNode>>();

  compose(first: Plan, then: Plan): Plan {
    if (first === undefined) return then;
    if (then === undefined) return first;
    const known = this.#known.get(first)?.get(then);
    if (known !== undefined) return known;
    const made = this.#compose(first, then);
    const row = this.#known.get(first) ?? new Map<PlanNode, PlanNode>();
    this.#known.set(first, row.set(then, made));
    return made;
  }

  #compose(first: PlanNode, then: PlanNode): PlanNode {
    if (then.kind === "constant") return then;
    // The end of a chain is where plans of types meet.
    if (first.kind === "chain") return { ...first, then: this.compose(first.then, then) as PlanNode };
    if (then.kind === "chain") {
      const start = this.compose(first, then.first) as PlanNode;
      return start.kind === "chain"
        ? (this.compose(start, then.then) as PlanNode)
        : { kind: "chain", first: start, then: then.then };
    }
    return this.#merge(first, then) ?? { kind: "chain", first, then };
  }

  /** undefined where the two stay one after the other. */
  #merge(first: PlanNode, then: PlanNode): PlanNode | undefined {
    if (first.kind === "record" && then.kind === "record") return this.#records(first, then);
    if (first.kind === "tuple" && then.kind === "tuple") return this.#tuples(first, then);
    if (first.kind === "cases" && then.kind === "cases")
      return { kind: "cases", arms: this.#arms(first.arms, then.arms) };
    if (first.kind === "enum" && then.kind === "enum") return enums(first, then);
    if (first.kind === "flags" && then.kind === "flags") return flags(first, then);
    if (first.kind === "list" && then.kind === "list") return this.#lists(first, then);
    if (first.kind === "map" && then.kind === "map")
      return { kind: "map", key: this.compose(first.key, then.key), value: this.compose(first.value, then.value) };
    if (first.kind === "option" && then.kind === "option" && first.to !== "bare" && then.from === first.to)
      return { ...then, from: first.from, item: this.compose(first.item, then.item) };
    if (first.kind === "stream" && then.kind === "stream")
      return { ...then, isChunked: first.isChunked, element: this.compose(first.element, then.element) };
    if (first.kind === "future" && then.kind === "future")
      return { kind: "future", element: this.compose(first.element, then.element) };
    return undefined;
  }

  #records(first: RecordPlan, then: RecordPlan): RecordPlan {
    const parts = new Map(first.fields.map((part) => [part.key, part]));
    return {
      kind: "record",
      fields: then.fields.map(({ key, from, plan }) => {
        if (from === undefined) return { key, from, plan: this.compose(first, plan) };
        const part = parts.get(from);
        return { key, from: part?.from, plan: this.compose(part?.plan, plan) };
      }),
    };
  }

  #tuples(first: TuplePlan, then: TuplePlan): TuplePlan {
    return {
      kind: "tuple",
      items: then.items.map(({ name, from, plan }) => {
        if (from === undefined) return { name, from, plan: this.compose(first, plan) };
        const part = first.items[from];
        return { name: part?.name ?? name, from: part?.from, plan: this.compose(part?.plan, plan) };
      }),
    };
  }

  #arms(first: ReadonlyMap<string, CaseArm>, then: ReadonlyMap<string, CaseArm>): Map<string, CaseArm> {
    const arms = new Map<string, CaseArm>();
    for (const [sent, { tag, payload }] of first) {
      const next = then.get(tag);
      if (next === undefined) continue;
      const plan = this.compose(payload?.plan, next.payload?.plan);
      arms.set(sent, { tag: next.tag, payload: next.payload && { plan } });
    }
    return arms;
  }

  #lists(first: ListPlan, then: ListPlan): ListPlan | undefined {
    if (first.length !== undefined && then.length !== undefined && first.length !== then.length) return undefined;
    return {
      kind: "list",
      element: this.compose(first.element, then.element),
      length: first.length ?? then.length,
      array: then.array,
    };
  }
}

function enums(first: EnumPlan, then: EnumPlan): EnumPlan {
  const labels = [...first.labels].flatMap(([sent, label]) => {
    const wanted = then.labels.get(label);
    return wanted === undefined ? [] : [[sent, wanted] as const];
  });
  return { kind: "enum", labels: new Map(labels) };
}

function flags(first: FlagsPlan, then: FlagsPlan): FlagsPlan {
  const next = new Map(then.flags.map((flag) => [flag.from, flag]));
  return {
    kind: "flags",
    flags: first.flags.map((flag) => {
      const known = flag.to === undefined ? undefined : next.get(flag.to);
      return known === undefined ? { ...flag, to: undefined } : { ...known, from: flag.from, label: flag.label };
    }),
    keys: then.keys,
  };
}
