// Foreign JSON -> the parts of a contract, or `contract-invalid` with the place of the first thing that is wrong.
import { createCounter, distinct, id, invalid, isId, label, list, name, object, pair } from "./descriptor-checks.ts";
import type { Counter } from "./descriptor-checks.ts";
import type {
  ContractFunction,
  ContractInterface,
  Field,
  FunctionKind,
  HandleType,
  ValueType,
  VariantCase,
} from "./model.ts";
import { createTypeTable, isPrimitiveKind } from "./type-table.ts";

const FUNCTION = /^(?:\[(?:(method|static)\]([a-z0-9-]+)\.|(constructor)\]))?([a-z0-9-]+)$/i;
const MAP_KEYS: ReadonlySet<string> = new Set([
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "char",
  "string",
]);

type Interface = Omit<ContractInterface, "key" | "digest">;

/** A contract before its keys and digests are worked out. */
export interface DescriptorParts {
  readonly id: string;
  readonly digest: string;
  readonly frozen?: string;
  readonly exports: readonly Interface[];
  readonly imports: readonly Interface[];
}

/**
 * Takes each type as it was read, in order, and gives the object that whatever uses it refers to. The default makes equal
 * types one object and refuses those that nest too deep or grow too large.
 */
export type TypeKeeper = (type: ValueType, index?: number) => ValueType;

/** Reads a descriptor; the digest is read, not checked. Throws `contract-invalid` only, whatever `json` is. */
export function readDescriptor(json: unknown, keep?: TypeKeeper): DescriptorParts {
  const root = object(json, "descriptor");
  if (root("tenon") !== 1) throw invalid("descriptor.tenon", "is not 1, the only known version of the format");
  const count = createCounter();
  const keeper = keep ?? createTypeTable("contract-invalid").intern;
  const { refs, types } = readTypes(list(root("types"), "types", count), count, keeper);
  const side = (name: "exports" | "imports"): Interface[] => {
    const read = list(root(name), name, count).map((one, index) =>
      readInterface(one, `${name}[${index}]`, refs, count),
    );
    distinct(
      read.map((one) => one.id),
      name,
    );
    return read;
  };
  const sides = { exports: side("exports"), imports: side("imports") };
  checkHandles(types, sides);
  const frozen = root("frozen");
  return {
    id: id(root("id"), "id"),
    digest: name(root("digest"), "digest"),
    ...(frozen !== undefined && { frozen: name(frozen, "frozen") }),
    ...sides,
  };
}

/** Every handle must be of a resource that its owner's side defines, or a driver would look for it in vain. */
function checkHandles(
  types: readonly ValueType[],
  sides: { exports: readonly Interface[]; imports: readonly Interface[] },
): void {
  const resourcesOf = (side: readonly Interface[]): Set<string> =>
    new Set(side.flatMap((one) => one.resources.map((resource) => `${one.id}#${resource}`)));
  const defined = { plugin: resourcesOf(sides.exports), host: resourcesOf(sides.imports) };
  types.forEach((type, index) => {
    if ((type.kind === "own" || type.kind === "borrow") && !defined[type.owner].has(type.resource)) {
      throw invalid(`types[${index}]`, `is a handle of ${type.resource}, which no interface defines`);
    }
  });
}

type Refs = (ref: unknown, path: string) => ValueType;

function readTypes(
  entries: readonly unknown[],
  count: Counter,
  keep: TypeKeeper,
): { readonly refs: Refs; readonly types: readonly ValueType[] } {
  const types: ValueType[] = [];
  const refs: Refs = (ref, path) => {
    if (isPrimitiveKind(ref)) return keep({ kind: ref });
    const type = typeof ref === "number" ? types[ref] : undefined;
    if (type === undefined) throw invalid(path, "is neither a primitive type nor the number of an earlier type");
    return type;
  };
  entries.forEach((entry, index) => types.push(keep(readType(entry, `types[${index}]`, refs, count), index)));
  return { refs, types };
}

function readType(entry: unknown, path: string, refs: Refs, count: Counter): ValueType {
  const get = object(entry, path);
  const part = (key: string): ValueType => refs(get(key), `${path}.${key}`);
  const items = (key: string): readonly unknown[] => list(get(key), `${path}.${key}`, count);
  if (get("record") !== undefined)
    return { kind: "record", fields: readFields(get("record"), `${path}.record`, refs, count) };
  if (get("variant") !== undefined)
    return { kind: "variant", cases: readCases(items("variant"), `${path}.variant`, refs) };
  if (get("enum") !== undefined) return { kind: "enum", cases: readLabels(items("enum"), `${path}.enum`) };
  if (get("flags") !== undefined) return { kind: "flags", flags: readLabels(items("flags"), `${path}.flags`) };
  if (get("tuple") !== undefined) {
    return { kind: "tuple", items: items("tuple").map((item, index) => refs(item, `${path}.tuple[${index}]`)) };
  }
  if (get("list") !== undefined) return { kind: "list", element: part("list"), ...readLength(get("length"), path) };
  if (get("option") !== undefined) return { kind: "option", item: part("option") };
  if (get("map") !== undefined) return readMap(items("map"), `${path}.map`, refs);
  if (get("result") !== undefined) return readResult(items("result"), `${path}.result`, refs);
  if (get("own") !== undefined) return { kind: "own", ...readHandle(get("own"), get("owner"), path) };
  if (get("borrow") !== undefined) return { kind: "borrow", ...readHandle(get("borrow"), get("owner"), path) };
  for (const kind of ["stream", "future"] as const) {
    const element = get(kind);
    if (element !== undefined) return { kind, ...(element !== null && { element: part(kind) }) };
  }
  throw invalid(path, "is of no known kind");
}

