// What happens to the fields of records, and to numbers wherever they stand.
import { C, N, P, S, rule, type Rule } from "./rule.ts";

export type FieldRule =
  | "RECORD_FIELD_NO_ADD"
  | "RECORD_FIELD_NO_ADD_REQUIRED"
  | "RECORD_FIELD_NO_DELETE"
  | "RECORD_FIELD_SAME_NAME"
  | "RECORD_FIELD_SAME_TYPE"
  | "RECORD_FIELD_SAME_ORDER"
  | "INT_NO_NARROW";

export const FIELD_RULES: Readonly<Record<FieldRule, Rule>> = {
  RECORD_FIELD_NO_ADD: rule(
    ["both", "minor", "total"],
    [C, P],
    "the types of the two sides are not the same",
    "nothing where adapters stand between: a field that may be left out is none or its default",
  ),
  RECORD_FIELD_NO_ADD_REQUIRED: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "old plugins neither send the field nor see it",
    "make it an `option`, or say `@default`",
  ),
  RECORD_FIELD_NO_DELETE: rule(
    ["both", "major", "lossy"],
    [C, N, P, S],
    "old plugins read the field, or send it in vain",
    "keep the field, deprecated",
  ),
  RECORD_FIELD_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, N, S],
    "values by name have the old one",
    "say `@renamed-from` on the new name",
  ),
  RECORD_FIELD_SAME_TYPE: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the field has another type of value",
    "add a field of the new type beside the old one",
  ),
  RECORD_FIELD_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, P],
    "values by position are those of another field",
    "add fields at the end",
  ),
  INT_NO_NARROW: rule(
    ["both", "major", "partial"],
    [C, N, P, S],
    "numbers of the wider type do not all fit the narrower one",
    "keep the wider type on the side that receives",
  ),
};
