// What happens to the cases of enums and variants, and to flags: which of them the receiver knows, by name and by number.
import { C, N, P, S, rule, type Rule } from "./rule.ts";

export type CaseRule =
  | "ENUM_CASE_NO_ADD"
  | "ENUM_CASE_NO_ADD_IN"
  | "ENUM_CASE_NO_DELETE"
  | "ENUM_CASE_NO_DELETE_OUT"
  | "ENUM_CASE_SAME_NAME"
  | "ENUM_CASE_SAME_ORDER"
  | "VARIANT_CASE_NO_ADD"
  | "VARIANT_CASE_NO_ADD_IN"
  | "VARIANT_CASE_NO_DELETE"
  | "VARIANT_CASE_NO_DELETE_OUT"
  | "VARIANT_CASE_SAME_NAME"
  | "VARIANT_CASE_SAME_ORDER"
  | "VARIANT_PAYLOAD_SAME"
  | "FLAGS_NO_ADD"
  | "FLAGS_NO_ADD_IN"
  | "FLAGS_NO_DELETE"
  | "FLAGS_SAME_NAME"
  | "FLAGS_SAME_ORDER";

export const CASE_RULES: Readonly<Record<CaseRule, Rule>> = {
  ENUM_CASE_NO_ADD: rule(
    ["out", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same, though old plugins never send the case",
    "nothing where adapters stand between",
  ),
  ENUM_CASE_NO_ADD_IN: rule(
    ["in", "major", "lossy"],
    [C, N, P, S],
    "the host may send a case that old plugins do not know",
    "mark a case `@fallback`",
  ),
  ENUM_CASE_NO_DELETE: rule(
    ["in", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same, though the host never sends the case",
    "nothing where adapters stand between",
  ),
  ENUM_CASE_NO_DELETE_OUT: rule(
    ["out", "major", "lossy"],
    [C, N, P, S],
    "old plugins may send a case that the host no longer knows",
    "keep the case, or mark another one `@fallback`",
  ),
  ENUM_CASE_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, N, S],
    "values by name have the old one",
    "keep `@renamed-from` on the new name",
  ),
  ENUM_CASE_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, P],
    "values by number mean another case",
    "add cases at the end",
  ),
  VARIANT_CASE_NO_ADD: rule(
    ["out", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same, though old plugins never send the case",
    "nothing where adapters stand between",
  ),
  VARIANT_CASE_NO_ADD_IN: rule(
    ["in", "major", "lossy"],
    [C, N, P, S],
    "the host may send a case that old plugins do not know",
    "mark a case without payload `@fallback`",
  ),
  VARIANT_CASE_NO_DELETE: rule(
    ["in", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same, though the host never sends the case",
    "nothing where adapters stand between",
  ),
  VARIANT_CASE_NO_DELETE_OUT: rule(
    ["out", "major", "lossy"],
    [C, N, P, S],
    "old plugins may send a case that the host no longer knows",
    "keep the case, or mark another one `@fallback`",
  ),
  VARIANT_CASE_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, N, S],
    "values by name have the old one",
    "keep `@renamed-from` on the new name",
  ),
  VARIANT_CASE_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, P],
    "values by number mean another case",
    "add cases at the end",
  ),
  VARIANT_PAYLOAD_SAME: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the case carries another type of value",
    "add a case with the new payload",
  ),
  FLAGS_NO_ADD: rule(
    ["out", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same, though old plugins never set the flag",
    "nothing where adapters stand between",
  ),
  FLAGS_NO_ADD_IN: rule(
    ["in", "minor", "lossy"],
    [C, P, S],
    "the host may set a flag that old plugins do not see",
    "mark it `@critical` if it must not be dropped",
  ),
  FLAGS_NO_DELETE: rule(
    ["both", "minor", "lossy"],
    [C, N, P, S],
    "old plugins may set, or ask for, a flag that the host does not know",
    "keep the flag",
  ),
  FLAGS_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, N, S],
    "values by name have the old one",
    "keep `@renamed-from` on the new name",
  ),
  FLAGS_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, P],
    "values by number mean another flag",
    "add flags at the end",
  ),
};
