// A component as its bytes spell it: definitions in order, with indices and byte offsets, nothing resolved yet.
import type { PrimitiveKind } from "@tenon/contract/core";
import type { CoreModuleType } from "../core/externs.ts";
import type { CoreModule, CustomSection } from "../core/module.ts";
import type { CoreType } from "../core/types.ts";

export type CoreSort =
  | "core func"
  | "core table"
  | "core memory"
  | "core global"
  | "core tag"
  | "core type"
  | "core module"
  | "core instance";
export type Sort = CoreSort | "func" | "value" | "type" | "component" | "instance";
export interface SortIndex {
  readonly sort: Sort;
  readonly index: number;
}

/** `nameattributes`: the name and what else is said of it. */
export interface ExternName {
  readonly at: number;
  readonly name: string;
  readonly implements?: string;
  readonly versionSuffix?: string;
  readonly externalId?: string;
}

/** A primitive by name or the index of a type. */
export type ValueRef = PrimitiveKind | number;
export type Labelled = readonly [label: string, type: ValueRef];
export type Case = readonly [label: string, type: ValueRef | undefined];

export type TypeAst =
  | { readonly kind: "primitive"; readonly primitive: PrimitiveKind }
  | { readonly kind: "record"; readonly fields: readonly Labelled[] }
  | { readonly kind: "variant"; readonly cases: readonly Case[] }
  | { readonly kind: "list"; readonly element: ValueRef; readonly length?: number }
  | { readonly kind: "tuple"; readonly items: readonly ValueRef[] }
  | { readonly kind: "flags" | "enum"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly item: ValueRef }
  | { readonly kind: "result"; readonly ok: ValueRef | undefined; readonly err: ValueRef | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: number }
  | { readonly kind: "stream" | "future"; readonly element: ValueRef | undefined }
  | { readonly kind: "map"; readonly key: ValueRef; readonly value: ValueRef }
  | FuncAst
  | { readonly kind: "component" | "instance"; readonly decls: readonly Definition[] }
  | { readonly kind: "resource"; readonly rep: string; readonly dtor: number | undefined };
export interface FuncAst {
  readonly kind: "func";
  readonly isAsync: boolean;
  readonly params: readonly Labelled[];
  readonly result: ValueRef | undefined;
}

export type ExternAst =
  | { readonly kind: "core module" | "func" | "component" | "instance"; readonly type: number }
  | { readonly kind: "type"; readonly bound: number | "resource" }
  | { readonly kind: "value"; readonly type: ValueRef }
  | { readonly kind: "value"; readonly same: number };

/** A core type in a component's index space: resolved already, because core types refer to nothing that a component defines. */
export type CoreTypeAst =
  | { readonly kind: "rec"; readonly types: readonly CoreType[] }
  | { readonly kind: "module"; readonly type: CoreModuleType };

export type StringEncoding = "utf8" | "utf16" | "latin1+utf16";
export type CanonOption =
  | { readonly option: "encoding"; readonly encoding: StringEncoding }
  | { readonly option: "memory" | "realloc" | "post-return" | "callback"; readonly index: number }
  | { readonly option: "async" };
export type CanonAst =
  | { readonly op: "lift"; readonly func: number; readonly options: readonly CanonOption[]; readonly type: number }
  | { readonly op: "lower"; readonly func: number; readonly options: readonly CanonOption[] }
  | { readonly op: "resource.new" | "resource.drop" | "resource.rep"; readonly type: number }
  | AsyncCanonAst;
/** The builtins of the asynchronous component model and of threads: their name and whatever follows it. */
export interface AsyncCanonAst {
  readonly op: "async";
  /** As the specification spells it: `stream.read`, `waitable-set.wait`. */
  readonly name: string;
  readonly type?: number;
  readonly options?: readonly CanonOption[];
  readonly result?: ValueRef;
  readonly isAsync?: boolean;
  readonly isCancellable?: boolean;
  readonly memory?: number;
  readonly table?: number;
  readonly slot?: number;
  readonly storage?: string;
}

export type Definition = { readonly at: number } & (
  | { readonly def: "core module"; readonly module: CoreModule; readonly start: number; readonly end: number }
  | { readonly def: "core instance"; readonly module: number; readonly args: readonly (readonly [string, number])[] }
  | { readonly def: "core bag"; readonly exports: readonly (readonly [string, SortIndex])[] }
  | { readonly def: "core type"; readonly type: CoreTypeAst }
  | { readonly def: "component"; readonly component: ComponentAst }
  | { readonly def: "instance"; readonly component: number; readonly args: readonly (readonly [string, SortIndex])[] }
  | { readonly def: "bag"; readonly exports: readonly (readonly [ExternName, SortIndex])[] }
  | { readonly def: "alias export"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly def: "alias core export"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly def: "alias outer"; readonly sort: Sort; readonly count: number; readonly index: number }
  | { readonly def: "type"; readonly type: TypeAst }
  | { readonly def: "canon"; readonly canon: CanonAst }
  | { readonly def: "start"; readonly func: number; readonly args: readonly number[]; readonly results: number }
  | { readonly def: "import"; readonly name: ExternName; readonly type: ExternAst }
  | { readonly def: "export"; readonly name: ExternName; readonly of: SortIndex; readonly type: ExternAst | undefined }
  | { readonly def: "export type"; readonly name: ExternName; readonly type: ExternAst }
  | { readonly def: "value"; readonly type: ValueRef; readonly start: number; readonly end: number }
);

export interface ComponentAst {
  readonly start: number;
  readonly end: number;
  readonly definitions: readonly Definition[];
  readonly customs: readonly CustomSection[];
}
