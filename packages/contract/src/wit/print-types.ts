// Resolved types and functions -> WIT text.

import { TenonError } from "../errors.ts";
import type { Docs, FunctionDef, Resolve, Stability, TypeDef, TypeDefKind, TypeRef } from "../ir.ts";
import { docsText } from "./annotations.ts";
import { keywordKind } from "./token.ts";

/** Anonymous types nest at most 100 deep in text; a Resolve from elsewhere must not send the printer on endlessly. */
const MAX_DEPTH = 200;

/** A label as WIT writes it: with `%` where it is a keyword. */
export function idText(label: string): string {
  return keywordKind(label) === undefined ? label : `%${label}`;
}

export function typeText(resolve: Resolve, type: TypeRef, depth = 0): string {
  if (typeof type === "string") return type;
  const def = typeAt(resolve, type);
  if (def.name !== null) return idText(def.name);
  if (depth > MAX_DEPTH) throw damaged("anonymous types nest without end");
  return kindText(resolve, def.kind, depth, true);
}

/** A kind that may stand in an alias or, with `isAnonymous`, inside another type, where a bare name means `own`. */
export function kindText(resolve: Resolve, kind: TypeDefKind, depth = 0, isAnonymous = false): string {
  const text = (type: TypeRef): string => typeText(resolve, type, depth + 1);
  if (kind === "resource" || "record" in kind || "variant" in kind || "enum" in kind || "flags" in kind) {
    throw damaged("a record, variant, enum, flags or resource has no name");
  }
  if ("type" in kind) return text(kind.type);
  if ("handle" in kind) {
    if ("borrow" in kind.handle) return `borrow<${text(kind.handle.borrow)}>`;
    return isAnonymous ? text(kind.handle.own) : `own<${text(kind.handle.own)}>`;
  }
  if ("option" in kind) return `option<${text(kind.option)}>`;
  if ("list" in kind) return `list<${text(kind.list)}>`;
  if ("fixed-length-list" in kind)
    return `list<${text(kind["fixed-length-list"][0])}, ${kind["fixed-length-list"][1]}>`;
  if ("map" in kind) return `map<${text(kind.map[0])}, ${text(kind.map[1])}>`;
  if ("tuple" in kind) return `tuple<${kind.tuple.types.map(text).join(", ")}>`;
  if ("future" in kind) return kind.future === null ? "future" : `future<${text(kind.future)}>`;
  if ("stream" in kind) return kind.stream === null ? "stream" : `stream<${text(kind.stream)}>`;
  const { ok, err } = kind.result;
  if (err === null) return ok === null ? "result" : `result<${text(ok)}>`;
  return `result<${ok === null ? "_" : text(ok)}, ${text(err)}>`;
}

/** `label: func(a: u32) -> bool;`, or a resource's `constructor(...);`. */
export function functionText(resolve: Resolve, def: FunctionDef): string {
  const isMethod = typeof def.kind === "object" && ("method" in def.kind || "async-method" in def.kind);
  const params = (isMethod ? def.params.slice(1) : def.params).map(
    ({ name, type }) => `${idText(name)}: ${typeText(resolve, type)}`,
  );
  if (typeof def.kind === "object" && Object.hasOwn(def.kind, "constructor")) {
    const own = def.result === undefined || isOwnHandle(resolve, def.result);
    const result = own || def.result === undefined ? "" : ` -> ${typeText(resolve, def.result)}`;
    return `constructor(${params.join(", ")})${result};`;
  }
  const kind = typeof def.kind === "string" ? def.kind : (Object.keys(def.kind)[0] ?? "");
  const label = def.name.slice(def.name.indexOf(".") + 1);
  const words = `${kind.endsWith("static") ? "static " : ""}${kind.startsWith("async") ? "async " : ""}func`;
  const result = def.result === undefined ? "" : ` -> ${typeText(resolve, def.result)}`;
  return `${idText(label)}: ${words}(${params.join(", ")})${result};`;
}

function isOwnHandle(resolve: Resolve, type: TypeRef): boolean {
  const kind = typeof type === "number" ? typeAt(resolve, type).kind : undefined;
  return typeof kind === "object" && "handle" in kind;
}

export function typeAt(resolve: Resolve, index: number): TypeDef {
  const def = resolve.types[index];
  if (def === undefined) throw damaged(`there is no type ${index}`);
  return def;
}

function damaged(what: string): TenonError {
  return new TenonError("contract-invalid", `the Resolve cannot be printed: ${what}`, { sideEffects: "none" });
}

interface Annotated {
  readonly docs?: Docs | undefined;
  readonly stability?: Stability | undefined;
  readonly external_id?: string | undefined;
}

/** Comment and attribute lines to stand before an item. */
export function prefixLines({ docs, stability, external_id: externalId }: Annotated): string[] {
  const lines = docs === undefined ? [] : docsLines(docs.contents);
  if (stability !== undefined && "stable" in stability) lines.push(`@since(version = ${stability.stable.since})`);
  if (stability !== undefined && "unstable" in stability)
    lines.push(`@unstable(feature = ${idText(stability.unstable.feature)})`);
  const gate = stability === undefined ? undefined : "stable" in stability ? stability.stable : stability.unstable;
  if (gate?.deprecated !== undefined) lines.push(`@deprecated(version = ${gate.deprecated})`);
  if (externalId !== undefined) lines.push(`@external-id("${externalId.replace(/["\\\p{Cc}\p{Cf}]/gu, escapeChar)}")`);
  return lines;
}

function escapeChar(char: string): string {
  return char === '"' || char === "\\" ? `\\${char}` : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The first of three spellings that reads back as the same text. */
function docsLines(contents: string): string[] {
  const lines = contents.split("\n");
  const spaced = lines.map((line) => (line === "" ? "///" : `/// ${line}`));
  const tight = lines.map((line) => `///${line}`);
  return [spaced, tight, [`/**${contents}*/`]].find((spelling) => docsText(spelling) === contents) ?? spaced;
}
