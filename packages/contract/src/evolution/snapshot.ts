// A world of resolved WIT -> its snapshot: the contract together with what a comparison needs and the contract drops.
import { watchContract, contractFromResolve, interfaceId, resolveAlias, typeDef, worldId } from "../from-resolve.ts";
import type { ContractWatcher } from "../from-resolve.ts";
import type { Docs, Resolve, Stability, TypeDef } from "../ir.ts";
import type { Contract, HandleType, ValueType } from "../model.ts";
import { splitId } from "../names.ts";
import { WitError, type Diagnostic } from "../wit/diagnostic.ts";
import type { LoadedWit } from "../wit/load.ts";
import { readNotes, type AnnotatedKind, type Notes } from "./annotations.ts";
import { fitsType } from "./default-values.ts";
import { functionKey, interfaceKey } from "./keys.ts";

/** What a snapshot knows of a type beyond its structure. */
export interface TypeFacts {
  /** `tenon:builder/builder#build-request`, without the version; undefined for anonymous types. */
  readonly name?: string;
  /** The annotations of fields, cases and flags, by label. */
  readonly members: Readonly<Record<string, Notes>>;
}

/** What a snapshot knows of a function, an interface or a named type as an item of the contract. */
export interface ItemFacts {
  readonly notes: Notes;
  /** From `@since(version = ...)`. */
  readonly since?: string;
  /** From `@unstable(feature = ...)`. */
  readonly unstable?: string;
  /** From `@deprecated(version = ...)`. */
  readonly deprecated?: string;
}

/** What a label of an interface stands for. */
export type NamedType = ValueType | ResourceRef;
export interface ResourceRef extends Pick<HandleType, "resource" | "owner"> {
  readonly kind: "resource";
}

/** The named types, maybe none, of one interface on one side of the world, aliases and used types included; `""` is the world. */
export interface Scope {
  readonly side: HandleType["owner"];
  readonly id: string;
  readonly types: ReadonlyMap<string, NamedType>;
}

/**
 * One state of a contract, as frozen: its `Contract`, in which types of different names are different objects however
 * equal they are, and the facts by those objects.
 */
export interface Snapshot {
  readonly contract: Contract;
  readonly types: ReadonlyMap<ValueType, TypeFacts>;
  /** By `interfaceKey`, `functionKey` and the names in `TypeFacts`; items without facts are not there. */
  readonly items: ReadonlyMap<string, ItemFacts>;
  readonly scopes: readonly Scope[];
}

/** The annotations of a field, case or flag of a type. */
export function notesOf(snapshot: Snapshot, type: ValueType, label: string): Notes {
  const members = snapshot.types.get(type)?.members;
  return members !== undefined && Object.hasOwn(members, label) ? (members[label] ?? {}) : {};
}

/** `1.3.0` of `acme:shop/plugin@1.3.0`; empty where the package has no version. */
export function versionOf({ contract }: Snapshot): string {
  return splitId(contract.id).version;
}

/**
 * The snapshot of one world. Throws what `contractFromResolve` throws, and `wit-invalid` with a diagnostic for every
 * annotation that is misspelled, stands where it means nothing, or whose value does not fit.
 */
export function takeSnapshot({ resolve, diagnose }: LoadedWit, worldIndex: number): Snapshot {
  // Keeps the bounds on types, which the second pass does without.
  contractFromResolve(resolve, worldIndex);
  const diagnostics: Diagnostic[] = [];
  const read = (docs: Docs | undefined, kind: AnnotatedKind): Notes => {
    const { notes, faults } = readNotes(docs, kind);
    if (docs !== undefined) {
      for (const { text, message, hint } of faults) diagnostics.push(diagnose(docs, text, message, hint));
    }
    return notes;
  };
  const types = new Map<ValueType, TypeFacts>();
  const scopes: Scope[] = [];
  const contract = watchContract(resolve, worldIndex, {
    intern: (type) => type,
    onType: (index, type) => {
      const def = typeDef(resolve, index);
      const members = memberNotes(def, type, read, diagnose, diagnostics);
      const name = typeName(resolve, worldIndex, def);
      if (name !== undefined || Object.keys(members).length > 0) types.set(type, { ...(name && { name }), members });
    },
    onScope: (side, id, indices, convert) => {
      const named = indices.map(
        (index) => [typeDef(resolve, index).name ?? "", namedType(resolve, index, convert)] as const,
      );
      if (named.length > 0 || id !== "") scopes.push({ side, id, types: new Map(named) });
    },
  });
  const items = itemFacts(resolve, worldIndex, read);
  // Interfaces that both sides have, and types that several of them use, are read more than once.
  const distinct = new Map(diagnostics.map((one) => [`${one.file}:${one.line}:${one.column}:${one.message}`, one]));
  if (distinct.size > 0) throw new WitError([...distinct.values()]);
  return { contract, types, items, scopes };
}

type OnScope = NonNullable<ContractWatcher["onScope"]>;
type Read = (docs: Docs | undefined, kind: AnnotatedKind) => Notes;

