// Whether one type may stand where another is asked for, and if not, why (component-model Explainer.md, "Type Checking").
import { moduleMisfit } from "../core/externs.ts";
import { Substitution } from "./substitute.ts";
import { primitiveOf, showValue } from "./types.ts";
import type { AnyType, ComponentType, Extern, FuncType, InstanceType, Path, ResourceType, Value } from "./types.ts";
import { spend } from "./work.ts";

/** Why `actual` does not fit `wanted`, as the end of a sentence; undefined when it fits. */
export function externMisfit(actual: Extern, wanted: Extern): string | undefined {
  if (actual.kind !== wanted.kind) return `expected ${wanted.kind}, found ${actual.kind}`;
  switch (wanted.kind) {
    case "core module":
      return moduleMisfit((actual as typeof wanted).type, wanted.type);
    case "func":
      return funcMisfit((actual as typeof wanted).type, wanted.type);
    case "value":
      return valueMisfit((actual as typeof wanted).type, wanted.type);
    case "type":
      return typeMisfit((actual as typeof wanted).type, wanted.type);
    case "instance":
      return instanceMisfit((actual as typeof wanted).type, wanted.type);
    case "component":
      return componentMisfit((actual as typeof wanted).type, wanted.type);
  }
}

const SORT_NAMES: Readonly<Record<AnyType["sort"], string>> = {
  resource: "resource",
  defined: "defined type",
  func: "func",
  instance: "instance",
  component: "component",
};

export function typeMisfit(actual: AnyType, wanted: AnyType): string | undefined {
  if (actual.sort !== wanted.sort) return `expected ${SORT_NAMES[wanted.sort]}, found ${SORT_NAMES[actual.sort]}`;
  switch (wanted.sort) {
    case "resource":
      return (actual as ResourceType).id === wanted.id ? undefined : "resource types are not the same";
    case "defined":
      return valueMisfit(actual as typeof wanted, wanted);
    case "func":
      return funcMisfit(actual as FuncType, wanted);
    case "instance":
      return instanceMisfit(actual as InstanceType, wanted);
    case "component":
      return componentMisfit(actual as ComponentType, wanted);
  }
}

export function funcMisfit(actual: FuncType, wanted: FuncType): string | undefined {
  if (actual === wanted) return undefined;
  if (actual.isAsync !== wanted.isAsync) return `expected ${wanted.isAsync ? "an async" : "a sync"} function`;
  if (actual.params.length !== wanted.params.length) {
    return `expected ${wanted.params.length} parameters, found ${actual.params.length}`;
  }
  for (const [index, [name, type]] of wanted.params.entries()) {
    const [given, givenType] = actual.params[index] as readonly [string, Value];
    if (given !== name) return `expected parameter named \`${name}\`, found \`${given}\``;
    const why = valueMisfit(givenType, type);
    if (why !== undefined) return `type mismatch in function parameter \`${name}\`: ${why}`;
  }
  const why = optionalMisfit(actual.result, wanted.result);
  return why === undefined ? undefined : `type mismatch with result type: ${why}`;
}

function optionalMisfit(actual: Value | undefined, wanted: Value | undefined): string | undefined {
  if (wanted === undefined) return actual === undefined ? undefined : `expected nothing, found ${showValue(actual)}`;
  return actual === undefined ? `expected ${showValue(wanted)}, found nothing` : valueMisfit(actual, wanted);
}

/** Value types are compared by structure. */
export function valueMisfit(actual: Value, wanted: Value): string | undefined {
  if (actual === wanted) return undefined;
  spend(1);
  const [given, asked] = [primitiveOf(actual), primitiveOf(wanted)];
  if (given !== undefined && given === asked) return undefined;
  const mismatch = `expected ${showValue(wanted)}, found ${showValue(actual)}`;
  if (typeof actual === "string" || typeof wanted === "string") return mismatch;
  const [a, b] = [actual.shape, wanted.shape];
  if (a.kind !== b.kind || a.kind === "primitive") return mismatch;
  switch (b.kind) {
    case "record":
      return labelledMisfit((a as typeof b).fields, b.fields, "field");
    case "variant":
      return labelledMisfit((a as typeof b).cases, b.cases, "case");
    case "enum":
    case "flags":
      return sameList((a as typeof b).labels, b.labels) ? undefined : `mismatch in ${b.kind} elements`;
    case "tuple":
      return labelledMisfit((a as typeof b).items.map(numbered), b.items.map(numbered), "type");
    case "list":
      if ((a as typeof b).length !== b.length) return "the lengths of lists differ";
      return valueMisfit((a as typeof b).element, b.element);
    case "option":
      return valueMisfit((a as typeof b).item, b.item);
    case "result":
      return optionalMisfit((a as typeof b).ok, b.ok) ?? optionalMisfit((a as typeof b).err, b.err);
    case "stream":
    case "future":
      return optionalMisfit((a as typeof b).element, b.element);
    case "map":
      return valueMisfit((a as typeof b).key, b.key) ?? valueMisfit((a as typeof b).value, b.value);
    case "own":
    case "borrow":
      return (a as typeof b).resource.id === b.resource.id ? undefined : "resource types are not the same";
    default:
      return mismatch;
  }
}

