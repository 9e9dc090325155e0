// The names of one scope's imports or exports -> checked: their form, that they differ, and what they say of functions.
import { binaryFault } from "../binary/faults.ts";
import type { ExternName } from "./ast.ts";
import { NameFault, isLabel, isVersionSuffix, parseExternName, parseInterface, uniqueKey } from "./names.ts";
import type { NameParts } from "./names.ts";
import type { Extern, FuncType, ResourceType, Value } from "./types.ts";

/** One namespace: the imports or the exports of a component, a component type, an instance type or a bag of exports. */
export class ExternNames {
  readonly #what: "import" | "export";
  readonly #taken = new Map<string, string>();
  /** Only what stands in this very scope counts: resources inside imported instances have no name here. */
  readonly #resources = new Map<ResourceType, string>();
  readonly #resourceNames = new Set<string>();

  constructor(what: "import" | "export") {
    this.#what = what;
  }

  /** Throws `artifact-invalid` for a name that may not stand here. */
  add(name: ExternName, extern: Extern): void {
    const fail = (why: string): never => {
      throw binaryFault("invalid", name.at, `${this.#what} name \`${name.name}\`: ${why}`);
    };
    const parts = parseExternName(name.name);
    if (parts instanceof NameFault) return fail(parts.why);
    if (parts.kind === "dependency" && this.#what === "export") fail("is not a valid export name");
    this.#checkAttributes(name, parts, extern, fail);
    const key = uniqueKey(name.name, parts);
    const before = this.#taken.get(key);
    if (before !== undefined) fail(`conflicts with previous name \`${before}\``);
    this.#taken.set(key, name.name);
    this.#checkFunction(parts, extern, fail);
  }

  /** Notes the resource type that an import or export of this scope has just introduced. */
  addResource(name: string, type: ResourceType): void {
    this.#resources.set(type, name);
    this.#resourceNames.add(name);
  }

  #checkAttributes(name: ExternName, parts: NameParts, extern: Extern, fail: (why: string) => never): void {
    if (name.implements !== undefined) {
      if (name.implements === "") fail("`` is not a valid name");
      if (extern.kind !== "instance") fail("only instances can have an `implements`");
      if (parts.kind !== "label") fail(`name \`${name.name}\` is not valid with \`implements\``);
      const target = parseInterface(name.implements);
      if (target instanceof NameFault) fail(`\`implements\` must be an interface: ${target.why}`);
    }
    if (name.versionSuffix === undefined) return;
    if (extern.kind !== "instance") fail("only instances can have a `versionsuffix`");
    if (!isVersionSuffix(parts, name.versionSuffix))
      fail(`\`${name.versionSuffix}\` makes an invalid interface version`);
  }

  #checkFunction(parts: NameParts, extern: Extern, fail: (why: string) => never): void {
    if (parts.kind !== "constructor" && parts.kind !== "method" && parts.kind !== "static") return;
    if (extern.kind !== "func") return fail("item is not a func");
    if (parts.kind === "static") {
      if (!this.#resourceNames.has(parts.resource)) fail("static resource name is not known in this context");
      return;
    }
    const resource = parts.kind === "constructor" ? constructed(extern.type, fail) : selfOf(extern.type, fail);
    const known = this.#resources.get(resource);
    if (known === undefined) fail("resource used in function does not have a name in this context");
    if (known !== parts.resource) fail(`function does not match expected resource name \`${known}\``);
  }
}

function handleIn(value: Value | undefined, kind: "own" | "borrow"): ResourceType | undefined {
  if (value === undefined || typeof value === "string") return undefined;
  return value.shape.kind === kind ? value.shape.resource : undefined;
}

function constructed(type: FuncType, fail: (why: string) => never): ResourceType {
  const { result } = type;
  if (type.isAsync) return fail("constructor function cannot be async");
  if (result === undefined) return fail("function should return one value");
  const inner = typeof result !== "string" && result.shape.kind === "result" ? result.shape.ok : result;
  return handleIn(inner, "own") ?? fail("function should return `(own $T)` or `(result (own $T))`");
}

function selfOf(type: FuncType, fail: (why: string) => never): ResourceType {
  const first = type.params[0];
  if (first === undefined) return fail("function should have at least one argument");
  if (first[0] !== "self") fail("function should have a first argument called `self`");
  return handleIn(first[1], "borrow") ?? fail("function should take a first argument of `(borrow $T)`");
}

/** Labels of fields, cases, flags and parameters: kebab case, and different whatever their case. */
export function checkLabels(at: number, what: string, labels: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const label of labels) {
    if (label === "") throw binaryFault("invalid", at, `${what} name cannot be empty`);
    if (!isLabel(label)) throw binaryFault("invalid", at, `${what} name \`${label}\` is not in kebab case`);
    const key = label.toLowerCase();
    const before = taken.get(key);
    if (before !== undefined) {
      throw binaryFault("invalid", at, `${what} name \`${label}\` conflicts with previous ${what} name \`${before}\``);
    }
    taken.set(key, label);
  }
}