function memberNotes(
  { kind }: TypeDef,
  type: ValueType,
  read: Read,
  diagnose: LoadedWit["diagnose"],
  diagnostics: Diagnostic[],
): Record<string, Notes> {
  if (kind === "resource") return {};
  const [members, what]: [readonly { readonly name: string; readonly docs?: Docs }[], AnnotatedKind] =
    "record" in kind
      ? [kind.record.fields, "field"]
      : "variant" in kind
        ? [kind.variant.cases, "case"]
        : "enum" in kind
          ? [kind.enum.cases, "case"]
          : "flags" in kind
            ? [kind.flags.flags, "flag"]
            : [[], "type"];
  const found: Record<string, Notes> = {};
  const refuse = (docs: Docs | undefined, text: string, message: string, hint: string): void => {
    if (docs !== undefined) diagnostics.push(diagnose(docs, text, message, hint));
  };
  let fallback: string | undefined;
  for (const { name, docs } of members) {
    const notes = read(docs, what);
    if (Object.keys(notes).length === 0) continue;
    found[name] = notes;
    const field = type.kind === "record" ? type.fields.find((one) => one.name === name) : undefined;
    if (notes.default !== undefined && field !== undefined && !fitsType(notes.default, field.type))
      refuse(docs, "@default", `the default of ${name} is no value of its type`, "write the value as JSON");
    if (notes.fallback !== undefined) {
      if (type.kind === "variant" && type.cases.find((one) => one.name === name)?.type !== undefined)
        refuse(docs, "@fallback", `the fallback ${name} has a payload, which nobody could fill`, "give it none");
      if (fallback !== undefined)
        refuse(docs, "@fallback", `${name} is the second fallback of its type`, `${fallback} is one already`);
      fallback = name;
    }
    if (notes.renamedFrom !== undefined && members.some((one) => one.name === notes.renamedFrom))
      refuse(docs, "@renamed-from", `${notes.renamedFrom} is still here beside ${name}`, "name a label that is gone");
  }
  return found;
}

function typeName(resolve: Resolve, worldIndex: number, { name, owner }: TypeDef): string | undefined {
  if (name === null || owner === null) return undefined;
  if ("world" in owner) return `#${name}`;
  const def = resolve.interfaces[owner.interface];
  if (def === undefined) return undefined;
  if (def.name !== null) return `${interfaceKey(interfaceId(resolve, def))}#${name}`;
  const world = resolve.worlds[worldIndex];
  const items = [...Object.entries(world?.imports ?? {}), ...Object.entries(world?.exports ?? {})];
  const key = items.find(([, item]) => "interface" in item && item.interface.id === owner.interface)?.[0] ?? "";
  return `${key}#${name}`;
}

function namedType(resolve: Resolve, index: number, convert: Parameters<OnScope>[3]): NamedType {
  const target = resolveAlias(resolve, index);
  const isResource = typeof target === "number" && typeDef(resolve, target).kind === "resource";
  return isResource ? { kind: "resource", ...convert.resource(target) } : convert.type(target);
}

function itemFacts(resolve: Resolve, worldIndex: number, read: Read): Map<string, ItemFacts> {
  const facts = new Map<string, ItemFacts>();
  const add = (key: string, kind: AnnotatedKind, docs: Docs | undefined, stability: Stability | undefined): void => {
    const notes = read(docs, kind);
    const one = { notes, ...gatesOf(stability) };
    if (Object.keys(notes).length > 0 || stability !== undefined) facts.set(key, one);
  };
  const world = resolve.worlds[worldIndex];
  if (world === undefined) return facts;
  add(worldId(resolve, world), "world", world.docs, undefined);
  for (const [key, item] of [...Object.entries(world.imports), ...Object.entries(world.exports)]) {
    if ("function" in item)
      add(functionKey("", item.function.name), "function", item.function.docs, item.function.stability);
    else if ("type" in item) {
      const def = typeDef(resolve, item.type);
      add(`#${def.name ?? ""}`, "type", def.docs, def.stability);
    } else {
      const def = resolve.interfaces[item.interface.id];
      if (def === undefined) continue;
      const id = def.name === null || key !== `interface-${item.interface.id}` ? key : interfaceId(resolve, def);
      add(interfaceKey(id), "interface", def.docs ?? item.interface.docs, item.interface.stability ?? def.stability);
      for (const func of Object.values(def.functions))
        add(functionKey(id, func.name), func.name.startsWith("[") ? "method" : "function", func.docs, func.stability);
      for (const index of Object.values(def.types)) {
        const type = typeDef(resolve, index);
        add(`${interfaceKey(id)}#${type.name ?? ""}`, "type", type.docs, type.stability);
      }
    }
  }
  return facts;
}

function gatesOf(stability: Stability | undefined): Omit<ItemFacts, "notes"> {
  if (stability === undefined) return {};
  if ("unstable" in stability) {
    const { feature, deprecated } = stability.unstable;
    return { unstable: feature, ...(deprecated !== undefined && { deprecated }) };
  }
  const { since, deprecated } = stability.stable;
  return { since, ...(deprecated !== undefined && { deprecated }) };
}
