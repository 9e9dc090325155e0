// The fields of a record, or the parameters of a function, before and after -> the changes and how well values convert.
import type { Field, ValueType } from "../model.ts";
import type { Notes } from "./annotations.ts";
import type { Place, TypeComparison } from "./compare-types.ts";
import { matchMembers } from "./members.ts";
import { worse, type Conversion, type RuleId } from "./rules.ts";
import { typeText } from "./type-text.ts";

export interface NotedField extends Field {
  readonly notes: Notes;
}

interface FieldRules {
  readonly noAdd: RuleId;
  readonly noAddRequired: RuleId;
  readonly noDelete: RuleId;
  readonly sameName: RuleId;
  readonly sameType: RuleId;
  readonly sameOrder: RuleId;
  readonly what: string;
  readonly pathOf: (path: string, label: string) => string;
}

const RECORD: FieldRules = {
  noAdd: "RECORD_FIELD_NO_ADD",
  noAddRequired: "RECORD_FIELD_NO_ADD_REQUIRED",
  noDelete: "RECORD_FIELD_NO_DELETE",
  sameName: "RECORD_FIELD_SAME_NAME",
  sameType: "RECORD_FIELD_SAME_TYPE",
  sameOrder: "RECORD_FIELD_SAME_ORDER",
  what: "field",
  pathOf: (path, label) => `${path}.${label}`,
};
const PARAMS: FieldRules = {
  noAdd: "PARAM_NO_ADD",
  noAddRequired: "PARAM_NO_ADD_REQUIRED",
  noDelete: "PARAM_NO_DELETE",
  sameName: "PARAM_SAME_NAME",
  sameType: "PARAM_SAME_TYPE",
  sameOrder: "PARAM_SAME_ORDER",
  what: "parameter",
  pathOf: (path, label) => `${path}(${label})`,
};

/** Fields go by name. */
export function compareFields(
  types: TypeComparison,
  a: readonly NotedField[],
  b: readonly NotedField[],
  place: Place,
): Conversion {
  return compareMembers(types, a, b, place, RECORD);
}

/** Parameters go by name where the names are the same, else by position: no boundary of ours sends their names. */
export function compareParams(
  types: TypeComparison,
  a: readonly Field[],
  b: readonly Field[],
  place: Place,
): Conversion {
  const noted = (fields: readonly Field[]): NotedField[] => fields.map((field) => ({ ...field, notes: {} }));
  return compareMembers(types, noted(a), noted(b), place, PARAMS);
}

function compareMembers(
  types: TypeComparison,
  a: readonly NotedField[],
  b: readonly NotedField[],
  place: Place,
  rules: FieldRules,
): Conversion {
  const members = (fields: readonly NotedField[]): { name: string; renamedFrom: string | undefined }[] =>
    fields.map(({ name, notes }) => ({ name, renamedFrom: notes.renamedFrom }));
  const match = matchMembers(members(a), members(b));
  let worst: Conversion = "total";
  const take = (conversion: Conversion): void => void (worst = worse(worst, conversion));
  const at = (label: string): string => rules.pathOf(place.path, label);
  for (const pair of match.pairs) {
    const [before, after] = [a[pair.a] as NotedField, b[pair.b] as NotedField];
    const path = at(after.name);
    if (pair.isRenamed)
      take(
        types.report(
          place,
          { rule: rules.sameName, path, conversion: "total", how: `${before.name} and ${after.name} are one` },
          [before.name, after.name],
        ),
      );
    take(
      types.compare(before.type, after.type, {
        ...place,
        path,
        rule: rules.sameType,
        hasDefault: hasDefault(before, after),
      }),
    );
  }
  // Labels that changed at the same position with the same type are a rename that nobody declared.
  const guessed = new Set<NotedField>();
  for (const index of match.deleted) {
    const [before, after] = [a[index], b[index]];
    if (
      before === undefined ||
      after === undefined ||
      !match.added.includes(index) ||
      !types.same(before.type, after.type)
    )
      continue;
    guessed.add(before).add(after);
    const isParam = rules === PARAMS;
    const conversion = isParam ? "total" : mayBeAbsent(before) && mayBeAbsent(after) ? "lossy" : "incompatible";
    const how = isParam ? "arguments go by position" : `nothing says that ${after.name} was ${before.name}`;
    take(
      types.report(place, { rule: rules.sameName, path: at(after.name), conversion, how }, [before.name, after.name]),
    );
  }
  const isSentByB = place.direction === "in";
  for (const index of match.deleted) {
    const field = a[index] as NotedField;
    if (guessed.has(field)) continue;
    const change = isSentByB ? absent(field) : dropped(field);
    take(
      types.report(place, { rule: rules.noDelete, path: at(field.name), ...change }, [
        typeText(field.type, types.before),
      ]),
    );
  }
  for (const index of match.added) {
    const field = b[index] as NotedField;
    if (guessed.has(field)) continue;
    const change = isSentByB ? dropped(field) : absent(field);
    const rule = mayBeAbsent(field) ? rules.noAdd : rules.noAddRequired;
    take(
      types.report(place, { rule, path: at(field.name), ...change }, [undefined, typeText(field.type, types.after)]),
    );
  }
  if (!match.isOrdered)
    take(
      types.report(place, { rule: rules.sameOrder, conversion: "total", how: `each ${rules.what} goes by its name` }, [
        labels(a),
        labels(b),
      ]),
    );
  return worst;
}

function hasDefault(a: NotedField, b: NotedField): boolean {
  return a.notes.default !== undefined || b.notes.default !== undefined;
}

function mayBeAbsent({ type, notes }: NotedField): boolean {
  return type.kind === "option" || notes.default !== undefined;
}

/** The receiver wants a field that the sender does not have. */
function absent({ name, type, notes }: NotedField): { conversion: Conversion; how: string } {
  if (notes.default !== undefined) return { conversion: "total", how: `${name} is ${JSON.stringify(notes.default)}` };
  if (type.kind === "option") return { conversion: "total", how: `${name} is none` };
  return { conversion: "incompatible", how: `nobody sends ${name}, and it has no default` };
}

/** The receiver does not know a field that the sender has. */
function dropped(field: NotedField): { conversion: Conversion; how: string } {
  // Who made it optional has said that it may be missing.
  return { conversion: mayBeAbsent(field) ? "total" : "lossy", how: `${field.name} is dropped` };
}

function labels(fields: readonly { readonly name: string; readonly type: ValueType }[]): string {
  return fields.map(({ name }) => name).join(", ");
}
