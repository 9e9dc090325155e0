// The syntax tree of WIT files. Every name and type keeps its span for diagnostics.

import type { PrimitiveName } from "../ir.ts";
import type { CommentBlock, Id } from "./lexer.ts";
import type { Span } from "./source.ts";
import type { Version } from "./version.ts";

export type { Id } from "./lexer.ts";

export interface PackageId extends Span {
  readonly namespace: Id;
  readonly name: Id;
  readonly version: Version | undefined;
  /** `namespace:name@version`, what packages are known by. */
  readonly text: string;
}

export type Attribute =
  | { readonly kind: "since" | "deprecated"; readonly version: Version; readonly span: Span }
  | { readonly kind: "unstable"; readonly feature: string; readonly span: Span }
  | { readonly kind: "external-id"; readonly id: string; readonly span: Span };

/** What may stand before an item. */
export interface Prefix {
  readonly docs: CommentBlock | undefined;
  readonly attributes: readonly Attribute[];
}

export type TypeAst =
  | { readonly kind: "primitive"; readonly name: PrimitiveName; readonly span: Span }
  | { readonly kind: "name"; readonly id: Id; readonly span: Span }
  | { readonly kind: "list"; readonly element: TypeAst; readonly length: number | undefined; readonly span: Span }
  | { readonly kind: "map"; readonly key: TypeAst; readonly value: TypeAst; readonly span: Span }
  | { readonly kind: "option"; readonly item: TypeAst; readonly span: Span }
  | { readonly kind: "tuple"; readonly items: readonly TypeAst[]; readonly span: Span }
  | {
      readonly kind: "result";
      readonly ok: TypeAst | undefined;
      readonly err: TypeAst | undefined;
      readonly span: Span;
    }
  | { readonly kind: "stream" | "future"; readonly element: TypeAst | undefined; readonly span: Span }
  | { readonly kind: "own" | "borrow"; readonly resource: Id; readonly span: Span };

export interface NamedType {
  readonly docs: CommentBlock | undefined;
  readonly name: Id;
  readonly type: TypeAst;
}
export interface CaseAst {
  readonly docs: CommentBlock | undefined;
  readonly name: Id;
  readonly type: TypeAst | undefined;
}

export type TypeBody =
  | { readonly kind: "alias"; readonly type: TypeAst }
  | { readonly kind: "record"; readonly fields: readonly NamedType[] }
  | { readonly kind: "variant" | "enum" | "flags"; readonly cases: readonly CaseAst[] }
  | { readonly kind: "resource"; readonly functions: readonly ResourceFunction[] };

export interface TypeItem {
  readonly kind: "type";
  readonly prefix: Prefix;
  readonly name: Id;
  readonly body: TypeBody;
}

export interface FunctionAst {
  readonly isAsync: boolean;
  readonly span: Span;
  readonly params: readonly NamedType[];
  readonly result: TypeAst | undefined;
}

export interface FunctionItem {
  readonly kind: "function";
  readonly prefix: Prefix;
  readonly name: Id;
  readonly func: FunctionAst;
}

export interface ResourceFunction {
  readonly kind: "method" | "static" | "constructor";
  readonly prefix: Prefix;
  readonly name: Id;
  readonly func: FunctionAst;
}

/** `foo`, or `ns:pkg/foo@1.0.0` where `pkg` is set. */
export interface UsePath {
  readonly pkg: PackageId | undefined;
  readonly name: Id;
}

export interface Renaming {
  readonly name: Id;
  readonly as: Id | undefined;
}

export interface UseItem {
  readonly kind: "use";
  readonly prefix: Prefix;
  readonly from: UsePath;
  readonly names: readonly Renaming[];
}

export interface IncludeItem {
  readonly kind: "include";
  readonly prefix: Prefix;
  readonly from: UsePath;
  readonly renames: readonly { readonly name: Id; readonly as: Id }[];
}

export type InterfaceItem = UseItem | TypeItem | FunctionItem;

export type ExternBody =
  | { readonly kind: "interface"; readonly label: Id; readonly items: readonly InterfaceItem[] }
  | { readonly kind: "function"; readonly label: Id; readonly func: FunctionAst }
  /** Without a label, an interface under its own id (`import wasi:io/streams;`). */
  | { readonly kind: "path"; readonly label: Id | undefined; readonly path: UsePath };

export interface ExternItem {
  readonly kind: "import" | "export";
  readonly prefix: Prefix;
  readonly body: ExternBody;
}

export type WorldItemAst = ExternItem | UseItem | TypeItem | IncludeItem;

export interface InterfaceAst {
  readonly kind: "interface";
  readonly prefix: Prefix;
  readonly name: Id;
  readonly items: readonly InterfaceItem[];
}
export interface WorldAst {
  readonly kind: "world";
  readonly prefix: Prefix;
  readonly name: Id;
  readonly items: readonly WorldItemAst[];
}
export interface TopUse {
  readonly kind: "top-use";
  readonly prefix: Prefix;
  readonly span: Span;
  readonly path: UsePath;
  readonly as: Id | undefined;
}
export interface NestedPackage {
  readonly kind: "package";
  readonly docs: CommentBlock | undefined;
  readonly id: PackageId;
  readonly items: readonly TopItem[];
}

export type TopItem = InterfaceAst | WorldAst | TopUse | NestedPackage;

/** One file, or one `package ... { }` block. */
export interface FileAst {
  readonly header: { readonly id: PackageId; readonly docs: CommentBlock | undefined } | undefined;
  readonly items: readonly TopItem[];
  /** Where the file begins, for faults of the file as a whole. */
  readonly span: Span;
}
