// Tokens -> types, type definitions and functions.

import type { PrimitiveName } from "../ir.ts";
import type { CaseAst, FunctionAst, NamedType, Prefix, ResourceFunction, TypeAst, TypeBody, TypeItem } from "./ast.ts";
import { Fault } from "./diagnostic.ts";
import type { Lexer } from "./lexer.ts";
import { parseList, parsePrefix } from "./parse-prefix.ts";
import { PRIMITIVE_KINDS } from "../type-table.ts";
import { describeToken, type TokenKind } from "./token.ts";

const PRIMITIVES: ReadonlySet<TokenKind> = PRIMITIVE_KINDS;

/** As deep as `list<list<...>>` may nest: the reference parser's limit, far beyond use and far from the stack's end. */
const MAX_TYPE_DEPTH = 100;

export function parseType(lexer: Lexer, depth = 0): TypeAst {
  if (depth >= MAX_TYPE_DEPTH) throw new Fault(lexer.span, "type nesting too deep", "name the inner types");
  const span = lexer.span;
  const { kind } = lexer;
  if (kind === "identifier" || kind === "explicit identifier") return { kind: "name", id: lexer.id(), span };
  if (isPrimitive(kind)) {
    lexer.advance();
    return { kind: "primitive", name: kind, span };
  }
  return parseCompound(lexer, kind, depth + 1);
}

function isPrimitive(kind: TokenKind): kind is PrimitiveName {
  return PRIMITIVES.has(kind);
}

function parseCompound(lexer: Lexer, kind: TokenKind, depth: number): TypeAst {
  const start = lexer.span;
  switch (kind) {
    case "tuple": {
      lexer.advance();
      lexer.expect("<");
      return { kind, items: parseList(lexer, ">", () => parseType(lexer, depth)), span: start };
    }
    case "list":
      return parseListType(lexer, depth);
    case "map": {
      lexer.advance();
      lexer.expect("<");
      const key = parseType(lexer, depth);
      lexer.expect(",");
      const value = parseType(lexer, depth);
      lexer.expect(">");
      return { kind, key, value, span: start };
    }
    case "option": {
      lexer.advance();
      lexer.expect("<");
      const item = parseType(lexer, depth);
      lexer.expect(">");
      return { kind, item, span: start };
    }
    case "result":
      return parseResult(lexer, depth);
    case "future":
    case "stream": {
      lexer.advance();
      if (!lexer.eat("<")) return { kind, element: undefined, span: start };
      const element = parseType(lexer, depth);
      lexer.expect(">");
      return { kind, element, span: start };
    }
    case "own":
    case "borrow": {
      lexer.advance();
      lexer.expect("<");
      const resource = lexer.id();
      lexer.expect(">");
      return { kind, resource, span: resource };
    }
    default:
      throw lexer.unexpected("a type");
  }
}

function parseListType(lexer: Lexer, depth: number): TypeAst {
  const span = lexer.expect("list");
  lexer.expect("<");
  const element = parseType(lexer, depth);
  const length = lexer.eat(",") ? parseLength(lexer) : undefined;
  lexer.expect(">");
  return { kind: "list", element, length, span };
}

function parseLength(lexer: Lexer): number {
  if (!lexer.is("integer")) throw lexer.unexpected("a fixed length");
  const { start, end, text, span } = lexer;
  const digits = text.slice(start, end).replace(/^0+(?=[0-9])/, "");
  const length = digits.length > 10 ? Infinity : Number(digits);
  if (length > 0xffffffff) throw new Fault(span, "invalid list size: number too large to fit in 32 bits");
  lexer.advance();
  return length;
}

function parseResult(lexer: Lexer, depth: number): TypeAst {
  const span = lexer.expect("result");
  if (!lexer.eat("<")) return { kind: "result", ok: undefined, err: undefined, span };
  const ok = lexer.eat("_") ? undefined : parseType(lexer, depth);
  if (ok === undefined) lexer.expect(",");
  const err = ok === undefined || lexer.eat(",") ? parseType(lexer, depth) : undefined;
  lexer.expect(">");
  return { kind: "result", ok, err, span };
}

export function parseFunction(lexer: Lexer): FunctionAst {
  const isAsync = lexer.eat("async");
  const span = lexer.expect("func");
  return { isAsync, span, ...parseSignature(lexer) };
}

function parseSignature(lexer: Lexer): Pick<FunctionAst, "params" | "result"> {
  lexer.expect("(");
  const params = parseList(lexer, ")", () => parseNamedType(lexer));
  const result = lexer.eat("->") ? parseType(lexer) : undefined;
  return { params, result };
}

function parseNamedType(lexer: Lexer): NamedType {
  const docs = lexer.comments;
  const name = lexer.id();
  lexer.expect(":");
  return { docs, name, type: parseType(lexer) };
}

/** A type definition if one begins here. */
export function parseTypeItem(lexer: Lexer, prefix: Prefix): TypeItem | undefined {
  const { kind } = lexer;
  if (
    kind !== "type" &&
    kind !== "record" &&
    kind !== "variant" &&
    kind !== "enum" &&
    kind !== "flags" &&
    kind !== "resource"
  ) {
    return undefined;
  }
  lexer.advance();
  const name = lexer.id();
  return { kind: "type", prefix, name, body: parseBody(lexer, kind) };
}

function parseBody(lexer: Lexer, kind: "type" | "record" | "variant" | "enum" | "flags" | "resource"): TypeBody {
  if (kind === "type") {
    lexer.expect("=");
    const type = parseType(lexer);
    lexer.expect(";");
    return { kind: "alias", type };
  }
  if (kind === "resource") return { kind, functions: parseResource(lexer) };
  lexer.expect("{");
  if (kind === "record") return { kind, fields: parseList(lexer, "}", () => parseNamedType(lexer)) };
  return { kind, cases: parseList(lexer, "}", () => parseCase(lexer, kind === "variant")) };
}

function parseCase(lexer: Lexer, hasPayload: boolean): CaseAst {
  const docs = lexer.comments;
  const name = lexer.id();
  if (!hasPayload || !lexer.eat("(")) return { docs, name, type: undefined };
  const type = parseType(lexer);
  lexer.expect(")");
  return { docs, name, type };
}

function parseResource(lexer: Lexer): ResourceFunction[] {
  const functions: ResourceFunction[] = [];
  if (lexer.eat(";")) return functions;
  if (!lexer.is("{")) throw lexer.unexpected(`${describeToken("{")} or ${describeToken(";")}`);
  lexer.advance();
  while (!lexer.eat("}")) functions.push(parseResourceFunction(lexer));
  return functions;
}

function parseResourceFunction(lexer: Lexer): ResourceFunction {
  const prefix = parsePrefix(lexer);
  if (lexer.is("constructor")) {
    const span = lexer.expect("constructor");
    const func = { isAsync: false, span, ...parseSignature(lexer) };
    lexer.expect(";");
    return { kind: "constructor", prefix, name: { ...span, name: "constructor" }, func };
  }
  if (lexer.kind !== "identifier" && lexer.kind !== "explicit identifier")
    throw lexer.unexpected("`constructor` or an identifier");
  const name = lexer.id();
  lexer.expect(":");
  const kind = lexer.eat("static") ? "static" : "method";
  const func = parseFunction(lexer);
  lexer.expect(";");
  return { kind, prefix, name, func };
}
