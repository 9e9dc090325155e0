// The named types and interfaces of a world -> one TypeScript name each.
import { interfaceId, resolveAlias, typeDef, worldInterfaces } from "../from-resolve.ts";
import type { InterfaceDef, Resolve, TypeDef, TypeRef } from "../ir.ts";
import { interfaceKeys, pascalCase } from "../names.ts";

/** Names that generated code itself uses; a WIT type of that name gets its interface's name in front. */
const RESERVED: readonly string[] = (
  "Contract Result Option Map Promise AsyncIterable Symbol Uint8Array Int8Array Uint16Array Int16Array Uint32Array " +
  "Int32Array BigUint64Array BigInt64Array Float32Array Float64Array"
).split(" ");

/** The names in one generated module. */
export interface Scope {
  readonly resolve: Resolve;
  /** Types to declare, in the order of the world's interfaces. */
  readonly types: readonly number[];
  /** Interfaces of the world (imports first), each once. */
  readonly interfaces: readonly { readonly index: number; readonly def: InterfaceDef; readonly name: string }[];
  /** `BuildRequest`; undefined for a type that has no name of its own. */
  typeName(index: number): string | undefined;
  /** `CounterClass`, for what creates resources. */
  className(index: number): string;
  /** The TypeScript interface with the functions of interface `index`. */
  interfaceName(index: number): string;
}

/** Gives names to everything that the module of a world declares; `fixed` are names that are taken. */
export function createScope(resolve: Resolve, worldIndex: number, fixed: readonly string[]): Scope {
  const world = resolve.worlds[worldIndex];
  const taken = new Set([...RESERVED, ...fixed]);
  const found =
    world === undefined ? [] : [...worldInterfaces(resolve, world.imports), ...worldInterfaces(resolve, world.exports)];
  const interfaces = [...new Map(found.toReversed().map((one) => [one.index, one])).values()].toReversed();
  const prefixes = interfacePrefixes(resolve, interfaces, pascalCase(world?.name ?? ""));
  const types = declaredTypes(
    resolve,
    worldIndex,
    interfaces.map((one) => one.def),
  );
  const typeNames = nameTypes(resolve, types, prefixes, taken);
  const classNames = new Map<number, string>();
  for (const [index, name] of typeNames) {
    if (typeDef(resolve, index).kind === "resource") classNames.set(index, claim(taken, [`${name}Class`]));
  }
  const interfaceNames = new Map<number, string>();
  for (const { index } of interfaces) {
    const name = prefixes.get(index) ?? "";
    interfaceNames.set(index, claim(taken, [name, `${name}Interface`]));
  }
  return {
    resolve,
    types,
    interfaces: interfaces.map(({ def, index }) => ({ index, def, name: interfaceNames.get(index) ?? "" })),
    typeName: (index) => typeNames.get(canonical(resolve, index)),
    className: (index) => classNames.get(index) ?? "",
    interfaceName: (index) => interfaceNames.get(index) ?? "",
  };
}

/** `use` makes an alias of the same name, which needs no declaration of its own: the type at its end. */
function canonical(resolve: Resolve, index: number): number {
  let at = index;
  for (let next = sameNameTarget(resolve, at); next !== undefined; next = sameNameTarget(resolve, at)) at = next;
  return at;
}

function sameNameTarget(resolve: Resolve, index: number): number | undefined {
  const { name, kind } = typeDef(resolve, index);
  if (typeof kind === "string" || !("type" in kind) || typeof kind.type !== "number") return undefined;
  return typeDef(resolve, kind.type).name === name ? kind.type : undefined;
}

function declaredTypes(resolve: Resolve, worldIndex: number, interfaces: readonly InterfaceDef[]): number[] {
  const items = Object.values(resolve.worlds[worldIndex]?.imports ?? {});
  const roots = [
    ...items.flatMap((item) => ("type" in item ? [item.type] : [])),
    ...interfaces.flatMap((def) => Object.values(def.types)),
  ];
  return [...new Set(roots.map((index) => canonical(resolve, index)))];
}

function nameTypes(
  resolve: Resolve,
  types: readonly number[],
  prefixes: ReadonlyMap<number, string>,
  taken: Set<string>,
): Map<number, string> {
  const short = (index: number): string => pascalCase(typeDef(resolve, index).name ?? "");
  const counts = new Map<string, number>();
  for (const index of types) counts.set(short(index), (counts.get(short(index)) ?? 0) + 1);
  const names = new Map<number, string>();
  for (const index of types) {
    const name = short(index);
    const long = `${prefixOf(typeDef(resolve, index), prefixes)}${name}`;
    names.set(index, claim(taken, counts.get(name) === 1 ? [name, long] : [long]));
  }
  return names;
}

function prefixOf({ owner }: TypeDef, prefixes: ReadonlyMap<number, string>): string {
  if (owner === null || "world" in owner) return prefixes.get(-1) ?? "";
  return prefixes.get(owner.interface) ?? "";
}

/** PascalCase of each interface's key by its index; -1 is the world itself. */
function interfacePrefixes(
  resolve: Resolve,
  interfaces: readonly { readonly id: string; readonly index: number; readonly def: InterfaceDef }[],
  world: string,
): Map<number, string> {
  const ids = interfaces.map(({ id, def }) => (def.name === null ? id : interfaceId(resolve, def)));
  const keys = interfaceKeys(ids);
  const named = interfaces.map((one, at): [number, string] => [one.index, upperFirst(keys[at] ?? "")]);
  return new Map([[-1, world], ...named]);
}

/** The first candidate that is free, else the last one with a number; the name is taken from then on. */
function claim(taken: Set<string>, candidates: readonly string[]): string {
  const last = candidates.at(-1) ?? "";
  let name = candidates.find((one) => !taken.has(one));
  for (let number = 2; name === undefined; number++)
    name = taken.has(`${last}${number}`) ? undefined : `${last}${number}`;
  taken.add(name);
  return name;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Whether `ref` is an `option` behind any aliases. */
export function isOption(resolve: Resolve, ref: TypeRef): boolean {
  const target = resolveAlias(resolve, ref);
  if (typeof target !== "number") return false;
  const { kind } = typeDef(resolve, target);
  return typeof kind === "object" && "option" in kind;
}

/** Whether `ref` is an `option` of an `option`, which JavaScript shows as `{ tag }`. */
export function isTaggedOption(resolve: Resolve, ref: TypeRef): boolean {
  const target = resolveAlias(resolve, ref);
  if (typeof target !== "number") return false;
  const { kind } = typeDef(resolve, target);
  return typeof kind === "object" && "option" in kind && isOption(resolve, kind.option);
}
