// A package with its own names resolved: indices point into the package's own lists, where whatever other packages
// define stands first as a placeholder. Linking turns this into the shared Resolve.

import type { Docs, FunctionDef, Stability, TypeDefKind, TypeOwner } from "../ir.ts";
import type { PackageId } from "./ast.ts";
import type { Span } from "./source.ts";

export interface Item {
  readonly kind: "interface" | "world";
  readonly id: number;
}

export interface BoundType {
  readonly name: string | null;
  /** `foreign` until linked: the type of this name in another package's interface. */
  readonly kind: TypeDefKind | "foreign";
  readonly owner: TypeOwner;
  readonly docs: Docs | undefined;
  readonly stability: Stability | undefined;
  readonly externalId: string | undefined;
  readonly span: Span;
  /** For a record: where each field's name stands. */
  readonly fieldSpans?: readonly Span[];
}

export interface BoundFunction {
  readonly def: FunctionDef;
  readonly span: Span;
}

export interface BoundInterface {
  readonly name: string | null;
  readonly span: Span;
  readonly types: Map<string, number>;
  readonly functions: Map<string, BoundFunction>;
  docs: Docs | undefined;
  stability: Stability | undefined;
}

export type BoundWorldItem =
  | {
      readonly kind: "interface";
      readonly id: number;
      /** Set where the interface is imported under its own id, not under a plain name. */
      readonly isById: boolean;
      readonly docs: Docs | undefined;
      readonly stability: Stability | undefined;
      readonly externalId: string | undefined;
      readonly span: Span;
    }
  | { readonly kind: "function"; readonly def: FunctionDef; readonly span: Span }
  | { readonly kind: "type"; readonly id: number; readonly span: Span };

export interface BoundInclude {
  readonly world: number;
  readonly stability: Stability | undefined;
  readonly renames: readonly { readonly name: string; readonly as: string }[];
  readonly span: Span;
}

export interface BoundWorld {
  readonly name: string;
  readonly span: Span;
  /** By plain name, or by `itemKey` for interfaces under their own id. */
  readonly imports: Map<string, BoundWorldItem>;
  readonly exports: Map<string, BoundWorldItem>;
  readonly includes: BoundInclude[];
  docs: Docs | undefined;
  stability: Stability | undefined;
}

/** Map key of an interface under its own id; `#` cannot stand in a plain name. */
export function interfaceKey(id: number): string {
  return `#${id}`;
}

export interface ForeignItem {
  readonly item: Item;
  readonly pkg: string;
  readonly name: string;
  /** Where the package is first named. */
  readonly pkgSpan: Span;
  /** The gates of every mention: the item is needed if one of them is open. */
  readonly gates: (Stability | undefined)[];
}

export interface BoundPackage {
  readonly id: PackageId;
  readonly docs: Docs | undefined;
  readonly types: BoundType[];
  readonly interfaces: BoundInterface[];
  readonly worlds: BoundWorld[];
  /** Placeholders at the head of `interfaces` and `worlds`, in their order. */
  readonly foreignInterfaces: ForeignItem[];
  readonly foreignWorlds: ForeignItem[];
  /** Other packages by name, with the place of their first mention. */
  readonly dependencies: Map<string, Span>;
  /** Foreign types that stand in handles and so must turn out to be resources. */
  readonly requiredResources: { readonly type: number; readonly span: Span }[];
}
