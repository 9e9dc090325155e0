// Resolve -> Contract: one world of the resolved graph as plain run-time data, aliases gone, equal types shared.
import { contractDigest, createDigester } from "./digest.ts";
import type { Digester } from "./digest.ts";
import { TenonError } from "./errors.ts";
import type { FunctionDef, InterfaceDef, Resolve, TypeDef, TypeRef, WorldDef, WorldItem } from "./ir.ts";
import type {
  Contract,
  ContractFunction,
  ContractInterface,
  Field,
  FunctionKind,
  HandleType,
  ValueType,
} from "./model.ts";
import { interfaceKeys, memberKeys } from "./names.ts";
import { createTypeTable, isPrimitiveKind, MAX_TYPE_DEPTH } from "./type-table.ts";

type Side = HandleType["owner"];

/** An interface as one side of a world names it. */
export interface WorldInterface {
  /** As in `ContractInterface.id`. */
  readonly id: string;
  readonly index: number;
  readonly def: InterfaceDef;
  /** The id of the interface behind a label. */
  readonly implements?: string;
}

/**
 * The contract of one world. Interfaces with neither functions nor resources are left out: their types live on inside
 * the signatures that use them. Functions of the world itself form an interface with the id `""`.
 *
 * Throws `contract-invalid` if the graph has dangling or circular references (our own resolver never makes those) or
 * `worldIndex` names no world, and `wit-invalid` if types nest more than 100 deep.
 */
export function contractFromResolve(resolve: Resolve, worldIndex: number): Contract {
  return watchContract(resolve, worldIndex, { intern: createTypeTable("wit-invalid").intern });
}

/** Who sees what a contract is made from: names, aliases and docs, none of which the contract itself keeps. */
export interface ContractWatcher {
  /** As in `TypeTable`; one that returns its argument keeps types of different names apart. */
  intern(type: ValueType): ValueType;
  /** Type number `index` of the Resolve, which is no alias, became `type`. */
  onType?(index: number, type: ValueType): void;
  /** An interface, or the world itself under the id `""`, with what turns its type references into types. */
  onScope?(side: Side, id: string, types: readonly number[], convert: Pick<Converter, "type" | "resource">): void;
}

/** `contractFromResolve` with someone watching. Bounds on types are the watcher's to keep. */
export function watchContract(resolve: Resolve, worldIndex: number, watcher: ContractWatcher): Contract {
  const world = resolve.worlds[worldIndex];
  if (world === undefined) throw damaged(`there is no world number ${worldIndex}`);
  const digester = createDigester();
  const sides = { imports: worldInterfaces(resolve, world.imports), exports: worldInterfaces(resolve, world.exports) };
  const build = (side: Side): ContractInterface[] => {
    const own = side === "plugin" ? sides.exports : sides.imports;
    const items = side === "plugin" ? world.exports : world.imports;
    const found = own.map((one) => {
      const convert = createConverter(
        resolve,
        watcher,
        resourceNamer(resolve, side === "plugin" ? sides : { ...sides, exports: [] }, one),
      );
      watcher.onScope?.(side, one.id, Object.values(one.def.types), convert);
      return partial(one, Object.values(one.def.functions).map(convert.func), resourcesOf(resolve, one.def));
    });
    // World-level functions refer to the world's own types, and those are always the host's.
    const convert = createConverter(resolve, watcher, resourceNamer(resolve, { ...sides, exports: [] }));
    const functions = Object.values(items).flatMap((item) => ("function" in item ? [convert.func(item.function)] : []));
    const types = Object.values(items).flatMap((item) => ("type" in item ? [item.type] : []));
    watcher.onScope?.(side, "", types, convert);
    const resources = Object.values(items).flatMap((item) => ("type" in item ? resourceName(resolve, item.type) : []));
    return finish([{ id: "", functions, resources }, ...found], digester);
  };
  const contract = { exports: build("plugin"), imports: build("host") };
  return { id: worldId(resolve, world), ...contract, digest: contractDigest(contract) };
}

/** `tenon:builder/plugin@0.1.0` */
export function worldId(resolve: Resolve, world: WorldDef): string {
  return qualified(resolve, world.package, world.name);
}

/** The id of a named interface; throws `contract-invalid` for an inline one. */
export function interfaceId(resolve: Resolve, def: InterfaceDef): string {
  if (def.name === null) throw damaged("an inline interface stands without a name");
  return qualified(resolve, def.package, def.name);
}

