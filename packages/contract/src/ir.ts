// The resolved form of WIT: one JSON-compatible graph of arrays, cross-referenced by index.
// Shape: `wasm-tools component wit --json` (wit-parser's `Resolve`), so either tool can read the other's output.

/** A WIT label in kebab-case; not `string` in the way a foreign key is: labels hold only ASCII letters, digits and `-`. */
export type Label = string;

/** The value types that need no definition. */
export type PrimitiveName =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "s8"
  | "s16"
  | "s32"
  | "s64"
  | "f32"
  | "f64"
  | "char"
  | "string"
  | "error-context";

/** A primitive by name, or an index into `Resolve.types`. */
export type TypeRef = PrimitiveName | number;

export interface Docs {
  /** Comment text without comment marks, lines joined by `\n`. */
  readonly contents: string;
}

/** Feature gate of an item; absent where the WIT has none. Versions are semver text. */
export type Stability =
  | { readonly stable: { readonly since: string; readonly deprecated?: string } }
  | { readonly unstable: { readonly feature: string; readonly deprecated?: string } };

/** Members that named items share. */
interface Annotated {
  readonly docs?: Docs;
  readonly stability?: Stability;
}

export interface FieldDef {
  readonly name: Label;
  readonly type: TypeRef;
  readonly docs?: Docs;
}
export interface CaseDef {
  readonly name: Label;
  readonly type: TypeRef | null;
  readonly docs?: Docs;
}
/** A flag or an enum case. */
export interface NameDef {
  readonly name: Label;
  readonly docs?: Docs;
}

/** What a type is. `{ type }` is an alias; `"resource"` has its functions in the owning interface or world. */
export type TypeDefKind =
  | "resource"
  | { readonly record: { readonly fields: readonly FieldDef[] } }
  | { readonly handle: { readonly own: number } | { readonly borrow: number } }
  | { readonly flags: { readonly flags: readonly NameDef[] } }
  | { readonly tuple: { readonly types: readonly TypeRef[] } }
  | { readonly variant: { readonly cases: readonly CaseDef[] } }
  | { readonly enum: { readonly cases: readonly NameDef[] } }
  | { readonly option: TypeRef }
  | { readonly result: { readonly ok: TypeRef | null; readonly err: TypeRef | null } }
  | { readonly list: TypeRef }
  | { readonly map: readonly [key: TypeRef, value: TypeRef] }
  | { readonly "fixed-length-list": readonly [element: TypeRef, length: number] }
  | { readonly future: TypeRef | null }
  | { readonly stream: TypeRef | null }
  | { readonly type: TypeRef };

/** Where a named type was declared (indices into `worlds` or `interfaces`); null for anonymous types. */
export type TypeOwner = { readonly world: number } | { readonly interface: number } | null;

export interface TypeDef extends Annotated {
  /** null for anonymous types such as the `list<u8>` of a parameter. */
  readonly name: Label | null;
  readonly kind: TypeDefKind;
  readonly owner: TypeOwner;
  readonly external_id?: string;
}

/** The number is the index of the resource's type. */
export type FunctionDefKind =
  | "freestanding"
  | "async-freestanding"
  | { readonly method: number }
  | { readonly "async-method": number }
  | { readonly static: number }
  | { readonly "async-static": number }
  | { readonly constructor: number };

export interface FunctionDef extends Annotated {
  /** `build`, `[method]counter.bump`, `[static]counter.open`, `[constructor]counter`. */
  readonly name: string;
  readonly kind: FunctionDefKind;
  /** A method's first parameter is `self`, a borrow of its resource. */
  readonly params: readonly FieldDef[];
  readonly result?: TypeRef;
  readonly external_id?: string;
}

export interface InterfaceDef extends Annotated {
  /** null for an interface written inline in a world. */
  readonly name: Label | null;
  /** Type name to index, in an order in which each type stands after those it uses. No prototype: own keys only. */
  readonly types: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, FunctionDef>>;
  readonly package: number;
  /** Set where `include` copied an inline interface: the index of the original. */
  readonly clone_of?: number;
}

export type WorldItem =
  | {
      readonly interface: {
        readonly id: number;
        readonly stability?: Stability;
        readonly external_id?: string;
        readonly docs?: Docs;
      };
    }
  | { readonly function: FunctionDef }
  | { readonly type: number };

export interface WorldDef extends Annotated {
  readonly name: Label;
  /**
   * Imports with everything that they and the exports need. Key: `interface-N` for interface N imported under its own
   * id, else the plain name. Order: interfaces, types, functions; each after what it depends on.
   */
  readonly imports: Readonly<Record<string, WorldItem>>;
  readonly exports: Readonly<Record<string, WorldItem>>;
  readonly package: number;
}

export interface PackageDef {
  /** `namespace:name` with `@version` where there is one. */
  readonly name: string;
  readonly docs?: Docs;
  readonly interfaces: Readonly<Record<string, number>>;
  readonly worlds: Readonly<Record<string, number>>;
}

/** Resolved WIT packages. Plain data: `JSON.stringify` gives what `wasm-tools component wit --json` prints. */
export interface Resolve {
  readonly worlds: readonly WorldDef[];
  readonly interfaces: readonly InterfaceDef[];
  /** Each type stands after the types it refers to. */
  readonly types: readonly TypeDef[];
  readonly packages: readonly PackageDef[];
}
