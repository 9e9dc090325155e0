// What the author of a host writes where a new major version of its contract cannot be reached by rule: `defineMigration`.

/** A contract's types and functions by path, as `tenon codegen --by-path` prints them for a frozen version. */
export interface ContractShape {
  /** By `interface#type`. */
  readonly types: object;
  /** What plugins export, by `interface.function`. */
  readonly exports: object;
  /** What plugins import, in the same form. */
  readonly imports: object;
}

type Arguments<F> = F extends (...args: infer A) => unknown ? A : readonly unknown[];
type Answer<F> = F extends (...args: never[]) => infer R ? Awaited<R> : unknown;
type Text<T> = Extract<keyof T, string>;

/** Converts a value of a named type of both versions, by the migration's step for it and by rule: for parts of a value. */
export type ConvertPart<From, To> = <P extends keyof From & keyof To>(path: P, value: From[P]) => To[P];

/** The whole value, or the fields of a record that no rule makes; all other fields convert by rule. */
type TypeStep<From, To, Part> =
  | ((value: From, convert: Part) => To)
  | { readonly [K in keyof To]?: (value: From, convert: Part) => To[K] };

/** From the older to the newer version, and back. */
interface BothWays<From, To, Types extends TypePair> {
  readonly up: (value: From, convert: ConvertPart<Types["from"], Types["to"]>) => To;
  readonly down: (value: To, convert: ConvertPart<Types["to"], Types["from"]>) => From;
}

/** The named types of the two versions. */
interface TypePair {
  readonly from: object;
  readonly to: object;
}

interface TypeMigration<From, To, Types extends TypePair> {
  readonly up: TypeStep<From, To, ConvertPart<Types["from"], Types["to"]>>;
  readonly down: TypeStep<To, From, ConvertPart<Types["to"], Types["from"]>>;
}

/** What is not said converts by rule. */
interface FunctionMigration<From, To, Types extends TypePair> {
  readonly params?: BothWays<Arguments<From>, Arguments<To>, Types>;
  readonly result?: BothWays<Answer<From>, Answer<To>, Types>;
}

/** A type or function that had another path, which stands in `was`. */
type RenamedType<Types extends TypePair, To> = {
  readonly [W in Text<Types["from"]>]: TypeMigration<Types["from"][W], To, Types> & { readonly was: W };
}[Text<Types["from"]>];
type RenamedFunction<Functions, To, Types extends TypePair> = {
  readonly [W in Text<Functions>]: FunctionMigration<Functions[W], To, Types> & { readonly was: W };
}[Text<Functions>];

/** A function of one version only: what answers the side that still, or already, calls it. */
interface FunctionEmulation<Own, Others> {
  /**
   * One call of a function of the other version, or a function that calls none or several: their answers may be promises.
   * On a boundary that waits for no host function it has to answer at once.
   */
  readonly emulate:
    | ((
        args: Arguments<Own>,
        call: <P extends Text<Others>>(path: P, args: Arguments<Others[P]>) => unknown,
      ) => unknown)
    | EmulationVia<Own, Others>;
}

/** Arguments and answer are what they are where nothing else is said. */
type EmulationVia<Own, Others> = {
  readonly [V in Text<Others>]: {
    readonly via: V;
    readonly params?: (args: Arguments<Own>) => Arguments<Others[V]>;
    readonly result?: (value: Answer<Others[V]>) => Answer<Own>;
  };
}[Text<Others>];

type TypeSteps<Types extends TypePair> = {
  readonly [K in Text<Types["to"]>]?: K extends keyof Types["from"]
    ? TypeMigration<Types["from"][K], Types["to"][K], Types>
    : RenamedType<Types, Types["to"][K]>;
};

/** Functions of the newer version, and those that only the older one has. */
type FunctionSteps<From, To, Types extends TypePair> = {
  readonly [K in Text<From> | Text<To>]?: K extends keyof To
    ? K extends keyof From
      ? FunctionMigration<From[K], To[K], Types>
      : RenamedFunction<From, To[K], Types> | FunctionEmulation<To[K], From>
    : K extends keyof From
      ? FunctionEmulation<From[K], To>
      : never;
};

export interface MigrationDefinition<From extends ContractShape, To extends ContractShape> {
  /** The last version of the older major that was frozen when this was written, such as `1.3.0`. */
  readonly from: string;
  /** The first version of the next major. */
  readonly to: string;
  readonly types?: TypeSteps<{ readonly from: From["types"]; readonly to: To["types"] }>;
  readonly exports?: FunctionSteps<
    From["exports"],
    To["exports"],
    { readonly from: From["types"]; readonly to: To["types"] }
  >;
  readonly imports?: FunctionSteps<
    From["imports"],
    To["imports"],
    { readonly from: From["types"]; readonly to: To["types"] }
  >;
  /** Paths such as `builder#artifact.kind` whose values do not survive the way there and back. */
  readonly lossy?: readonly string[];
  /** For whoever reads the changelog. */
  readonly notes?: string;
}

/** One step between two adjacent majors, in both directions; its types are gone. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly types: Readonly<Record<string, TypeEntry>>;
  readonly exports: Readonly<Record<string, FunctionEntry>>;
  readonly imports: Readonly<Record<string, FunctionEntry>>;
  readonly lossy: readonly string[];
  readonly notes?: string;
}

export type Step = (value: unknown, convert: (path: string, value: unknown) => unknown) => unknown;
export interface TypeEntry {
  readonly was?: string;
  readonly up: Step | Readonly<Record<string, Step>>;
  readonly down: Step | Readonly<Record<string, Step>>;
}
export interface FunctionEntry {
  readonly was?: string;
  readonly params?: { readonly up: Step; readonly down: Step };
  readonly result?: { readonly up: Step; readonly down: Step };
  readonly emulate?: Emulate | ViaCall;
}
export interface ViaCall {
  readonly via: string;
  readonly params?: (args: readonly unknown[]) => readonly unknown[];
  readonly result?: (value: unknown) => unknown;
}
export type Emulate = (args: readonly unknown[], call: (path: string, args: readonly unknown[]) => unknown) => unknown;

/** A migration without generated types: values are unknown. */
export type PlainDefinition = Pick<Migration, "from" | "to"> & Partial<Omit<Migration, "from" | "to">>;

/**
 * Types a migration literal, by the shapes that `tenon codegen --shape` makes of the frozen versions. Its functions are pure,
 * for a value that is refused is converted twice, and total on what the contract allows; what they give is checked against
 * the contract whenever they run.
 */
export function defineMigration(definition: PlainDefinition): Migration;
export function defineMigration<From extends ContractShape, To extends ContractShape>(
  definition: MigrationDefinition<From, To>,
): Migration;
export function defineMigration(definition: object): Migration {
  // The types have said all they can: what follows reads paths of snapshots.
  const { from, to, types = {}, exports = {}, imports = {}, lossy = [], notes } = definition as PlainDefinition;
  return { from, to, types, exports, imports, lossy, ...(notes !== undefined && { notes }) };
}
