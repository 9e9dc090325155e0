// One WIT file -> its syntax tree.

import type {
  ExternBody,
  ExternItem,
  FileAst,
  IncludeItem,
  InterfaceItem,
  NestedPackage,
  Prefix,
  Renaming,
  TopItem,
  TopUse,
  UseItem,
  WorldItemAst,
} from "./ast.ts";
import { Fault } from "./diagnostic.ts";
import { Lexer } from "./lexer.ts";
import { parseList, parsePackageRest, parsePathAfter, parsePrefix, parseUsePath } from "./parse-prefix.ts";
import { parseFunction, parseTypeItem } from "./parse-type.ts";
import type { SourceFile } from "./source.ts";

/** As deep as `package a:b { package c:d { ... } }` is followed before it is refused. */
const MAX_PACKAGE_DEPTH = 100;

/** Throws a Fault at the first thing that is no WIT. */
export function parseFile(file: SourceFile): FileAst {
  const lexer = new Lexer(file);
  const items: TopItem[] = [];
  let header: FileAst["header"];
  while (!lexer.is("eof")) {
    const isFirst = header === undefined && items.length === 0;
    const prefix = parsePrefix(lexer);
    if (isFirst && prefix.attributes.length === 0 && lexer.eat("package")) {
      const id = parsePackageRest(lexer, lexer.id());
      if (lexer.eat(";")) header = { id, docs: prefix.docs };
      else items.push(parsePackageBody(lexer, id, prefix, 0));
    } else {
      items.push(parseTopItem(lexer, prefix, 0));
    }
  }
  return { header, items, span: { start: file.base, end: file.base + 1 } };
}

function parseTopItem(lexer: Lexer, prefix: Prefix, depth: number): TopItem {
  if (lexer.eat("interface")) {
    const name = lexer.id();
    return { kind: "interface", prefix, name, items: parseInterfaceItems(lexer) };
  }
  if (lexer.eat("world")) {
    const name = lexer.id();
    return { kind: "world", prefix, name, items: parseWorldItems(lexer) };
  }
  if (lexer.is("use")) return parseTopUse(lexer, prefix);
  if (!lexer.is("package")) throw lexer.unexpected("`world`, `interface`, `use` or `package`");
  const span = lexer.expect("package");
  if (prefix.attributes.length > 0) throw new Fault(span, "attributes cannot stand on a nested package");
  if (depth >= MAX_PACKAGE_DEPTH) throw new Fault(span, "package nesting too deep");
  return parsePackageBody(lexer, parsePackageRest(lexer, lexer.id()), prefix, depth);
}

function parsePackageBody(lexer: Lexer, id: NestedPackage["id"], prefix: Prefix, depth: number): NestedPackage {
  lexer.expect("{");
  const items: TopItem[] = [];
  while (!lexer.eat("}")) items.push(parseTopItem(lexer, parsePrefix(lexer), depth + 1));
  return { kind: "package", docs: prefix.docs, id, items };
}

function parseTopUse(lexer: Lexer, prefix: Prefix): TopUse {
  const span = lexer.expect("use");
  const path = parseUsePath(lexer);
  const as = lexer.eat("as") ? lexer.id() : undefined;
  lexer.expect(";");
  return { kind: "top-use", prefix, span, path, as };
}

function parseInterfaceItems(lexer: Lexer): InterfaceItem[] {
  lexer.expect("{");
  const items: InterfaceItem[] = [];
  while (!lexer.eat("}")) items.push(parseInterfaceItem(lexer, parsePrefix(lexer)));
  return items;
}

function parseInterfaceItem(lexer: Lexer, prefix: Prefix): InterfaceItem {
  if (lexer.is("use")) return parseUse(lexer, prefix);
  const type = parseTypeItem(lexer, prefix);
  if (type !== undefined) return type;
  if (lexer.kind !== "identifier" && lexer.kind !== "explicit identifier")
    throw lexer.unexpected("`type`, `resource` or `func`");
  const name = lexer.id();
  lexer.expect(":");
  const func = parseFunction(lexer);
  lexer.expect(";");
  return { kind: "function", prefix, name, func };
}

function parseUse(lexer: Lexer, prefix: Prefix): UseItem {
  lexer.expect("use");
  const from = parseUsePath(lexer);
  lexer.expect(".");
  lexer.expect("{");
  const names = parseList(lexer, "}", (): Renaming => {
    const name = lexer.id();
    return { name, as: lexer.eat("as") ? lexer.id() : undefined };
  });
  lexer.expect(";");
  return { kind: "use", prefix, from, names };
}

function parseWorldItems(lexer: Lexer): WorldItemAst[] {
  lexer.expect("{");
  const items: WorldItemAst[] = [];
  while (!lexer.eat("}")) items.push(parseWorldItem(lexer, parsePrefix(lexer)));
  return items;
}

function parseWorldItem(lexer: Lexer, prefix: Prefix): WorldItemAst {
  if (lexer.eat("import")) return parseExtern(lexer, "import", prefix);
  if (lexer.eat("export")) return parseExtern(lexer, "export", prefix);
  if (lexer.is("use")) return parseUse(lexer, prefix);
  if (lexer.is("include")) return parseInclude(lexer, prefix);
  const type = parseTypeItem(lexer, prefix);
  if (type === undefined) throw lexer.unexpected("`import`, `export`, `include`, `use`, or type definition");
  return type;
}

function parseInclude(lexer: Lexer, prefix: Prefix): IncludeItem {
  lexer.expect("include");
  const from = parseUsePath(lexer);
  if (!lexer.eat("with")) {
    lexer.expect(";");
    return { kind: "include", prefix, from, renames: [] };
  }
  lexer.expect("{");
  const renames = parseList(lexer, "}", () => {
    const name = lexer.id();
    lexer.expect("as");
    return { name, as: lexer.id() };
  });
  return { kind: "include", prefix, from, renames };
}

function parseExtern(lexer: Lexer, kind: "import" | "export", prefix: Prefix): ExternItem {
  const body = parseExternBody(lexer);
  if (body.kind !== "interface") lexer.expect(";");
  return { kind, prefix, body };
}

function parseExternBody(lexer: Lexer): ExternBody {
  const first = lexer.id();
  if (!lexer.eat(":")) return { kind: "path", label: undefined, path: { pkg: undefined, name: first } };
  if (lexer.is("func") || lexer.is("async")) return { kind: "function", label: first, func: parseFunction(lexer) };
  if (lexer.eat("interface")) return { kind: "interface", label: first, items: parseInterfaceItems(lexer) };
  // `first: second` is a label and an interface of this package; `first:second/third` is one path;
  // `first: second:third/fourth` is a label and a path.
  const second = lexer.id();
  if (lexer.is("/")) return { kind: "path", label: undefined, path: parsePathAfter(lexer, first, second) };
  const path = lexer.eat(":") ? parsePathAfter(lexer, second, lexer.id()) : { pkg: undefined, name: second };
  return { kind: "path", label: first, path };
}