function numbered(type: Value, index: number): readonly [string, Value] {
  return [String(index), type];
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function labelledMisfit(
  actual: readonly (readonly [string, Value | undefined])[],
  wanted: readonly (readonly [string, Value | undefined])[],
  what: string,
): string | undefined {
  if (actual.length !== wanted.length) return `expected ${wanted.length} ${what}s, found ${actual.length}`;
  for (const [index, [label, type]] of wanted.entries()) {
    const [given, givenType] = actual[index] as readonly [string, Value | undefined];
    if (given !== label) return `expected ${what} named \`${label}\`, found \`${given}\``;
    const why = optionalMisfit(givenType, type);
    if (why !== undefined) return `type mismatch in ${what} \`${label}\`: ${why}`;
  }
  return undefined;
}

/** An instance may export more than is asked for. */
export function instanceMisfit(actual: InstanceType, wanted: InstanceType): string | undefined {
  if (actual === wanted) return undefined;
  const known = new Substitution();
  const unbound = known.bindAll(wanted.fresh, (path) => resourceAt(actual.exports, path));
  if (unbound !== undefined) return unbound;
  for (const [name, asked] of wanted.exports) {
    const given = actual.exports.get(name);
    if (given === undefined) return `missing expected export \`${name}\``;
    const why = externMisfit(given, known.extern(asked));
    if (why !== undefined) return `type mismatch in instance export \`${name}\`: ${why}`;
  }
  return undefined;
}

/** A component may import less and export more than is asked for. */
function componentMisfit(actual: ComponentType, wanted: ComponentType): string | undefined {
  if (actual === wanted) return undefined;
  // What the wanted type imports is taken as given, and has to be enough for the actual one.
  const inside = new Substitution();
  const unbound = inside.bindAll(actual.imported, (path) => resourceAt(wanted.imports, path));
  if (unbound !== undefined) return `type mismatch in imports: ${unbound}`;
  for (const [name, asked] of actual.imports) {
    const given = wanted.imports.get(name);
    if (given === undefined) return `missing expected import \`${name}\``;
    const why = externMisfit(given, inside.extern(asked));
    if (why !== undefined) return `type mismatch in import \`${name}\`: ${why}`;
  }
  const made = new Map([...actual.exports].map(([name, extern]) => [name, inside.extern(extern)]));
  const outside = new Substitution();
  const missing = outside.bindAll(wanted.fresh, (path) => resourceAt(made, path));
  if (missing !== undefined) return `type mismatch in exports: ${missing}`;
  for (const [name, asked] of wanted.exports) {
    const given = made.get(name);
    if (given === undefined) return `missing expected export \`${name}\``;
    const why = externMisfit(given, outside.extern(asked));
    if (why !== undefined) return `type mismatch in export \`${name}\`: ${why}`;
  }
  return undefined;
}

/** The resource type that a path of names leads to, or why there is none. */
export function resourceAt(externs: ReadonlyMap<string, Extern>, path: Path): ResourceType | string {
  let here = externs;
  for (const [index, name] of path.entries()) {
    const found = here.get(name);
    if (found === undefined) return `missing import named \`${name}\`; missing expected export \`${name}\``;
    if (index < path.length - 1) {
      if (found.kind !== "instance") return `expected instance, found ${found.kind}`;
      here = found.type.exports;
    } else if (found.kind !== "type") return `expected resource, found ${found.kind}`;
    else if (found.type.sort !== "resource") return `expected resource, found ${SORT_NAMES[found.type.sort]}`;
    else return found.type;
  }
  return "expected resource, found nothing";
}
