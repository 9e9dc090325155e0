// Snapshot <-> snapshot.json: a contract descriptor whose types have names and annotations, and the items' facts beside it.
import { contractFromDescriptor, contractFromParts, interfaceEntry, typeEntry } from "../descriptor.ts";
import type { ContractDescriptor, DescriptorRef, DescriptorType } from "../descriptor.ts";
import { createCounter, invalid, list, name, object } from "../descriptor-checks.ts";
import { readDescriptor } from "../descriptor-reader.ts";
import type { Json } from "../errors.ts";
import type { ValueType } from "../model.ts";
import { splitId } from "../names.ts";
import { isPrimitiveKind, isPrimitiveType } from "../type-table.ts";
import type { Notes } from "./annotations.ts";
import type { ItemFacts, NamedType, ResourceRef, Scope, Snapshot, TypeFacts } from "./snapshot.ts";

type SnapshotType = DescriptorType & { readonly name?: string; readonly members?: Readonly<Record<string, Notes>> };

interface ScopeJson {
  readonly side: Scope["side"];
  readonly id: string;
  readonly types: Readonly<Record<string, DescriptorRef | ResourceRef>>;
}

/** What `snapshot.json` holds. Any reader of descriptors can read it as one. */
export interface SnapshotJson extends ContractDescriptor {
  /** The version of this format. */
  readonly snapshot: 1;
  readonly types: readonly SnapshotType[];
  /** Interface digests by id, first of what plugins export, then of what they import. */
  readonly interfaces: Readonly<Record<string, string>>;
  readonly items: Readonly<Record<string, ItemFacts>>;
  readonly scopes: readonly ScopeJson[];
}

export function snapshotToJson(snapshot: Snapshot): SnapshotJson {
  const { contract } = snapshot;
  const known = new Map<ValueType, number>();
  const numbers = new Map<string, number>();
  const types: SnapshotType[] = [];
  const refTo = (type: ValueType): DescriptorRef => {
    if (isPrimitiveType(type)) return type.kind;
    const before = known.get(type);
    if (before !== undefined) return before;
    const { name: typeName, members = {} } = snapshot.types.get(type) ?? {};
    const entry = {
      ...(typeName !== undefined && { name: typeName }),
      ...typeEntry(type, refTo),
      ...(Object.keys(members).length > 0 && { members }),
    };
    const shape = JSON.stringify(entry);
    const number = numbers.get(shape) ?? types.push(entry) - 1;
    numbers.set(shape, number);
    known.set(type, number);
    return number;
  };
  const exports = contract.exports.map((one) => interfaceEntry(one, refTo));
  const imports = contract.imports.map((one) => interfaceEntry(one, refTo));
  const scopes = snapshot.scopes.map(({ side, id, types: named }) => ({
    side,
    id,
    types: Object.fromEntries(
      [...named].map(([label, type]) => [label, type.kind === "resource" ? type : refTo(type)]),
    ),
  }));
  const sides = [...contract.exports, ...contract.imports];
  return {
    tenon: 1,
    snapshot: 1,
    id: contract.id,
    digest: contract.digest,
    interfaces: Object.fromEntries(sides.map(({ id, digest }) => [id, digest])),
    types,
    exports,
    imports,
    scopes,
    items: Object.fromEntries(snapshot.items),
  };
}

/**
 * The snapshot in a `snapshot.json`; its contract is frozen under its version. Total on any JSON: throws `contract-invalid`, naming the place, for all that
 * `contractFromDescriptor` refuses and for facts of a wrong form; what it does not know it leaves out.
 */
