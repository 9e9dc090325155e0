// Types as the binary spells them -> resolved types, checked (component-model Binary.md, "Type Definitions").
import type { Definition, ExternAst, FuncAst, TypeAst, ValueRef } from "./ast.ts";
import { checkLabels } from "./extern-names.ts";
import { Scope, renamed, resourcePaths, valueAt } from "./scope.ts";
import { openInstance } from "./substitute.ts";
import { ResourceId, definedType, funcType, instanceType, primitiveOf, resourceType } from "./types.ts";
import type { AnyType, Extern, FuncType, Path, Shape, Value } from "./types.ts";

const MAX_FLAGS = 32;
const MAP_KEYS = ["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "char", "string"];

/** Resolves a type definition; resources are left to the caller, because only components define them. */
export function resolveType(scope: Scope, ast: Exclude<TypeAst, { kind: "resource" }>, at: number): AnyType {
  switch (ast.kind) {
    case "func":
      return resolveFunc(scope, ast, at);
    case "component":
      return resolveComponentType(scope, ast.decls, at);
    case "instance":
      return resolveInstanceType(scope, ast.decls, at);
    default:
      return definedType(at, resolveShape(scope, ast, at));
  }
}

function resolveShape(
  scope: Scope,
  ast: Exclude<TypeAst, { kind: "resource" | "func" | "component" | "instance" }>,
  at: number,
): Shape {
  const value = (ref: ValueRef): Value => valueAt(scope, ref, at);
  const optional = (ref: ValueRef | undefined): Value | undefined => (ref === undefined ? undefined : value(ref));
  switch (ast.kind) {
    case "primitive":
      return ast;
    case "record":
      if (ast.fields.length === 0) scope.fail(at, "record type must have at least one field");
      checkLabels(at, "record field", labelsOf(ast.fields));
      return { kind: "record", fields: ast.fields.map(([name, type]) => [name, value(type)]) };
    case "variant":
      if (ast.cases.length === 0) scope.fail(at, "variant type must have at least one case");
      checkLabels(at, "variant case", labelsOf(ast.cases));
      return { kind: "variant", cases: ast.cases.map(([name, type]) => [name, optional(type)]) };
    case "flags":
      if (ast.labels.length === 0) scope.fail(at, "flags must have at least one entry");
      if (ast.labels.length > MAX_FLAGS) scope.fail(at, `cannot have more than ${MAX_FLAGS} flags`);
      checkLabels(at, "flag", ast.labels);
      return { kind: "flags", labels: ast.labels };
    case "enum":
      if (ast.labels.length === 0) scope.fail(at, "enum type must have at least one variant");
      checkLabels(at, "enum tag", ast.labels);
      return { kind: "enum", labels: ast.labels };
    case "tuple":
      if (ast.items.length === 0) scope.fail(at, "tuple type must have at least one type");
      return { kind: "tuple", items: ast.items.map(value) };
    case "list":
      if (ast.length === 0) scope.fail(at, "fixed-length lists must have at least one element");
      return { kind: "list", element: value(ast.element), ...(ast.length !== undefined && { length: ast.length }) };
    case "option":
      return { kind: "option", item: value(ast.item) };
    case "result":
      return { kind: "result", ok: optional(ast.ok), err: optional(ast.err) };
    case "own":
    case "borrow":
      return { kind: ast.kind, resource: scope.resource(ast.resource, at) };
    case "map": {
      const key = value(ast.key);
      if (!MAP_KEYS.includes(primitiveOf(key) ?? "")) scope.fail(at, "the keys of a map cannot have this type");
      return { kind: "map", key, value: value(ast.value) };
    }
    default:
      return resolveStream(scope, ast.kind, optional(ast.element), at);
  }
}

function resolveStream(scope: Scope, kind: "stream" | "future", element: Value | undefined, at: number): Shape {
  if (element !== undefined && typeof element !== "string" && element.hasBorrow) {
    scope.fail(at, `a ${kind} cannot contain a \`borrow\` type`);
  }
  if (kind === "stream" && element !== undefined && primitiveOf(element) === "char") {
    scope.fail(at, "`stream<char>` is not valid at this time");
  }
  return { kind, element };
}

function labelsOf(items: readonly (readonly [string, unknown])[]): string[] {
  return items.map(([label]) => label);
}

function resolveFunc(scope: Scope, ast: FuncAst, at: number): FuncType {
  checkLabels(at, "function parameter", labelsOf(ast.params));
  const params = ast.params.map(([name, type]) => [name, valueAt(scope, type, at)] as const);
  const result = ast.result === undefined ? undefined : valueAt(scope, ast.result, at);
  if (result !== undefined && typeof result !== "string" && result.hasBorrow) {
    scope.fail(at, "function result cannot contain a `borrow` type");
  }
  return funcType(at, ast.isAsync, params, result);
}

function resolveComponentType(parent: Scope, decls: readonly Definition[], at: number): AnyType {
  const scope = new Scope("component type", parent, parent.coreTypeTable, undefined);
  for (const decl of decls) declare(scope, decl);
  return scope.finishComponent(at);
}

function resolveInstanceType(parent: Scope, decls: readonly Definition[], at: number): AnyType {
  const scope = new Scope("instance type", parent, parent.coreTypeTable, undefined);
  for (const decl of decls) declare(scope, decl);
  return instanceType(at, scope.exports, resourcePaths(scope.exports, scope.made));
}

/** One declaration of a component type or instance type. */
function declare(scope: Scope, decl: Definition): void {
  const { at } = decl;
  switch (decl.def) {
    case "core type":
      if (decl.type.kind === "module") scope.coreTypes.push(decl.type.type);
      else scope.coreTypes.push(...decl.type.types);
      return;
    case "type":
      if (decl.type.kind === "resource") scope.fail(at, "resources can only be defined within a concrete component");
      scope.types.push(resolveType(scope, decl.type, at));
      return;
    case "alias outer":
      if (decl.sort === "type") scope.types.push(scope.outerType(decl.count, decl.index, at));
      else if (decl.sort === "core type") {
        const { scope: outer } = scope.outer(decl.count, at);
        scope.coreTypes.push(scope.item(outer.coreTypes, decl.index, "core type", at));
      } else scope.fail(at, "aliases in types may only refer to types or instances");
      return;
    case "alias export": {
      if (decl.sort !== "type" && decl.sort !== "instance") {
        return scope.fail(at, "aliases in types may only refer to types or instances");
      }
      return scope.push(exportOf(scope, decl.instance, decl.name, decl.sort, at));
    }
    case "import":
      return scope.addImport(decl.name, resolveImport(scope, decl.type, decl.name.name, at));
    case "export type":
      return scope.addExport(decl.name, declareExport(scope, decl.type, decl.name.name, at));
    default:
      scope.fail(at, `a ${decl.def} cannot stand in a type`);
  }
}

/** The named export of an instance, which must be of the given sort. */
export function exportOf(scope: Scope, instance: number, name: string, sort: string, at: number): Extern {
  const found = scope.instance(instance, at).exports.get(name);
  if (found === undefined) return scope.fail(at, `instance ${instance} has no export named \`${name}\``);
  return found.kind === sort
    ? found
    : scope.fail(at, `export \`${name}\` for instance ${instance} is not a ${sort}: it is a ${found.kind}`);
}

/** What an import introduces: fresh resources for everything abstract in it; `made` is told where each comes in. */
export function resolveImport(
  scope: Scope,
  ast: ExternAst,
  name: string,
  at: number,
  made?: (id: ResourceId, path: Path) => void,
): Extern {
  const note = (id: ResourceId, path: Path): void => {
    scope.noteImported(id, [name, ...path]);
    made?.(id, path);
  };
  const extern = resolveExtern(scope, ast, at);
  if (extern === "resource") {
    const id = new ResourceId(name);
    note(id, []);
    return { kind: "type", type: resourceType(id) };
  }
  return extern.kind === "instance" ? { kind: "instance", type: openInstance(extern.type, note) } : extern;
}

/** What an export that is only declared introduces: its abstract resources are those of whoever exports. */
export function declareExport(scope: Scope, ast: ExternAst, name: string, at: number): Extern {
  const extern = resolveExtern(scope, ast, at);
  if (extern === "resource") return { kind: "type", type: scope.freshResource(name) };
  if (extern.kind !== "instance") return extern;
  const type = openInstance(extern.type, (id: ResourceId, _path: Path) => scope.made.add(id));
  return { kind: "instance", type };
}

/** The type of an import or export, before anything fresh is made of it. */
export function resolveExtern(scope: Scope, ast: ExternAst, at: number): Extern | "resource" {
  switch (ast.kind) {
    case "core module":
      return { kind: "core module", type: scope.moduleType(ast.type, at) };
    case "func":
      return { kind: "func", type: scope.funcType(ast.type, at) };
    case "component":
      return { kind: "component", type: scope.componentType(ast.type, at) };
    case "instance":
      return { kind: "instance", type: scope.instanceType(ast.type, at) };
    case "type":
      if (ast.bound === "resource") return "resource";
      return { kind: "type", type: renamed(scope.type(ast.bound, at)) };
    case "value":
      return scope.fail(at, "values are a gated feature of the component model and not supported");
  }
}
