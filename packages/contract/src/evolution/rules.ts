// The table of rules: what each kind of change in a contract means, for whom it breaks, and what to do about it. A file for each
// kind of thing that changes.
import { CASE_RULES, type CaseRule } from "./rules/cases.ts";
import { FIELD_RULES, type FieldRule } from "./rules/fields.ts";
import { FUNCTION_RULES, type FunctionRule } from "./rules/functions.ts";
import { LIFECYCLE_RULES, type LifecycleRule } from "./rules/lifecycle.ts";
import { NAME_RULES, type NameRule } from "./rules/names.ts";
import type { Rule } from "./rules/rule.ts";

export { isSafe, worse } from "./rules/rule.ts";
export type { Bump, Consumer, Conversion, Rule } from "./rules/rule.ts";

/** The names of all rules. A closed set: rules only ever join it. */
export type RuleId = FunctionRule | CaseRule | FieldRule | NameRule | LifecycleRule;

export const RULES: Readonly<Record<RuleId, Rule>> = {
  ...FUNCTION_RULES,
  ...CASE_RULES,
  ...FIELD_RULES,
  ...NAME_RULES,
  ...LIFECYCLE_RULES,
};