export function snapshotFromJson(json: unknown): Snapshot {
  // Checks the form, all bounds and the digest. The second reading keeps types of different names apart.
  contractFromDescriptor(json);
  const root = object(json, "snapshot");
  if (root("snapshot") !== 1) throw invalid("snapshot", "is not 1, the only known version of the format");
  const entries = root("types") as readonly unknown[];
  const numbered: ValueType[] = [];
  const types = new Map<ValueType, TypeFacts>();
  const keep = (type: ValueType, index?: number): ValueType => {
    if (index === undefined) return type;
    numbered[index] = type;
    const facts = readTypeFacts(entries[index], `types[${index}]`);
    if (facts !== undefined) types.set(type, facts);
    return type;
  };
  const read = contractFromParts(readDescriptor(json, keep));
  // Only a freeze writes this form.
  const { version } = splitId(read.id);
  const contract = version === "" ? read : { ...read, frozen: version };
  const count = createCounter();
  const scopes = list(root("scopes"), "scopes", count).map((one, index) =>
    readScope(one, `scopes[${index}]`, numbered),
  );
  const items = Object.entries(plain(root("items"), "items")).map(
    ([key, facts]) => [key, readItem(facts, `items[${JSON.stringify(key)}]`)] as const,
  );
  return { contract, types, scopes, items: new Map(items) };
}

function readTypeFacts(entry: unknown, path: string): TypeFacts | undefined {
  const get = object(entry, path);
  const [own, members] = [get("name"), get("members")];
  if (own === undefined && members === undefined) return undefined;
  const notes = Object.entries(plain(members ?? {}, `${path}.members`)).map(
    ([label, one]) => [label, readNotes(one, `${path}.members.${label}`)] as const,
  );
  return { ...(own !== undefined && { name: name(own, `${path}.name`) }), members: Object.fromEntries(notes) };
}

function readScope(value: unknown, path: string, numbered: readonly ValueType[]): Scope {
  const get = object(value, path);
  const side = get("side");
  if (side !== "host" && side !== "plugin") throw invalid(`${path}.side`, "is neither host nor plugin");
  const types = Object.entries(plain(get("types"), `${path}.types`)).map(([label, ref]): [string, NamedType] => {
    const at = `${path}.types.${label}`;
    if (isPrimitiveKind(ref)) return [label, { kind: ref }];
    if (typeof ref !== "number") return [label, readResource(ref, at)];
    const type = numbered[ref];
    if (type === undefined) throw invalid(at, "is the number of no type");
    return [label, type];
  });
  return { side, id: name(get("id"), `${path}.id`), types: new Map(types) };
}

function readResource(value: unknown, path: string): ResourceRef {
  const get = object(value, path);
  const owner = get("owner");
  if (owner !== "host" && owner !== "plugin") throw invalid(path, "is owned by neither host nor plugin");
  return { kind: "resource", resource: name(get("resource"), path), owner };
}

function readItem(value: unknown, path: string): ItemFacts {
  const get = object(value, path);
  const text = (key: "since" | "unstable" | "deprecated"): Partial<ItemFacts> => {
    const one = get(key);
    return one === undefined ? {} : { [key]: name(one, `${path}.${key}`) };
  };
  return {
    notes: readNotes(get("notes"), `${path}.notes`),
    ...text("since"),
    ...text("unstable"),
    ...text("deprecated"),
  };
}

function readNotes(value: unknown, path: string): Notes {
  const get = object(value, path);
  const notes: Record<string, Json> = {};
  for (const key of ["fallback", "optional", "critical"]) {
    const one = get(key);
    if (one !== undefined && one !== true) throw invalid(`${path}.${key}`, "is not true");
    if (one === true) notes[key] = true;
  }
  for (const key of ["renamedFrom", "movedFrom", "replacedBy", "removeAfter"]) {
    const one = get(key);
    if (one !== undefined) notes[key] = name(one, `${path}.${key}`);
  }
  const standIn = get("default");
  if (standIn !== undefined) notes["default"] = standIn as Json;
  return notes;
}

/** The own members of an object. */
function plain(value: unknown, path: string): Readonly<Record<string, unknown>> {
  object(value, path);
  return value as Readonly<Record<string, unknown>>;
}
