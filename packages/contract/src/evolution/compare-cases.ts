// The cases of an enum or variant, or the labels of flags, before and after -> the changes and how well values convert.
import type { EnumType, FlagsType, ValueType, VariantType } from "../model.ts";
import type { Place, TypeComparison } from "./compare-types.ts";
import { matchMembers } from "./members.ts";
import { worse, type Conversion, type RuleId } from "./rules.ts";
import type { Snapshot } from "./snapshot.ts";

type Cases = EnumType | VariantType | FlagsType;

interface CaseRules {
  readonly noAdd: RuleId;
  readonly noAddIn: RuleId;
  readonly noDelete: RuleId;
  readonly noDeleteOut: RuleId;
  readonly sameName: RuleId;
  readonly sameOrder: RuleId;
}

const RULES: Readonly<Record<Cases["kind"], CaseRules>> = {
  enum: {
    noAdd: "ENUM_CASE_NO_ADD",
    noAddIn: "ENUM_CASE_NO_ADD_IN",
    noDelete: "ENUM_CASE_NO_DELETE",
    noDeleteOut: "ENUM_CASE_NO_DELETE_OUT",
    sameName: "ENUM_CASE_SAME_NAME",
    sameOrder: "ENUM_CASE_SAME_ORDER",
  },
  variant: {
    noAdd: "VARIANT_CASE_NO_ADD",
    noAddIn: "VARIANT_CASE_NO_ADD_IN",
    noDelete: "VARIANT_CASE_NO_DELETE",
    noDeleteOut: "VARIANT_CASE_NO_DELETE_OUT",
    sameName: "VARIANT_CASE_SAME_NAME",
    sameOrder: "VARIANT_CASE_SAME_ORDER",
  },
  flags: {
    noAdd: "FLAGS_NO_ADD",
    noAddIn: "FLAGS_NO_ADD_IN",
    noDelete: "FLAGS_NO_DELETE",
    noDeleteOut: "FLAGS_NO_DELETE",
    sameName: "FLAGS_SAME_NAME",
    sameOrder: "FLAGS_SAME_ORDER",
  },
};

interface Labelled {
  readonly name: string;
  readonly type?: ValueType;
  readonly renamedFrom: string | undefined;
}

/** Both types are of one kind. Cases go by name. */
export function compareCases<T extends Cases>(types: TypeComparison, a: T, b: T, place: Place): Conversion {
  const rules = RULES[a.kind];
  const [before, after] = [labelled(types, types.before, a), labelled(types, types.after, b)];
  const match = matchMembers(before, after);
  const isIn = place.direction === "in";
  let worst: Conversion = "total";
  const take = (conversion: Conversion): void => void (worst = worse(worst, conversion));
  for (const pair of match.pairs) {
    const [one, other] = [before[pair.a] as Labelled, after[pair.b] as Labelled];
    const path = `${place.path}.${other.name}`;
    if (pair.isRenamed)
      take(
        types.report(
          place,
          { rule: rules.sameName, path, conversion: "total", how: `${one.name} and ${other.name} are one` },
          [one.name, other.name],
        ),
      );
    take(types.compare(one.type, other.type, { ...place, path, rule: "VARIANT_PAYLOAD_SAME" }));
  }
  // The receiver is the older side where values go in.
  const unknown = unknownCase(
    types,
    isIn ? [types.before, a] : [types.after, b],
    isIn ? [types.after, b] : [types.before, a],
  );
  for (const index of match.added) {
    const { name } = after[index] as Labelled;
    const change = isIn ? unknown(name) : { conversion: "total" as const, how: "old plugins never send it" };
    const rule = isIn ? rules.noAddIn : rules.noAdd;
    take(types.report(place, { rule, path: `${place.path}.${name}`, ...change }, [undefined, name]));
  }
  for (const index of match.deleted) {
    const { name } = before[index] as Labelled;
    const change = isIn ? { conversion: "total" as const, how: "the host never sends it" } : unknown(name);
    const rule = isIn ? rules.noDelete : rules.noDeleteOut;
    take(types.report(place, { rule, path: `${place.path}.${name}`, ...change }, [name]));
  }
  if (!match.isOrdered)
    take(
      types.report(place, { rule: rules.sameOrder, conversion: "total", how: "each goes by its name" }, [
        names(before),
        names(after),
      ]),
    );
  return worst;
}

/** What becomes of a case that the receiver does not know. */
function unknownCase(
  types: TypeComparison,
  [receiving, known]: readonly [Snapshot, Cases],
  [sending, sent]: readonly [Snapshot, Cases],
): (name: string) => { readonly conversion: Conversion; readonly how: string } {
  if (known.kind === "flags") {
    return (name) =>
      types.notes(sending, sent, name).critical
        ? { conversion: "partial", how: `values with ${name} set are refused` }
        : { conversion: "lossy", how: `${name} is dropped` };
  }
  // The receiver knows its own cases only, but either contract may say which of them stands in.
  const fallback = labelsOf(known).find(
    (label) => types.notes(receiving, known, label).fallback ?? types.notes(sending, sent, label).fallback,
  );
  return (name) =>
    fallback === undefined
      ? { conversion: "partial", how: `${name} is refused: no case is its @fallback` }
      : { conversion: "lossy", how: `${name} becomes ${fallback}` };
}

function labelsOf(type: Cases): readonly string[] {
  return type.kind === "variant" ? type.cases.map((one) => one.name) : type.kind === "enum" ? type.cases : type.flags;
}

function labelled(types: TypeComparison, snapshot: Snapshot, type: Cases): Labelled[] {
  return labelsOf(type).map((name, index) => {
    const payload = type.kind === "variant" ? type.cases[index]?.type : undefined;
    return { name, ...(payload && { type: payload }), renamedFrom: types.notes(snapshot, type, name).renamedFrom };
  });
}

function names(list: readonly Labelled[]): string {
  return list.map(({ name }) => name).join(", ");
}
