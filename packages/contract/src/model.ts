// The run-time model of a contract: what host, codecs and drivers work with. Plain data, made from a Resolve
// (`contractFromResolve`) or read from a generated descriptor (`contractFromDescriptor`).

/** The value types without parts. 64-bit integers are bigint in JavaScript, `char` is a string of one code point. */
export type PrimitiveKind =
  | "bool"
  | "u8"
  | "s8"
  | "u16"
  | "s16"
  | "u32"
  | "s32"
  | "u64"
  | "s64"
  | "f32"
  | "f64"
  | "char"
  | "string"
  | "error-context";

export interface PrimitiveType {
  readonly kind: PrimitiveKind;
}
/** `name` is the WIT label in kebab-case; JavaScript keys are its camelCase (`camelCase`). */
export interface Field {
  readonly name: string;
  readonly type: ValueType;
}
export interface RecordType {
  readonly kind: "record";
  readonly fields: readonly Field[];
}
export interface TupleType {
  readonly kind: "tuple";
  readonly items: readonly ValueType[];
}
/** `length` is set for a fixed-length `list<T, N>`. */
export interface ListType {
  readonly kind: "list";
  readonly element: ValueType;
  readonly length?: number;
}
export interface MapType {
  readonly kind: "map";
  readonly key: ValueType;
  readonly value: ValueType;
}
export interface OptionType {
  readonly kind: "option";
  readonly item: ValueType;
}
export interface ResultType {
  readonly kind: "result";
  readonly ok?: ValueType;
  readonly err?: ValueType;
}
export interface VariantCase {
  readonly name: string;
  readonly type?: ValueType;
}
export interface VariantType {
  readonly kind: "variant";
  readonly cases: readonly VariantCase[];
}
export interface EnumType {
  readonly kind: "enum";
  readonly cases: readonly string[];
}
export interface FlagsType {
  readonly kind: "flags";
  readonly flags: readonly string[];
}
/** `resource` is `<interface id>#<name>`, or `#<name>` for a resource of the world itself. */
export interface HandleType {
  readonly kind: "own" | "borrow";
  readonly resource: string;
  /** Who implements the resource. A world may import and export one interface, which makes two resources of one id. */
  readonly owner: "host" | "plugin";
}
export interface StreamType {
  readonly kind: "stream" | "future";
  readonly element?: ValueType;
}

/** A value type with all aliases resolved. Types form a DAG: shared objects, never cycles. */
export type ValueType =
  | PrimitiveType
  | RecordType
  | TupleType
  | ListType
  | MapType
  | OptionType
  | ResultType
  | VariantType
  | EnumType
  | FlagsType
  | HandleType
  | StreamType;

export type FunctionKind = "freestanding" | "method" | "static" | "constructor";

export interface ContractFunction {
  /** The WIT name: `build`, `[method]counter.bump`, `[static]counter.open`, `[constructor]counter`. */
  readonly name: string;
  readonly kind: FunctionKind;
  /** For method, static and constructor: the resource's WIT name. */
  readonly resource?: string;
  readonly isAsync: boolean;
  /** For a method, the first parameter is `self`, a borrow of the resource. */
  readonly params: readonly Field[];
  readonly result?: ValueType;
}

export interface ContractInterface {
  /**
   * The id as components spell it (`tenon:builder/plugin@0.1.0`), the plain label of an inline interface
   * (`progress`), or `""` for the functions that stand in the world itself.
   */
  readonly id: string;
  /**
   * The JavaScript key: camelCase of the last part of the id (`plugin`), longer where two interfaces of one side would
   * share it (`interfaceKeys`); `""` stays `""`, its functions stand beside the keys of the other interfaces.
   */
  readonly key: string;
  /** For `import label: some:pkg/iface`: the id of that interface. The label is an instance of its own. */
  readonly implements?: string;
  readonly functions: readonly ContractFunction[];
  /** WIT names of the resources that this interface defines. */
  readonly resources: readonly string[];
  /** `i:sha256:...`: stays the same across contract versions in which the interface did not change. */
  readonly digest: string;
}

/**
 * A resolved WIT world: what the plugin exports and what it may import from the host.
 * The type parameters exist only for the compiler: the shapes that `tenon codegen` writes for host and plugin.
 */
export interface Contract<Exports = unknown, Imports = unknown> {
  /** `tenon:builder/plugin-world@0.1.0`. */
  readonly id: string;
  readonly exports: readonly ContractInterface[];
  readonly imports: readonly ContractInterface[];
  /** `abi:sha256:...` over the normalised form; docs, gates and the package version do not count. */
  readonly digest: string;
  /** The version under which `tenon contract freeze` froze it; absent while it may still change. */
  readonly frozen?: string;
  /** Phantom: never present at run time. */
  readonly "~types"?: { readonly exports: Exports; readonly imports: Imports };
}
