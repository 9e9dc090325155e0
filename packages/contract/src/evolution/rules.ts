// The table of rules: what each kind of change in a contract means, for whom it breaks, and what to do about it.

/**
 * How well what one side sends fits what the other side takes, worst last. `total`: every value converts, and converts
 * back. `lossy`: every value converts, something of some is dropped. `partial`: some values have no counterpart and are
 * refused while the call runs. `incompatible`: no value converts.
 */
export type Conversion = "total" | "lossy" | "partial" | "incompatible";

/**
 * Who notices a change. `component`: a plugin that the component model's own type check has to accept as it is.
 * `adapted`: any plugin, with the host's adapters between. `named`: values as JSON or CBOR by name, without adapters.
 * `positional`: values by layout, without adapters: frames, native structs. `source`: code written against generated types.
 */
export type Consumer = "component" | "adapted" | "named" | "positional" | "source";

/** By how much the version has to grow. */
export type Bump = "none" | "patch" | "minor" | "major";

/** The names of all rules. A closed set: rules only ever join it. */
export type RuleId =
  | "IMPORT_FUNC_NO_DELETE"
  | "IMPORT_IFACE_NO_DELETE"
  | "IMPORT_TYPE_NO_DELETE"
  | "FUNC_NO_MOVE"
  | "EXPORT_FUNC_NO_ADD_REQUIRED"
  | "EXPORT_FUNC_NO_ADD"
  | "EXPORT_IFACE_NO_ADD_REQUIRED"
  | "EXPORT_IFACE_NO_ADD"
  | "EXPORT_TYPE_NO_ADD"
  | "FUNC_SAME_NAME"
  | "FUNC_SAME_KIND"
  | "FUNC_SAME_ASYNC"
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
  | "FLAGS_SAME_ORDER"
  | "RECORD_FIELD_NO_ADD"
  | "RECORD_FIELD_NO_ADD_REQUIRED"
  | "RECORD_FIELD_NO_DELETE"
  | "RECORD_FIELD_SAME_NAME"
  | "RECORD_FIELD_SAME_TYPE"
  | "RECORD_FIELD_SAME_ORDER"
  | "PARAM_NO_ADD"
  | "PARAM_NO_ADD_REQUIRED"
  | "PARAM_NO_DELETE"
  | "PARAM_SAME_NAME"
  | "PARAM_SAME_TYPE"
  | "PARAM_SAME_ORDER"
  | "RESULT_SAME_TYPE"
  | "INT_NO_NARROW"
  | "RESOURCE_NO_DELETE"
  | "RESOURCE_METHOD_NO_DELETE"
  | "RESOURCE_OWNER_SAME"
  | "TYPE_NO_RENAME"
  | "TYPE_SAME"
  | "GATE_NO_LOWER_SINCE"
  | "UNSTABLE_NOT_IN_FROZEN"
  | "DEPRECATED_HAS_REPLACEMENT"
  | "FROZEN_NO_EDIT"
  | "MIGRATION_REQUIRED"
  | "MIGRATION_ROUNDTRIP"
  | "CAPABILITY_NO_WIDEN"
  | "WINDOW_NO_EARLY_REMOVE";

export interface Rule {
  /** In which direction values have to flow for the rule to matter: `in` is host to plugin. */
  readonly direction: "in" | "out" | "both" | "none";
  /** The least for a change that breaks the rule and has no annotation; a finding says what its own change needs. */
  readonly requiredBump: Bump;
  /** The best that adapters can make of it, with the annotations that `fix` names. */
  readonly autoAdapt: Conversion;
  /** Who breaks without adapters. `adapted` follows from each finding's conversion. */
  readonly breaks: readonly Exclude<Consumer, "adapted">[];
  readonly why: string;
  readonly fix: string;
}

const [C, N, P, S] = ["component", "named", "positional", "source"] as const;

function rule(
  [direction, requiredBump, autoAdapt]: readonly [Rule["direction"], Bump, Conversion],
  breaks: Rule["breaks"],
  why: string,
  fix: string,
): Rule {
  return { direction, requiredBump, autoAdapt, breaks, why, fix };
}