/** The interfaces on one side of a world, in the world's order. */
export function worldInterfaces(resolve: Resolve, items: Readonly<Record<string, WorldItem>>): WorldInterface[] {
  return Object.entries(items).flatMap(([key, item]) => {
    if (!("interface" in item)) return [];
    const index = item.interface.id;
    const def = resolve.interfaces[index];
    if (def === undefined) throw damaged(`there is no interface number ${index}`);
    if (def.name === null) return [{ id: key, index, def }];
    const id = interfaceId(resolve, def);
    return [key === `interface-${index}` ? { id, index, def } : { id: key, index, def, implements: id }];
  });
}

/** The type behind any number of aliases. Throws `contract-invalid` for dangling and circular references. */
export function resolveAlias(resolve: Resolve, ref: TypeRef): TypeRef {
  let at = ref;
  for (let steps = 0; steps <= resolve.types.length; steps++) {
    if (typeof at !== "number") return at;
    const { kind } = typeDef(resolve, at);
    if (typeof kind === "string" || !("type" in kind)) return at;
    at = kind.type;
  }
  throw damaged(`type number ${String(ref)} is an alias of itself`);
}

/** The definition of type `index`. */
export function typeDef(resolve: Resolve, index: number): TypeDef {
  const def = resolve.types[index];
  if (def === undefined) throw damaged(`there is no type number ${index}`);
  return def;
}

type Unfinished = Pick<ContractInterface, "id" | "implements" | "functions" | "resources">;

function partial(
  one: WorldInterface,
  functions: readonly ContractFunction[],
  resources: readonly string[],
): Unfinished {
  return { id: one.id, ...(one.implements !== undefined && { implements: one.implements }), functions, resources };
}

/** Leaves out what has nothing to call, then adds keys and digests. */
function finish(interfaces: readonly Unfinished[], digester: Digester): ContractInterface[] {
  const kept = interfaces.filter((one) => one.functions.length > 0 || one.resources.length > 0);
  const world = kept.find((one) => one.id === "");
  const keys = interfaceKeys(
    kept.map((one) => one.id),
    world === undefined ? [] : memberKeys(world),
  );
  return kept.map((one, index) => ({ ...one, key: keys[index] ?? "", digest: digester.interfaceDigest(one) }));
}

type ResourceNamer = (index: number) => Pick<HandleType, "resource" | "owner">;

/**
 * Names resources as seen from `here`: its own, else those of an interface that the plugin exports, else imported ones
 * (WIT.md "Worlds": an exported interface takes its dependencies from the exports if they are there).
 */
function resourceNamer(
  resolve: Resolve,
  sides: { readonly imports: readonly WorldInterface[]; readonly exports: readonly WorldInterface[] },
  here?: WorldInterface,
): ResourceNamer {
  return (used) => {
    const index = resolveAlias(resolve, used);
    if (typeof index !== "number") throw damaged("a handle refers to a value type");
    const { name, owner } = typeDef(resolve, index);
    if (name === null || owner === null) throw damaged(`resource type number ${index} has no name or owner`);
    if ("world" in owner) return { resource: `#${name}`, owner: "host" };
    const at = (list: readonly WorldInterface[]): WorldInterface | undefined =>
      here?.index === owner.interface && list.includes(here) ? here : list.find((one) => one.index === owner.interface);
    const exported = at(sides.exports);
    const found = exported ?? at(sides.imports);
    if (found === undefined) throw damaged(`the interface of resource ${name} is not part of the world`);
    return { resource: `${found.id}#${name}`, owner: exported === undefined ? "host" : "plugin" };
  };
}

interface Converter {
  func(def: FunctionDef): ContractFunction;
  type(ref: TypeRef): ValueType;
  /** The resource behind a type number. */
  resource: ResourceNamer;
}

/** Converts function definitions, and types, each once. */
function createConverter(resolve: Resolve, watcher: ContractWatcher, nameOf: ResourceNamer): Converter {
  const known = new Map<number, ValueType>();
  const convert = (ref: TypeRef, depth: number): ValueType => {
    const target = resolveAlias(resolve, ref);
    if (typeof target !== "number") return watcher.intern({ kind: primitive(target) });
    const before = known.get(target);
    if (before !== undefined) return before;
    // The table checks the exact depth on the way back; this check keeps the way down off the end of the stack.
    if (depth > MAX_TYPE_DEPTH + 1) {
      throw new TenonError("wit-invalid", `a type nests more than ${MAX_TYPE_DEPTH} types deep`, {
        sideEffects: "none",
      });
    }
    const type = watcher.intern(convertKind(typeDef(resolve, target), (part) => convert(part, depth + 1), nameOf));
    known.set(target, type);
    watcher.onType?.(target, type);
    return type;
  };
  const fields = (defs: FunctionDef["params"]): Field[] =>
    defs.map(({ name, type }) => ({ name, type: convert(type, 0) }));
  const convertFunction = (func: FunctionDef): ContractFunction => {
    const { kind, isAsync, resource } = functionKind(func);
    return {
      name: func.name,
      kind,
      ...(resource !== undefined && { resource: typeDef(resolve, resource).name ?? "" }),
      isAsync,
      params: fields(func.params),
      ...(func.result !== undefined && func.result !== null && { result: convert(func.result, 0) }),
    };
  };
  return { func: convertFunction, type: (ref) => convert(ref, 0), resource: nameOf };
}

