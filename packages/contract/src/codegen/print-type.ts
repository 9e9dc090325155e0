// WIT types -> TypeScript types, as documents that can be broken over lines.
import { resolveAlias, typeDef } from "../from-resolve.ts";
import type { FunctionDef, TypeDefKind, TypeRef } from "../ir.ts";
import { camelCase } from "../names.ts";
import { group, ifBroken, indent, join, line, softline } from "./layout.ts";
import type { Doc } from "./layout.ts";
import { isOption, isTaggedOption } from "./scope.ts";
import type { Scope } from "./scope.ts";

const PRIMITIVES: Readonly<Record<Exclude<TypeRef, number>, string>> = {
  bool: "boolean",
  u8: "number",
  s8: "number",
  u16: "number",
  s16: "number",
  u32: "number",
  s32: "number",
  u64: "bigint",
  s64: "bigint",
  f32: "number",
  f64: "number",
  char: "string",
  string: "string",
  "error-context": "string",
};

const TYPED_ARRAYS: ReadonlyMap<TypeRef, string> = new Map([
  ["u8", "Uint8Array"],
  ["s8", "Int8Array"],
  ["u16", "Uint16Array"],
  ["s16", "Int16Array"],
  ["u32", "Uint32Array"],
  ["s32", "Int32Array"],
  ["u64", "BigUint64Array"],
  ["s64", "BigInt64Array"],
  ["f32", "Float32Array"],
  ["f64", "Float64Array"],
]);

/** Words that cannot name a parameter in strict code, and `this`, which would mean something else. */
const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public " +
    "return static super switch this throw true try typeof var void while with yield"
  ).split(" "),
);

/** The TypeScript type of a reference: its name, or its shape if it has none. */
export function typeDoc(scope: Scope, ref: TypeRef): Doc {
  if (typeof ref !== "number") return PRIMITIVES[ref];
  const name = scope.typeName(ref);
  return name ?? kindDoc(scope, typeDef(scope.resolve, ref).kind);
}

/** The TypeScript type of an absent or present part. */
export function optionalDoc(scope: Scope, ref: TypeRef | null | undefined): Doc {
  return ref === null || ref === undefined ? "void" : typeDoc(scope, ref);
}

/** The shape of a type that is not declared as an interface: everything but records, flags and resources. */
export function kindDoc(scope: Scope, kind: TypeDefKind): Doc {
  if (kind === "resource") return "unknown";
  if ("type" in kind) return typeDoc(scope, kind.type);
  if ("option" in kind) {
    const item = typeDoc(scope, kind.option);
    return isOption(scope.resolve, kind.option) ? typeArguments("Option", [item]) : [item, " | undefined"];
  }
  if ("result" in kind)
    return typeArguments("Result", [optionalDoc(scope, kind.result.ok), optionalDoc(scope, kind.result.err)]);
  if ("list" in kind) return listDoc(scope, kind.list);
  if ("fixed-length-list" in kind) return listDoc(scope, kind["fixed-length-list"][0]);
  if ("map" in kind)
    return typeArguments(
      "Map",
      kind.map.map((part) => typeDoc(scope, part)),
    );
  if ("tuple" in kind) return tupleDoc(kind.tuple.types.map((part) => typeDoc(scope, part)));
  if ("handle" in kind) return typeDoc(scope, "own" in kind.handle ? kind.handle.own : kind.handle.borrow);
  if ("stream" in kind) return typeArguments("AsyncIterable", [chunkDoc(scope, kind.stream)]);
  if ("future" in kind) return typeArguments("Promise", [optionalDoc(scope, kind.future)]);
  return "never";
}

/** `(a: A, b: B) => R`, or with `: R` for a method. The parameters break first, then the result. */
export function signatureDoc(scope: Scope, func: FunctionDef, arrow: " => " | ": ", result?: Doc): Doc {
  const params = func.params
    .filter((param) => !(func.name.startsWith("[method]") && param.name === "self"))
    .map((param) => [parameterName(param.name), ": ", typeDoc(scope, param.type)]);
  const list =
    params.length === 0 ? "()" : ["(", indent(softline, join([",", line], params)), ifBroken(","), softline, ")"];
  return group(list, arrow, group(result ?? resultDoc(scope, func)));
}

/** A parameter's name in JavaScript; WIT labels hold no `_`, so the mended form is free. */
export function parameterName(label: string): string {
  const name = camelCase(label);
  return RESERVED_WORDS.has(name) ? `${name}_` : name;
}

function resultDoc(scope: Scope, func: FunctionDef): Doc {
  const plain = optionalDoc(scope, func.result);
  const isAsync =
    typeof func.kind === "string" ? func.kind === "async-freestanding" : Object.keys(func.kind)[0]?.startsWith("async");
  return isAsync === true ? typeArguments("Promise", [plain]) : plain;
}

function typeArguments(name: string, parts: readonly Doc[]): Doc {
  return group(`${name}<`, indent(softline, join([",", line], parts)), softline, ">");
}

function tupleDoc(items: readonly Doc[]): Doc {
  if (items.length === 0) return "[]";
  return group("[", indent(softline, join([",", line], items)), ifBroken(","), softline, "]");
}

function listDoc(scope: Scope, element: TypeRef): Doc {
  const typed = TYPED_ARRAYS.get(resolveAlias(scope.resolve, element));
  if (typed !== undefined) return typed;
  const item = typeDoc(scope, element);
  const isUnion =
    typeof element === "number" && scope.typeName(element) === undefined && isOption(scope.resolve, element);
  return isUnion && !isTaggedOption(scope.resolve, element) ? ["(", item, ")[]"] : [item, "[]"];
}

/** Streams of numbers come in chunks. */
function chunkDoc(scope: Scope, element: TypeRef | null): Doc {
  const typed = element === null ? undefined : TYPED_ARRAYS.get(resolveAlias(scope.resolve, element));
  return typed ?? optionalDoc(scope, element);
}
