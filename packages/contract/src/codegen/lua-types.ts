// WIT types -> LuaLS annotations, for the values that plugins in Lua see.
import { typeDef } from "../from-resolve.ts";
import type { CaseDef, Docs, PrimitiveName, Stability, TypeDefKind, TypeRef } from "../ir.ts";
import { isLuaKeyword, luaName } from "../names.ts";
import { oneLine } from "./comments.ts";
import { isOption, isTaggedOption } from "./scope.ts";
import type { Scope } from "./scope.ts";

const PRIMITIVES: Readonly<Record<PrimitiveName, string>> = {
  bool: "boolean",
  u8: "integer",
  s8: "integer",
  u16: "integer",
  s16: "integer",
  u32: "integer",
  s32: "integer",
  u64: "integer",
  s64: "integer",
  f32: "number",
  f64: "number",
  char: "string",
  string: "string",
  "error-context": "string",
};

/** The class or alias of the named type `index`. */
export function luaDeclaration(scope: Scope, index: number): string {
  const def = typeDef(scope.resolve, index);
  const name = scope.typeName(index) ?? "";
  const { kind } = def;
  const docs = luaDocs(def);
  if (typeof kind === "object" && "record" in kind) {
    const fields = kind.record.fields.map((field) => {
      const isLeftOut = isOption(scope.resolve, field.type) && !isTaggedOption(scope.resolve, field.type);
      const about = field.docs === undefined ? "" : ` ${oneLine(field.docs)}`;
      return `---@field ${fieldName(luaName(field.name))}${isLeftOut ? "?" : ""} ${luaType(scope, field.type).replace(/\?$/, "")}${about}\n`;
    });
    return `${docs}---@class ${name}\n${fields.join("")}`;
  }
  if (typeof kind === "object" && "flags" in kind) {
    const fields = kind.flags.flags.map((flag) => `---@field ${fieldName(luaName(flag.name))}? boolean\n`);
    return `${docs}---@class ${name}\n${fields.join("")}`;
  }
  return `${docs}---@alias ${name} ${kindType(scope, kind)}\n`;
}

/** The annotation of a reference: its name, or its shape if it has none. */
export function luaType(scope: Scope, ref: TypeRef): string {
  if (typeof ref !== "number") return PRIMITIVES[ref];
  return scope.typeName(ref) ?? kindType(scope, typeDef(scope.resolve, ref).kind);
}

function kindType(scope: Scope, kind: TypeDefKind): string {
  if (kind === "resource") return "unknown";
  if ("type" in kind) return luaType(scope, kind.type);
  if ("enum" in kind) return kind.enum.cases.map(({ name }) => `"${name}"`).join("|");
  if ("variant" in kind) return casesType(scope, kind.variant.cases);
  if ("result" in kind)
    return casesType(scope, [
      { name: "ok", type: kind.result.ok },
      { name: "err", type: kind.result.err },
    ]);
  if ("option" in kind) return optionType(scope, kind.option, isOption(scope.resolve, kind.option));
  if ("list" in kind) return listType(scope, kind.list);
  if ("fixed-length-list" in kind) return listType(scope, kind["fixed-length-list"][0]);
  if ("tuple" in kind) return `[${kind.tuple.types.map((part) => luaType(scope, part)).join(", ")}]`;
  if ("map" in kind) return `table<${luaType(scope, kind.map[0])}, ${mapItem(scope, kind.map[1])}>`;
  return "unknown";
}

function casesType(scope: Scope, cases: readonly Pick<CaseDef, "name" | "type">[]): string {
  return cases
    .map(({ name, type }) =>
      type === null ? `{ tag: "${name}" }` : `{ tag: "${name}", val: ${luaType(scope, type)} }`,
    )
    .join("|");
}

function optionType(scope: Scope, item: TypeRef, isTagged: boolean): string {
  if (isTagged) return `{ tag: "some", val: ${luaType(scope, item)} }|{ tag: "none" }`;
  return `(${luaType(scope, item)})?`.replace(/^\(([\w.]+)\)\?$/, "$1?");
}

/** Bytes are a string; a list with nothing in some places says its length. */
function listType(scope: Scope, element: TypeRef): string {
  if (element === "u8") return "string";
  const item = luaType(scope, element);
  if (isOption(scope.resolve, element) && !isTaggedOption(scope.resolve, element))
    return `{ n: integer, [integer]: ${item} }`;
  return /^[\w.[\]]+$/.test(item) ? `${item}[]` : `(${item})[]`;
}

function mapItem(scope: Scope, item: TypeRef): string {
  if (!isOption(scope.resolve, item) || isTaggedOption(scope.resolve, item) || typeof item !== "number")
    return luaType(scope, item);
  const { kind } = typeDef(scope.resolve, item);
  return typeof kind === "object" && "option" in kind ? optionType(scope, kind.option, true) : luaType(scope, item);
}

/** `---` comments of a WIT text, one line for each of its own. */
export function luaDocs({ docs, stability }: { readonly docs?: Docs; readonly stability?: Stability }): string {
  const lines = docs === undefined ? [] : docs.contents.trim().split(/\r\n|[\n\r\u2028\u2029]/);
  const gate = stability === undefined ? undefined : Object.values(stability)[0];
  return [
    ...lines.map((line) => `---${line.trimEnd()}\n`),
    ...(gate?.deprecated === undefined ? [] : ["---@deprecated\n"]),
  ].join("");
}

/** A field's name in an annotation. */
export function fieldName(name: string): string {
  return isLuaKeyword(name) ? `["${name}"]` : name;
}