function readFields(value: unknown, path: string, refs: Refs, count: Counter): Field[] {
  const fields = list(value, path, count).map((entry, index) => {
    const at = `${path}[${index}]`;
    const [first, second] = pair(entry, at);
    return { name: label(first, at), type: refs(second, at) };
  });
  distinct(
    fields.map((field) => field.name),
    path,
  );
  return fields;
}

function readCases(entries: readonly unknown[], path: string, refs: Refs): VariantCase[] {
  if (entries.length === 0) throw invalid(path, "has no cases");
  const cases = entries.map((entry, index) => {
    const at = `${path}[${index}]`;
    const [first, second] = pair(entry, at);
    return { name: label(first, at), ...(second !== null && { type: refs(second, at) }) };
  });
  distinct(
    cases.map((one) => one.name),
    path,
  );
  return cases;
}

function readLabels(entries: readonly unknown[], path: string): string[] {
  const labels = entries.map((entry, index) => label(entry, `${path}[${index}]`));
  distinct(labels, path);
  return labels;
}

function readLength(value: unknown, path: string): { length?: number } {
  if (value === undefined) return {};
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 32) return { length: value };
  throw invalid(`${path}.length`, "is not a whole number between 1 and 2^32 - 1");
}

function readMap(entries: readonly unknown[], path: string, refs: Refs): ValueType {
  const [first, second] = pair(entries, path);
  const key = refs(first, path);
  if (!MAP_KEYS.has(key.kind)) throw invalid(path, `has keys of type ${key.kind}, which cannot be compared`);
  return { kind: "map", key, value: refs(second, path) };
}

function readResult(entries: readonly unknown[], path: string, refs: Refs): ValueType {
  const [ok, err] = pair(entries, path);
  return { kind: "result", ...(ok !== null && { ok: refs(ok, path) }), ...(err !== null && { err: refs(err, path) }) };
}

function readHandle(resource: unknown, owner: unknown, path: string): Omit<HandleType, "kind"> {
  const text = name(resource, path);
  const hash = text.indexOf("#");
  if (hash < 0 || (hash > 0 && !isId(text.slice(0, hash)))) throw invalid(path, "names no resource");
  label(text.slice(hash + 1), path);
  if (owner !== "host" && owner !== "plugin") throw invalid(path, "is owned by neither host nor plugin");
  return { resource: text, owner };
}

function readInterface(value: unknown, path: string, refs: Refs, count: Counter): Interface {
  const get = object(value, path);
  const resources =
    get("resources") === undefined ? [] : readLabels(list(get("resources"), `${path}.resources`, count), path);
  const functions = list(get("functions"), `${path}.functions`, count).map((func, index) =>
    readFunction(func, `${path}.functions[${index}]`, refs, count, resources),
  );
  distinct(
    functions.map((func) => func.name),
    path,
  );
  const implemented = get("implements");
  return {
    id: get("id") === "" ? "" : id(get("id"), `${path}.id`),
    ...(implemented !== undefined && { implements: id(implemented, `${path}.implements`) }),
    functions,
    resources,
  };
}

function readFunction(
  value: unknown,
  path: string,
  refs: Refs,
  count: Counter,
  resources: readonly string[],
): ContractFunction {
  const get = object(value, path);
  const text = name(get("name"), `${path}.name`);
  const [, memberKind, memberOf, constructor, last = ""] = FUNCTION.exec(text) ?? [];
  label(last, `${path}.name`);
  const kind = (memberKind ?? constructor ?? "freestanding") as FunctionKind;
  const resource = memberOf ?? (constructor === undefined ? undefined : last);
  if (resource !== undefined && !resources.includes(resource))
    throw invalid(path, `belongs to no resource of its interface`);
  const params = get("params") === undefined ? [] : readFields(get("params"), `${path}.params`, refs, count);
  if (kind === "method" && params[0]?.type.kind !== "borrow")
    throw invalid(path, "is a method that does not borrow its resource");
  const result = get("result");
  const isAsync = get("async") ?? false;
  if (typeof isAsync !== "boolean") throw invalid(`${path}.async`, "is not true");
  return {
    name: text,
    kind,
    ...(resource !== undefined && { resource }),
    isAsync,
    params,
    ...(result !== undefined && { result: refs(result, `${path}.result`) }),
  };
}