export const RULES: Readonly<Record<RuleId, Rule>> = {
  // What the host provides may grow.
  IMPORT_FUNC_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins call a function that the host no longer has",
    "keep the function, deprecated, until no supported snapshot has it",
  ),
  IMPORT_IFACE_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins import an interface that the host no longer offers",
    "keep the interface, deprecated, until no supported snapshot has it",
  ),
  IMPORT_TYPE_NO_DELETE: rule(
    ["none", "minor", "total"],
    [C, S],
    "a component that imports the type by its name no longer links",
    "keep the name, as an alias if need be",
  ),
  FUNC_NO_MOVE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins look for the function in the interface where it was",
    "keep the function in both interfaces",
  ),
  // What plugins export may shrink.
  EXPORT_FUNC_NO_ADD_REQUIRED: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "no existing plugin has the function",
    "mark it `@optional` and treat it as absent",
  ),
  EXPORT_FUNC_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "a component without the function does not link; other plugins count as not having it",
    "put optional functions in a world of their own if components have to link unadapted",
  ),
  EXPORT_IFACE_NO_ADD_REQUIRED: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "no existing plugin has the interface",
    "mark it `@optional` and treat it as absent",
  ),
  EXPORT_IFACE_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "a component without the interface does not link; other plugins count as not having it",
    "put optional interfaces in a world of their own if components have to link unadapted",
  ),
  EXPORT_TYPE_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "components export the types of their interfaces by name, and old ones do not export this one",
    "put the type in an interface that plugins import",
  ),
  FUNC_SAME_NAME: rule(
    ["none", "minor", "total"],
    [C, N, P, S],
    "plugins know the function by its old name",
    "say `@renamed-from` on the new one",
  ),
  FUNC_SAME_KIND: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "a method, a static function and a constructor are called in different ways",
    "add a function of the new kind beside the old one",
  ),
  FUNC_SAME_ASYNC: rule(
    ["none", "major", "total"],
    [C, S],
    "a synchronous function cannot wait for an asynchronous one",
    "add an async function beside it; hosts may await synchronous plugins",
  ),
  // Values of enums, variants and flags.
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
  // Records and parameters.
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
  PARAM_NO_ADD: rule(
    ["both", "minor", "total"],
    [C, P, S],
    "the types of the two sides are not the same",
    "nothing where adapters stand between: an optional parameter at the end is none",
  ),
  PARAM_NO_ADD_REQUIRED: rule(
    ["both", "major", "lossy"],
    [C, N, P, S],
    "old plugins neither pass the parameter nor see it",
    "make it an `option` at the end, or add a function",
  ),
  PARAM_NO_DELETE: rule(
    ["both", "major", "lossy"],
    [C, N, P, S],
    "old plugins read the parameter, or pass it in vain",
    "keep the parameter",
  ),
  PARAM_SAME_NAME: rule(
    ["both", "minor", "total"],
    [C, S],
    "component types have parameter names",
    "keep the name, or accept that components are adapted",
  ),
  PARAM_SAME_TYPE: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the parameter has another type of value",
    "add a function with the new parameter",
  ),
  PARAM_SAME_ORDER: rule(
    ["both", "minor", "total"],
    [C, N, P, S],
    "arguments by position are those of another parameter",
    "keep the order",
  ),
  RESULT_SAME_TYPE: rule(
    ["both", "major", "total"],
    [C, N, P, S],
    "the function returns another type of value",
    "add a function with the new result",
  ),
  INT_NO_NARROW: rule(
    ["both", "major", "partial"],
    [C, N, P, S],
    "numbers of the wider type do not all fit the narrower one",
    "keep the wider type on the side that receives",
  ),
  // Resources and names.
  RESOURCE_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins hold handles of a resource that is gone",
    "keep the resource, deprecated",
  ),
  RESOURCE_METHOD_NO_DELETE: rule(
    ["none", "major", "incompatible"],
    [C, N, P, S],
    "plugins call a method that the host no longer has",
    "keep the method, deprecated",
  ),
  RESOURCE_OWNER_SAME: rule(
    ["both", "major", "incompatible"],
    [C, N, P, S],
    "a handle belongs to the side that made it; the other side cannot take it over",
    "add a resource on the new side",
  ),
  TYPE_NO_RENAME: rule(
    ["none", "minor", "total"],
    [C, S],
    "components and generated code know the type by its name",
    "keep the old name as an alias",
  ),
  TYPE_SAME: rule(
    ["none", "minor", "total"],
    [C, S],
    "a component that imports or exports the type by its name has another one",
    "give the new type a name of its own",
  ),
  // Gates, and what stands around a contract.
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

const CONVERSIONS: readonly Conversion[] = ["total", "lossy", "partial", "incompatible"];

/** The worse of two. */
export function worse(a: Conversion, b: Conversion): Conversion {
  return CONVERSIONS.indexOf(a) >= CONVERSIONS.indexOf(b) ? a : b;
}

/** Whether hosts load such plugins without being told to: nothing can go wrong while calls run. */
export function isSafe(conversion: Conversion): boolean {
  return conversion === "total" || conversion === "lossy";
}
