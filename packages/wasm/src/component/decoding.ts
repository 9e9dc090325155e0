// What the parts of the decoder share: the cursor, the bounds, and the core types that are in scope.
import { binaryFault } from "../binary/faults.ts";
import type { BinaryReader } from "../binary/reader.ts";
import type { CoreModuleType } from "../core/externs.ts";
import type { CoreType, CoreTypeTable } from "../core/types.ts";
import type { Definition } from "./ast.ts";

/** How deep components and the types of components may nest; deeper is refused, because each level costs stack. */
export const MAX_NESTING = 100;
/** How many definitions and declarations a binary may have in all. */
export const MAX_DEFINITIONS = 1_000_000;

/** The core types of one component, component type or instance type; module types are in the same index space. */
export type CoreTypeSpace = (CoreType | CoreModuleType)[];

export interface Decoding {
  readonly reader: BinaryReader;
  readonly coreTypes: CoreTypeTable;
  readonly total: { definitions: number };
  /** Outermost first; the last is the scope that is being read. */
  readonly scopes: readonly CoreTypeSpace[];
}

export function innerScope(outer: Decoding): Decoding {
  if (outer.scopes.length > MAX_NESTING) outer.reader.fail(`nesting of more than ${MAX_NESTING} levels is not read`);
  return { ...outer, scopes: [...outer.scopes, []] };
}

/** Counts one definition or declaration against the bound. */
export function countDefinition(decoding: Decoding): void {
  decoding.total.definitions += 1;
  if (decoding.total.definitions > MAX_DEFINITIONS) {
    decoding.reader.fail(`more than ${MAX_DEFINITIONS} definitions are not read`);
  }
}

/** Core types are resolved while they are read, so an alias of one joins its scope at once. */
export function noteAlias(decoding: Decoding, alias: Definition): Definition {
  if (alias.def === "alias outer" && alias.sort === "core type") {
    decoding.scopes.at(-1)?.push(outerCoreType(decoding, alias.count, alias.index, alias.at));
  }
  return alias;
}

/** The core type at `index`, `count` scopes out. */
export function outerCoreType(
  { scopes }: Decoding,
  count: number,
  index: number,
  at: number,
): CoreType | CoreModuleType {
  const scope = scopes[scopes.length - 1 - count];
  if (scope === undefined) throw binaryFault("invalid", at, `invalid outer alias count of ${count}`);
  const type = scope[index];
  if (type === undefined) throw binaryFault("invalid", at, `core type ${index} is not there: index out of bounds`);
  return type;
}

export function isModuleType(type: CoreType | CoreModuleType): type is CoreModuleType {
  return "exports" in type;
}
