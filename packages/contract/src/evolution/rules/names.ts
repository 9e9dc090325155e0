// What happens to named types and to resources, which are known by their names.
import { C, N, P, S, rule, type Rule } from "./rule.ts";

export type NameRule =
  | "IMPORT_TYPE_NO_DELETE"
  | "EXPORT_TYPE_NO_ADD"
  | "TYPE_NO_RENAME"
  | "TYPE_SAME"
  | "RESOURCE_NO_DELETE"
  | "RESOURCE_METHOD_NO_DELETE"
  | "RESOURCE_OWNER_SAME";

export const NAME_RULES: Readonly<Record<NameRule, Rule>> = {
  IMPORT_TYPE_NO_DELETE: rule(
    ["none", "minor", "total"],
    [C, S],
    "a component that imports the type by its name no longer links",
    "keep the name, as an alias if need be",
  ),
  EXPORT_TYPE_NO_ADD: rule(
    ["none", "minor", "total"],
    [C],
    "components export the types of their interfaces by name, and old ones do not export this one",
    "put the type in an interface that plugins import",
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
};
