// What stands around a contract: gates, frozen versions, migrations between them, and what was promised. Nobody breaks by these at once.
import { rule, type Rule } from "./rule.ts";

export type LifecycleRule =
  | "GATE_NO_LOWER_SINCE"
  | "UNSTABLE_NOT_IN_FROZEN"
  | "DEPRECATED_HAS_REPLACEMENT"
  | "FROZEN_NO_EDIT"
  | "MIGRATION_REQUIRED"
  | "MIGRATION_ROUNDTRIP"
  | "CAPABILITY_NO_WIDEN"
  | "WINDOW_NO_EARLY_REMOVE";

export const LIFECYCLE_RULES: Readonly<Record<LifecycleRule, Rule>> = {
  GATE_NO_LOWER_SINCE: rule(
    ["none", "none", "total"],
    [],
    "an older version would claim to have the item",
    "write the version in which the item came",
  ),
  UNSTABLE_NOT_IN_FROZEN: rule(
    ["none", "none", "incompatible"],
    [],
    "what is frozen stays; what is unstable does not promise to",
    "make the item stable first, or freeze without its feature",
  ),
  DEPRECATED_HAS_REPLACEMENT: rule(
    ["none", "none", "total"],
    [],
    "who is told to leave has to know where to and until when",
    "say `@replaced-by` and `@remove-after` in the docs of the item",
  ),
  FROZEN_NO_EDIT: rule(
    ["none", "none", "incompatible"],
    [],
    "plugins were built against the snapshot as it was",
    "put the file back as it was and freeze the change as a version of its own",
  ),
  MIGRATION_REQUIRED: rule(
    ["none", "major", "incompatible"],
    [],
    "plugins of a supported snapshot cannot run in the new host, nor be adapted by themselves",
    "undo the change, or freeze a new major version with a migration",
  ),
  MIGRATION_ROUNDTRIP: rule(
    ["none", "none", "partial"],
    [],
    "a value that goes from one version to the other and back has changed, or a step fails on a value that the contract allows",
    "mend the step, or name the path in `lossy` of the migration",
  ),
  CAPABILITY_NO_WIDEN: rule(
    ["none", "none", "partial"],
    [],
    "through a migration, plugins reach an interface of the host that their own version of the contract does not import",
    "emulate the function with interfaces that both versions import",
  ),
  WINDOW_NO_EARLY_REMOVE: rule(
    ["none", "none", "incompatible"],
    [],
    "plugins were promised that a version is supported, or that an item stays, until later",
    "keep it until the support window of contract.json or its `@remove-after` has passed",
  ),
};
