// Syntax tree of a file -> every path that points to an interface or a world.

import type { Attribute, Id, InterfaceItem, Renaming, TopItem, UsePath, WorldAst } from "./ast.ts";

export interface PathMention {
  /** The interface (for `use`) or world (for `include`) that depends on the target; undefined elsewhere. */
  readonly dependent: Id | undefined;
  readonly attributes: readonly Attribute[];
  readonly path: UsePath;
  /** Types taken from the target; undefined where the path is no `use`. */
  readonly names: readonly Renaming[] | undefined;
  readonly target: "interface" | "world";
}

export function* mentionedPaths(items: readonly TopItem[]): Generator<PathMention> {
  for (const item of items) {
    if (item.kind === "interface") yield* usesOf(item.items, item.name);
    else if (item.kind === "world") yield* worldPaths(item);
    // Whether a top-level `use` names an interface or a world shows only later; an interface is assumed.
    else if (item.kind === "top-use") {
      yield {
        dependent: undefined,
        attributes: item.prefix.attributes,
        path: item.path,
        names: undefined,
        target: "interface",
      };
    }
  }
}

function* usesOf(items: readonly InterfaceItem[], dependent: Id | undefined): Generator<PathMention> {
  for (const item of items) {
    if (item.kind !== "use") continue;
    yield { dependent, attributes: item.prefix.attributes, path: item.from, names: item.names, target: "interface" };
  }
}

/** Imports before exports, whatever their order in the text: placeholders are numbered in this order. */
function* worldPaths(world: WorldAst): Generator<PathMention> {
  for (const item of world.items) {
    const attributes = item.prefix.attributes;
    if (item.kind === "use")
      yield { dependent: undefined, attributes, path: item.from, names: item.names, target: "interface" };
    else if (item.kind === "include")
      yield { dependent: world.name, attributes, path: item.from, names: undefined, target: "world" };
  }
  for (const kind of ["import", "export"] as const) {
    for (const item of world.items) {
      if (item.kind !== kind) continue;
      if (item.body.kind === "interface") yield* usesOf(item.body.items, undefined);
      else if (item.body.kind === "path") {
        const { attributes } = item.prefix;
        yield { dependent: undefined, attributes, path: item.body.path, names: undefined, target: "interface" };
      }
    }
  }
}
