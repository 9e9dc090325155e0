// A type before and after, and the way its values cross -> the changes in it and how well values convert.
import { TenonError } from "../errors.ts";
import type { Field, ValueType } from "../model.ts";
import { isPrimitiveType } from "../type-table.ts";
import type { Notes } from "./annotations.ts";
import { compareCases } from "./compare-cases.ts";
import { compareFields } from "./compare-fields.ts";
import type { Direction, Findings } from "./findings.ts";
import { bridgePrimitives } from "./numbers.ts";
import { worse, type Conversion, type RuleId } from "./rules.ts";
import { resourceKey, type SameType } from "./same-type.ts";
import { notesOf, type Snapshot } from "./snapshot.ts";
import { shortName, typeText } from "./type-text.ts";

/** Where in the contract a value stands. */
export interface Place {
  readonly path: string;
  /** What a change of the whole type here counts as. */
  readonly rule: RuleId;
  readonly direction: Direction;
  /** The function through which the value crosses. */
  readonly use: string;
  /** Whether the field has a `@default`, which stands in for none. */
  readonly hasDefault?: boolean;
}

/** Steps of one comparison: anonymous types that double at every level are compared anew wherever they stand. */
const MAX_STEPS = 2_000_000;

interface Memo {
  readonly conversion: Conversion;
  readonly keys: ReadonlySet<string>;
}

export class TypeComparison {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly same: SameType;
  readonly #findings: Findings;
  readonly #known = new Map<ValueType, Map<ValueType, Map<Direction, Memo>>>();
  /** The named types that were compared. */
  readonly visited: Set<string> = new Set<string>();
  /** What was found below the named types that are being compared, innermost last. */
  readonly #open: Set<string>[] = [];
  #steps = 0;

  constructor(before: Snapshot, after: Snapshot, same: SameType, findings: Findings) {
    this.before = before;
    this.after = after;
    this.same = same;
    this.#findings = findings;
  }

  /** The annotations of a field, case or flag in one of the two snapshots. */
  notes(snapshot: Snapshot, type: ValueType, label: string): Notes {
    return notesOf(snapshot, type, label);
  }

  report(
    place: Place,
    change: Pick<Memo, "conversion"> & { readonly how: string; readonly rule?: RuleId; readonly path?: string },
    texts?: readonly [before: string | undefined, after?: string],
  ): Conversion {
    const { rule = place.rule, path = place.path, conversion, how } = change;
    const key = this.#findings.add(
      { rule, path, before: texts?.[0], after: texts?.[1], conversion, how },
      place.direction,
      place.use,
    );
    for (const open of this.#open) open.add(key);
    return conversion;
  }

  /** Compares what stands at `place` before and after; undefined is a result or payload that is not there. */
  compare(a: ValueType | undefined, b: ValueType | undefined, place: Place): Conversion {
    if ((this.#steps += 1) > MAX_STEPS) {
      throw new TenonError("resource-exhausted", `comparing the contracts takes more than ${MAX_STEPS} steps`, {
        hint: "give the types that nest names",
        sideEffects: "none",
      });
    }
    if (this.same(a, b)) return "total";
    if (a === undefined || b === undefined) return this.#compareAbsent(a, b, place);
    const name = this.after.types.get(b)?.name ?? this.before.types.get(a)?.name;
    if (name === undefined || a.kind !== b.kind) return this.#compareKinds(a, b, place);
    return this.#compareNamed(a, b, { ...place, path: shortName(name) });
  }

  /** A named type is compared once for each direction; what was found holds wherever it is used. */
  #compareNamed(a: ValueType, b: ValueType, place: Place): Conversion {
    for (const [snapshot, type] of [
      [this.before, a],
      [this.after, b],
    ] as const) {
      const name = snapshot.types.get(type)?.name;
      if (name !== undefined) this.visited.add(name);
    }
    const row = this.#known.get(a) ?? new Map<ValueType, Map<Direction, Memo>>();
    const cell = row.get(b) ?? new Map<Direction, Memo>();
    this.#known.set(a, row.set(b, cell));
    const memo = cell.get(place.direction);
    if (memo !== undefined) {
      this.#findings.use(memo.keys, place.direction, place.use);
      for (const open of this.#open) for (const key of memo.keys) open.add(key);
      return memo.conversion;
    }
    const keys = new Set<string>();
    this.#open.push(keys);
    const conversion = this.#compareKinds(a, b, place);
    this.#open.pop();
    cell.set(place.direction, { conversion, keys });
    return conversion;
  }

  #compareKinds(a: ValueType, b: ValueType, place: Place): Conversion {
    if (a.kind === "record" && b.kind === "record")
      return compareFields(this, this.#fields(this.before, a, a.fields), this.#fields(this.after, b, b.fields), place);
    if ((a.kind === "enum" || a.kind === "variant" || a.kind === "flags") && a.kind === b.kind)
      return compareCases(this, a, b, place);
    const parts = this.#comparePointwise(a, b, place);
    return parts ?? this.#bridge(a, b, place);
  }

  #fields(snapshot: Snapshot, type: ValueType, fields: readonly Field[]): (Field & { readonly notes: Notes })[] {
    return fields.map((field) => ({ ...field, notes: this.notes(snapshot, type, field.name) }));
  }

