// One world's syntax tree -> its imports, exports and includes; types that it defines join the imports.

import { docsOf, externalIdOf, stabilityOf } from "./annotations.ts";
import type { ExternItem, WorldAst } from "./ast.ts";
import { bindFunction, bindResourceFunction } from "./bind-functions.ts";
import { bindInterface } from "./bind-interface.ts";
import { TypeScope } from "./bind-types.ts";
import { type BoundWorld, type BoundWorldItem, interfaceKey } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { PackageScope } from "./package-scope.ts";

export function bindWorld(pkg: PackageScope, id: number, ast: WorldAst): void {
  const world = pkg.bound.worlds[id];
  if (world === undefined) return;
  world.docs = docsOf(ast.prefix.docs);
  world.stability = stabilityOf(ast.prefix.attributes);
  const scope = new TypeScope(pkg, { world: id });
  scope.bindAll(ast.items.filter((item) => item.kind === "use" || item.kind === "type"));
  bindIncludes(pkg, world, ast);
  for (const [name, entry] of scope.names) {
    if (entry.kind === "type") world.imports.set(name, { kind: "type", id: entry.id, span: entry.span });
  }
  for (const item of ast.items) {
    if (item.kind === "import" || item.kind === "export") {
      addExtern(item.kind === "import" ? world.imports : world.exports, item, bindExtern(pkg, scope, item));
    } else if (item.kind === "type" && item.body.kind === "resource") {
      for (const member of item.body.functions) {
        const func = bindResourceFunction(scope, member, item.name, pkg.bound.types);
        world.imports.set(func.def.name, { kind: "function", ...func });
      }
    }
  }
}

function bindIncludes(pkg: PackageScope, world: BoundWorld, ast: WorldAst): void {
  for (const item of ast.items) {
    if (item.kind !== "include") continue;
    world.includes.push({
      world: pkg.findWorld(item.from),
      stability: stabilityOf(item.prefix.attributes),
      renames: item.renames.map(({ name, as }) => ({ name: name.name, as: as.name })),
      span: item.from.name,
    });
  }
}

function bindExtern(pkg: PackageScope, scope: TypeScope, { prefix, body }: ExternItem): BoundWorldItem {
  const { label } = body;
  if (body.kind === "function")
    return { kind: "function", ...bindFunction(scope, { prefix, name: body.label, func: body.func }) };
  const externalId = externalIdOf(prefix.attributes);
  if (body.kind === "path") {
    const id = pkg.findInterface(body.path);
    const shared = { docs: docsOf(prefix.docs), stability: stabilityOf(prefix.attributes), externalId };
    return { kind: "interface", id, isById: label === undefined, span: label ?? body.path.name, ...shared };
  }
  const id = pkg.addInterface(null, body.label);
  bindInterface(pkg, id, body.items, prefix);
  const stability = pkg.bound.interfaces[id]?.stability;
  return { kind: "interface", id, isById: false, docs: undefined, stability, externalId, span: body.label };
}

function addExtern(into: Map<string, BoundWorldItem>, { kind, body }: ExternItem, bound: BoundWorldItem): void {
  const name = body.label?.name ?? "";
  const key = bound.kind === "interface" && bound.isById ? interfaceKey(bound.id) : name;
  const prior = into.get(key);
  if (prior !== undefined && key !== name) throw new Fault(bound.span, `interface cannot be ${kind}ed more than once`);
  if (prior !== undefined) {
    const what = prior.kind === "function" ? "func" : prior.kind;
    throw new Fault(bound.span, `${kind} ${quoted(name)} conflicts with prior ${what} of same name`);
  }
  into.set(key, bound);
}
