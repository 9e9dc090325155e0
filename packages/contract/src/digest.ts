// Interfaces and contracts -> digests that stay the same exactly as long as nothing that crosses the boundary changes.
import type { Contract, ContractFunction, ContractInterface, Field, ValueType } from "./model.ts";
import { splitId } from "./names.ts";
import { sha256 } from "./sha256.ts";

/*
 * Merkle style: types -> functions -> interface digest -> contract digest. Every node is JSON with sorted keys (RFC 8785;
 * the nodes hold only ASCII names, booleans and small integers). In its parent a type or function stands as itself if its
 * text has at most 64 characters, which is what a digest takes, else as the 64 hex digits of its SHA-256. So a shared
 * type is written once however often it is used, and a module that checks its contract while it loads hashes little.
 *
 * What counts: interface ids without their version, function names, async, parameter names and their order, all types by
 * structure with field, case and flag names in their order, resource names.
 * What does not: docs, gates, package versions, the order of interfaces and functions, type names and aliases (values
 * have structure, not type names), the world's own name.
 */

const MAX_INLINE = 64;

type Canonical = null | boolean | number | string | readonly Canonical[] | { readonly [key: string]: Canonical };

/** JSON with sorted keys and no spaces (RFC 8785 for the values used here: ASCII strings and small integers). */
export function canonicalJson(value: Canonical): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value as Record<string, Canonical>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** Digests with a memory, so that a type that many functions share is hashed once. */
export interface Digester {
  /** `i:sha256:...` */
  interfaceDigest(of: Pick<ContractInterface, "id" | "functions" | "resources">): string;
}

/** A digester for one contract, or for several that share type objects. */
export function createDigester(): Digester {
  const known = new Map<ValueType, Canonical>();
  const digestOf = (type: ValueType): Canonical => {
    const before = known.get(type);
    if (before !== undefined) return before;
    const digest = shortened(typeNode(type, digestOf));
    known.set(type, digest);
    return digest;
  };
  return {
    interfaceDigest: ({ id, functions, resources }) => {
      const node = {
        interface: withoutVersion(id),
        functions: sortedByName(functions.map((func) => [func.name, shortened(functionNode(func, digestOf))])),
        resources: [...resources].sort(),
      };
      return `i:sha256:${sha256(canonicalJson(node))}`;
    },
  };
}

/** `abi:sha256:...` of a contract whose interfaces carry their digests. */
export function contractDigest(contract: Pick<Contract, "exports" | "imports">): string {
  const side = (interfaces: readonly ContractInterface[]): Canonical =>
    sortedByName(interfaces.map((one) => [withoutVersion(one.id), one.digest]));
  return `abi:sha256:${sha256(canonicalJson({ exports: side(contract.exports), imports: side(contract.imports) }))}`;
}

/** A node as its parent holds it. */
function shortened(node: Canonical): Canonical {
  const text = canonicalJson(node);
  return text.length <= MAX_INLINE ? node : sha256(text);
}

function functionNode(func: ContractFunction, digestOf: (type: ValueType) => Canonical): Canonical {
  return {
    name: func.name,
    async: func.isAsync,
    params: fieldNodes(func.params, digestOf),
    result: func.result === undefined ? null : digestOf(func.result),
  };
}

function fieldNodes(fields: readonly Field[], digestOf: (type: ValueType) => Canonical): Canonical {
  return fields.map((field) => [field.name, digestOf(field.type)]);
}

/** A type with its parts replaced by their digests; types without parts are their own name. */
function typeNode(type: ValueType, digestOf: (type: ValueType) => Canonical): Canonical {
  const optional = (part: ValueType | undefined): Canonical => (part === undefined ? null : digestOf(part));
  switch (type.kind) {
    case "record":
      return { record: fieldNodes(type.fields, digestOf) };
    case "tuple":
      return { tuple: type.items.map(digestOf) };
    case "list":
      return { list: digestOf(type.element), ...(type.length !== undefined && { length: type.length }) };
    case "map":
      return { map: [digestOf(type.key), digestOf(type.value)] };
    case "option":
      return { option: digestOf(type.item) };
    case "result":
      return { result: [optional(type.ok), optional(type.err)] };
    case "variant":
      return { variant: type.cases.map((one) => [one.name, optional(one.type)]) };
    case "enum":
      return { enum: type.cases };
    case "flags":
      return { flags: type.flags };
    case "own":
    case "borrow":
      return { [type.kind]: resourceWithoutVersion(type.resource) };
    case "stream":
    case "future":
      return { [type.kind]: optional(type.element) };
    default:
      return type.kind;
  }
}

/** Two interfaces share a name when a world has two versions of it; then their digests decide the order. */
function sortedByName(pairs: [string, Canonical][]): Canonical {
  const texts = pairs.map((pair) => ({ pair, text: canonicalJson(pair) }));
  return texts.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ pair }) => pair);
}

function withoutVersion(id: string): string {
  const { pkg, name } = splitId(id);
  return pkg === "" ? name : `${pkg}/${name}`;
}

function resourceWithoutVersion(resource: string): string {
  const hash = resource.lastIndexOf("#");
  return `${withoutVersion(resource.slice(0, hash))}${resource.slice(hash)}`;
}