  /** Types of one kind whose parts correspond one to one; undefined for all others. */
  #comparePointwise(a: ValueType, b: ValueType, outer: Place): Conversion | undefined {
    // A field's default stands in for the whole field, not for parts of it.
    const place = { ...outer, hasDefault: false };
    if (a.kind === "list" && b.kind === "list" && a.length === b.length)
      return this.compare(a.element, b.element, place);
    if (a.kind === "option" && b.kind === "option") return this.compare(a.item, b.item, place);
    if (a.kind === "map" && b.kind === "map")
      return worse(this.compare(a.key, b.key, place), this.compare(a.value, b.value, place));
    if (a.kind === "result" && b.kind === "result")
      return worse(this.compare(a.ok, b.ok, place), this.compare(a.err, b.err, place));
    if ((a.kind === "stream" || a.kind === "future") && a.kind === b.kind)
      return this.compare(a.element, b.element, place);
    if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length)
      return a.items.reduce<Conversion>(
        (so, item, index) => worse(so, this.compare(item, b.items[index], place)),
        "total",
      );
    return undefined;
  }

  #texts(a: ValueType | undefined, b: ValueType | undefined): readonly [string, string] {
    return [typeText(a, this.before), typeText(b, this.after)];
  }

  #compareAbsent(a: ValueType | undefined, b: ValueType | undefined, place: Place): Conversion {
    const [from, to] = place.direction === "in" ? [b, a] : [a, b];
    const report = (conversion: Conversion, how: string): Conversion =>
      this.report(place, { conversion, how }, this.#texts(a, b));
    if (to === undefined)
      return report("lossy", `the ${typeText(from, place.direction === "in" ? this.after : this.before)} is dropped`);
    if (to.kind === "option") return report("total", "it is none");
    if (to.kind === "result" && to.ok === undefined) return report("total", "it is ok");
    return report("incompatible", "there is no value to pass");
  }

  /** Types of different kinds or sizes. `from` is what is sent. */
  #bridge(a: ValueType, b: ValueType, place: Place): Conversion {
    const isIn = place.direction === "in";
    const [from, to] = isIn ? [b, a] : [a, b];
    const report = (conversion: Conversion, how: string, rule?: RuleId): Conversion =>
      this.report(place, { conversion, how, ...(rule && { rule }) }, this.#texts(a, b));
    const inner = { ...place, hasDefault: false };
    /** The parts inside; what changes in them is a finding of its own. */
    const inside = (source: ValueType | undefined, target: ValueType | undefined): Conversion =>
      isIn ? this.compare(target, source, inner) : this.compare(source, target, inner);
    if (isPrimitiveType(from) && isPrimitiveType(to)) {
      const { conversion, how, isNarrowing } = bridgePrimitives(from.kind, to.kind);
      return report(conversion, how, isNarrowing ? "INT_NO_NARROW" : undefined);
    }
    if (to.kind === "option" && from.kind !== "option")
      return worse(inside(from, to.item), report("total", "every value is some"));
    if (from.kind === "option" && to.kind !== "option") {
      const missing = place.hasDefault
        ? report("total", "none becomes the default")
        : report("partial", "none is refused");
      return worse(inside(from.item, to), missing);
    }
    if (to.kind === "result" && from.kind !== "result" && to.ok !== undefined)
      return worse(inside(from, to.ok), report("total", "every value is ok"));
    if (from.kind === "result" && to.kind !== "result" && from.ok !== undefined)
      return worse(inside(from.ok, to), report("partial", "an err is refused"));
    if (from.kind === "list" && to.kind === "list" && (to.length === undefined || from.length === undefined)) {
      const length =
        to.length === undefined
          ? report("total", "any length fits")
          : report("partial", "a list of another length is refused");
      return worse(inside(from.element, to.element), length);
    }
    if (from.kind === "tuple" && to.kind === "tuple") return this.#bridgeTuples(from.items, to.items, inside, report);
    if ((from.kind === "own" || from.kind === "borrow") && (to.kind === "own" || to.kind === "borrow")) {
      const [[ours, mine], [theirs, other]] = [resourceKey(from).split(" "), resourceKey(to).split(" ")];
      if (mine === other && ours !== theirs)
        return report("incompatible", "a handle of the other side's resource is no such handle", "RESOURCE_OWNER_SAME");
    }
    return report("incompatible", "no value of the one is a value of the other");
  }

  #bridgeTuples(
    from: readonly ValueType[],
    to: readonly ValueType[],
    inside: (source: ValueType | undefined, target: ValueType | undefined) => Conversion,
    report: (conversion: Conversion, how: string) => Conversion,
  ): Conversion {
    const common = Math.min(from.length, to.length);
    const isOptional = (items: readonly ValueType[]): boolean =>
      items.slice(common).every(({ kind }) => kind === "option");
    if (to.length > common && !isOptional(to)) return report("incompatible", "the tuple has items that nobody sends");
    const parts = to
      .slice(0, common)
      .reduce<Conversion>((so, item, index) => worse(so, inside(from[index], item)), "total");
    const rest =
      to.length > common
        ? report("total", "further items are none")
        : report(isOptional(from) ? "total" : "lossy", "further items are dropped");
    return worse(parts, rest);
  }
}
