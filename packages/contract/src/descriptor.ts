// Contract <-> descriptor: the small JSON that generated modules and plugin manifests carry instead of WIT text.
import { contractDigest, createDigester } from "./digest.ts";
import { TenonError } from "./errors.ts";
import { readDescriptor } from "./descriptor-reader.ts";
import type { DescriptorParts } from "./descriptor-reader.ts";
import type {
  Contract,
  ContractFunction,
  ContractInterface,
  Field,
  HandleType,
  PrimitiveType,
  ValueType,
} from "./model.ts";
import { interfaceKeys, memberKeys } from "./names.ts";
import { isPrimitiveType } from "./type-table.ts";

/** A primitive by name, or the number of an earlier entry of `types`. */
export type DescriptorRef = string | number;

/** One type that has parts. Parts refer to earlier entries only, so a descriptor cannot hold a cycle. */
export type DescriptorType =
  | { readonly record: readonly (readonly [name: string, type: DescriptorRef])[] }
  | { readonly tuple: readonly DescriptorRef[] }
  | { readonly list: DescriptorRef; readonly length?: number }
  | { readonly map: readonly [key: DescriptorRef, value: DescriptorRef] }
  | { readonly option: DescriptorRef }
  | { readonly result: readonly [ok: DescriptorRef | null, err: DescriptorRef | null] }
  | { readonly variant: readonly (readonly [name: string, type: DescriptorRef | null])[] }
  | { readonly enum: readonly string[] }
  | { readonly flags: readonly string[] }
  | { readonly own: string; readonly owner: HandleType["owner"] }
  | { readonly borrow: string; readonly owner: HandleType["owner"] }
  | { readonly stream: DescriptorRef | null }
  | { readonly future: DescriptorRef | null };

export interface DescriptorFunction {
  /** The WIT name; kind and resource follow from it. */
  readonly name: string;
  readonly async?: true;
  readonly params?: readonly (readonly [name: string, type: DescriptorRef])[];
  readonly result?: DescriptorRef;
}

export interface DescriptorInterface {
  readonly id: string;
  readonly implements?: string;
  readonly resources?: readonly string[];
  readonly functions: readonly DescriptorFunction[];
}

/** A contract as JSON. Keys and interface digests are not stored: they follow from the rest. */
export interface ContractDescriptor {
  /** The version of this format. */
  readonly tenon: 1;
  readonly id: string;
  readonly digest: string;
  /** As in `Contract.frozen`. */
  readonly frozen?: string;
  /** Types with parts, each once, parts before wholes. */
  readonly types: readonly DescriptorType[];
  readonly exports: readonly DescriptorInterface[];
  readonly imports: readonly DescriptorInterface[];
}

/** The descriptor of a contract; `contractFromDescriptor` gives an equal contract back. */
export function contractToDescriptor(contract: Contract): ContractDescriptor {
  const known = new Map<ValueType, number>();
  const numbers = new Map<string, number>();
  const types: DescriptorType[] = [];
  const refTo = (type: ValueType): DescriptorRef => {
    if (isPrimitiveType(type)) return type.kind;
    const before = known.get(type);
    if (before !== undefined) return before;
    const entry = typeEntry(type, refTo);
    // Equal types that are different objects have the same text here, because their parts have the same numbers.
    const shape = JSON.stringify(entry);
    const number = numbers.get(shape) ?? types.push(entry) - 1;
    numbers.set(shape, number);
    known.set(type, number);
    return number;
  };
  const exports = contract.exports.map((one) => interfaceEntry(one, refTo));
  const imports = contract.imports.map((one) => interfaceEntry(one, refTo));
  const frozen = contract.frozen === undefined ? {} : { frozen: contract.frozen };
  return { tenon: 1, id: contract.id, digest: contract.digest, ...frozen, types, exports, imports };
}

/**
 * The contract behind a descriptor. The type parameters are the shapes that `tenon codegen` wrote for it.
 *
 * Total on any JSON: throws `contract-invalid`, naming the place, for a wrong form, names that are no WIT labels,
 * repeated names, references that do not point backwards, types beyond 100 levels or a million parts, more than
 * 100,000 entries in all, and for a digest that is not the content's.
 */
export function contractFromDescriptor<Exports = unknown, Imports = unknown>(
  json: unknown,
): Contract<Exports, Imports> {
  return contractFromParts(readDescriptor(json));
}

/** What was read, with keys and digests. Throws `contract-invalid` where the content has another digest. */
export function contractFromParts<Exports = unknown, Imports = unknown>({
  id,
  digest,
  frozen,
  exports,
  imports,
}: DescriptorParts): Contract<Exports, Imports> {
  const digester = createDigester();
  const finish = (side: readonly Omit<ContractInterface, "key" | "digest">[]): ContractInterface[] => {
    const world = side.find((one) => one.id === "");
    const ids = side.map((one) => one.id);
    const keys = interfaceKeys(ids, world === undefined ? [] : memberKeys(world));
    return side.map((one, index) => ({ ...one, key: keys[index] ?? "", digest: digester.interfaceDigest(one) }));
  };
  const sides = { exports: finish(exports), imports: finish(imports) };
  const actual = contractDigest(sides);
  if (digest !== actual) {
    throw new TenonError("contract-invalid", `the descriptor of ${id} says ${digest}, but its content has ${actual}`, {
      sideEffects: "none",
    });
  }
  return { id, ...sides, digest, ...(frozen !== undefined && { frozen }) };
}

/** What a type is called where another type or a function uses it. */
export type RefTo = (type: ValueType) => DescriptorRef;

export function interfaceEntry(one: ContractInterface, refTo: RefTo): DescriptorInterface {
  return {
    id: one.id,
    ...(one.implements !== undefined && { implements: one.implements }),
    ...(one.resources.length > 0 && { resources: one.resources }),
    functions: one.functions.map((func) => functionEntry(func, refTo)),
  };
}

function functionEntry(func: ContractFunction, refTo: RefTo): DescriptorFunction {
  return {
    name: func.name,
    ...(func.isAsync && { async: true }),
    ...(func.params.length > 0 && { params: fieldEntries(func.params, refTo) }),
    ...(func.result !== undefined && { result: refTo(func.result) }),
  };
}

function fieldEntries(fields: readonly Field[], refTo: RefTo): [string, DescriptorRef][] {
  return fields.map((field) => [field.name, refTo(field.type)]);
}

export function typeEntry(type: Exclude<ValueType, PrimitiveType>, refTo: RefTo): DescriptorType {
  const optional = (part: ValueType | undefined): DescriptorRef | null => (part === undefined ? null : refTo(part));
  switch (type.kind) {
    case "record":
      return { record: fieldEntries(type.fields, refTo) };
    case "tuple":
      return { tuple: type.items.map(refTo) };
    case "list":
      return { list: refTo(type.element), ...(type.length !== undefined && { length: type.length }) };
    case "map":
      return { map: [refTo(type.key), refTo(type.value)] };
    case "option":
      return { option: refTo(type.item) };
    case "result":
      return { result: [optional(type.ok), optional(type.err)] };
    case "variant":
      return { variant: type.cases.map((one) => [one.name, optional(one.type)]) };
    case "enum":
      return { enum: type.cases };
    case "flags":
      return { flags: type.flags };
    case "own":
      return { own: type.resource, owner: type.owner };
    case "borrow":
      return { borrow: type.resource, owner: type.owner };
    case "stream":
      return { stream: optional(type.element) };
    case "future":
      return { future: optional(type.element) };
  }
}