function convertKind({ kind }: TypeDef, convert: (ref: TypeRef) => ValueType, nameOf: ResourceNamer): ValueType {
  if (kind === "resource") throw damaged("a resource stands where a value type belongs");
  if ("record" in kind) {
    return { kind: "record", fields: kind.record.fields.map(({ name, type }) => ({ name, type: convert(type) })) };
  }
  if ("variant" in kind) {
    const cases = kind.variant.cases.map(({ name, type }) => ({ name, ...(type !== null && { type: convert(type) }) }));
    return { kind: "variant", cases };
  }
  if ("enum" in kind) return { kind: "enum", cases: kind.enum.cases.map((one) => one.name) };
  if ("flags" in kind) return { kind: "flags", flags: kind.flags.flags.map((one) => one.name) };
  if ("tuple" in kind) return { kind: "tuple", items: kind.tuple.types.map(convert) };
  if ("list" in kind) return { kind: "list", element: convert(kind.list) };
  if ("fixed-length-list" in kind) {
    const [element, length] = kind["fixed-length-list"];
    return { kind: "list", element: convert(element), length };
  }
  if ("map" in kind) return { kind: "map", key: convert(kind.map[0]), value: convert(kind.map[1]) };
  if ("option" in kind) return { kind: "option", item: convert(kind.option) };
  if ("result" in kind) {
    const { ok, err } = kind.result;
    return { kind: "result", ...(ok !== null && { ok: convert(ok) }), ...(err !== null && { err: convert(err) }) };
  }
  if ("handle" in kind) {
    return "own" in kind.handle
      ? { kind: "own", ...nameOf(kind.handle.own) }
      : { kind: "borrow", ...nameOf(kind.handle.borrow) };
  }
  if ("stream" in kind) return { kind: "stream", ...(kind.stream !== null && { element: convert(kind.stream) }) };
  if ("future" in kind) return { kind: "future", ...(kind.future !== null && { element: convert(kind.future) }) };
  throw damaged("a type is of no known kind");
}

/** Takes the kind of a function definition apart; `resource` is a type index. */
export function functionKind(func: FunctionDef): { kind: FunctionKind; isAsync: boolean; resource?: number } {
  const { kind } = func;
  if (kind === "freestanding") return { kind, isAsync: false };
  if (kind === "async-freestanding") return { kind: "freestanding", isAsync: true };
  if ("method" in kind) return { kind: "method", isAsync: false, resource: kind.method };
  if ("async-method" in kind) return { kind: "method", isAsync: true, resource: kind["async-method"] };
  if ("static" in kind) return { kind: "static", isAsync: false, resource: kind.static };
  if ("async-static" in kind) return { kind: "static", isAsync: true, resource: kind["async-static"] };
  return { kind: "constructor", isAsync: false, resource: kind.constructor };
}

function resourcesOf(resolve: Resolve, def: InterfaceDef): string[] {
  return Object.values(def.types).flatMap((index) => resourceName(resolve, index));
}

/** The name of type `index` if it defines a resource; an alias or `use` of one does not. */
function resourceName(resolve: Resolve, index: number): string[] {
  const { kind, name } = typeDef(resolve, index);
  return kind === "resource" && name !== null ? [name] : [];
}

function primitive(name: string): Exclude<TypeRef, number> {
  if (isPrimitiveKind(name)) return name;
  throw damaged(`there is no value type ${name}`);
}

/** `ns:name@1.0.0` and `label` -> `ns:name/label@1.0.0` */
function qualified(resolve: Resolve, index: number, label: string): string {
  const name = resolve.packages[index]?.name;
  if (name === undefined) throw damaged(`there is no package number ${index}`);
  const at = name.indexOf("@");
  return at < 0 ? `${name}/${label}` : `${name.slice(0, at)}/${label}${name.slice(at)}`;
}

function damaged(what: string): TenonError {
  return new TenonError("contract-invalid", `the resolved WIT is damaged: ${what}`, { sideEffects: "none" });
}
