// Functions of an interface, a world or a resource -> their resolved signatures.

import type { FieldDef, FunctionDefKind, TypeRef } from "../ir.ts";
import { docsOf, externalIdOf, stabilityOf } from "./annotations.ts";
import type { FunctionAst, FunctionItem, Id, Prefix, ResourceFunction, TypeAst } from "./ast.ts";
import type { TypeScope } from "./bind-types.ts";
import type { BoundFunction, BoundType } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import { UniqueNames } from "./unique-names.ts";

export function bindFunction(scope: TypeScope, item: Pick<FunctionItem, "prefix" | "name" | "func">): BoundFunction {
  const kind = item.func.isAsync ? "async-freestanding" : "freestanding";
  const params = bindParams(scope, item.func, []);
  const result = item.func.result === undefined ? undefined : scope.resolve(item.func.result);
  return finish(item.name.name, kind, { prefix: item.prefix, span: item.name, params, result });
}

/** A method, static or constructor; `types` is the package's list, where the result of a constructor is looked up. */
export function bindResourceFunction(
  scope: TypeScope,
  item: ResourceFunction,
  resource: Id,
  types: readonly BoundType[],
): BoundFunction {
  const entry = scope.names.get(resource.name);
  if (entry?.kind !== "type") throw new Fault(resource, `resource ${quoted(resource.name)} does not exist`);
  const { prefix, func, name: span } = item;
  if (item.kind === "constructor") {
    const params = bindParams(scope, func, []);
    const result = func.result === undefined ? entry.id : constructorResult(scope, func.result, entry.id, types);
    return finish(`[constructor]${resource.name}`, { constructor: entry.id }, { prefix, span, params, result });
  }
  const name = `[${item.kind}]${resource.name}.${item.name.name}`;
  const self: FieldDef[] =
    item.kind === "method" ? [{ name: "self", type: scope.intern({ handle: { borrow: entry.id } }, func.span) }] : [];
  const params = bindParams(scope, func, self);
  const result = func.result === undefined ? undefined : scope.resolve(func.result);
  return finish(name, resourceKind(item.kind, func.isAsync, entry.id), { prefix, span, params, result });
}

function resourceKind(kind: "method" | "static", isAsync: boolean, resource: number): FunctionDefKind {
  if (kind === "method") return isAsync ? { "async-method": resource } : { method: resource };
  return isAsync ? { "async-static": resource } : { static: resource };
}

function bindParams(scope: TypeScope, func: FunctionAst, self: readonly FieldDef[]): FieldDef[] {
  const unique = new UniqueNames();
  const params: FieldDef[] = [...self];
  for (const param of self) unique.claim({ ...func.span, name: param.name });
  for (const { name, type } of func.params) {
    unique.claim(name);
    params.push({ name: name.name, type: scope.resolve(type) });
  }
  return params;
}

/** A constructor may fail: then it returns `result<r, e>` with `r` the resource itself. */
function constructorResult(scope: TypeScope, type: TypeAst, resource: number, types: readonly BoundType[]): TypeRef {
  const result = scope.resolve(type);
  const kind = typeof result === "number" ? types[result]?.kind : undefined;
  if (typeof kind !== "object" || !("result" in kind)) {
    throw new Fault(type.span, "if a constructor return type is declared it must be a `result`");
  }
  if (kind.result.ok !== resource) {
    const span = type.kind === "result" ? (type.ok?.span ?? type.span) : type.span;
    throw new Fault(span, "the `ok` type must be the resource being constructed");
  }
  return result;
}

interface FunctionParts {
  readonly prefix: Prefix;
  readonly span: Id;
  readonly params: readonly FieldDef[];
  readonly result: TypeRef | undefined;
}

function finish(name: string, kind: FunctionDefKind, parts: FunctionParts): BoundFunction {
  const { prefix, span, params, result } = parts;
  const docs = docsOf(prefix.docs);
  const stability = stabilityOf(prefix.attributes);
  const externalId = externalIdOf(prefix.attributes);
  const def = {
    name,
    kind,
    params,
    ...(result !== undefined && { result }),
    ...(docs !== undefined && { docs }),
    ...(stability !== undefined && { stability }),
    ...(externalId !== undefined && { external_id: externalId }),
  };
  return { def, span };
}
