// A component's syntax tree -> its type and its link plan, or the first thing that is wrong with it.
import type { CoreTypeTable } from "../core/types.ts";
import type { LinkPlan, PlanNeed, SlotFill } from "../link/plan.ts";
import { PLAN_VERSION } from "../link/plan.ts";
import type { ComponentAst, Definition, TypeAst } from "./ast.ts";
import { describeWorld } from "./describe-world.ts";
import { ComponentBuilder } from "./plan-builder.ts";
import type { PlanParts } from "./plan-builder.ts";
import { planRef } from "./plan-ref.ts";
import { Scope, renamed } from "./scope.ts";
import { externMisfit } from "./subtype.ts";
import { openInstance } from "./substitute.ts";
import { ResourceId, resourceType } from "./types.ts";
import type { ComponentType, Extern, Path } from "./types.ts";
import { validateCanon } from "./validate-canon.ts";
import { addCoreBag, addCoreInstance, aliasCoreExport, checkModuleImports } from "./validate-core.ts";
import { addBag, addInstance, aliasExport, aliasOuter } from "./validate-instances.ts";
import { resolveExtern, resolveImport, resolveType } from "./validate-types.ts";
import { refillWork } from "./work.ts";

/**
 * Validates a component and makes its link plan. Throws `artifact-invalid` with the byte offset for anything that
 * breaks a rule of component-model Binary.md, `resource-exhausted` for types that cost too much to check.
 */
export function validateComponent(ast: ComponentAst, coreTypes: CoreTypeTable): LinkPlan {
  refillWork();
  const parts: PlanParts = { modules: [], components: [], asyncBuiltins: new Set() };
  const type = validate(ast, undefined, coreTypes, parts);
  const { modules, components, asyncBuiltins } = parts;
  const world = describeWorld(type);
  return { version: PLAN_VERSION, modules, components, world, asyncBuiltins: [...asyncBuiltins].sort() };
}

function validate(
  ast: ComponentAst,
  parent: Scope | undefined,
  coreTypes: CoreTypeTable,
  parts: PlanParts,
): ComponentType {
  const builder = new ComponentBuilder(parts);
  const scope = new Scope("component", parent, coreTypes, builder);
  for (const definition of ast.definitions) define(scope, builder, definition);
  builder.finish();
  return scope.finishComponent(ast.start);
}

function define(scope: Scope, builder: ComponentBuilder, definition: Definition): void {
  const { at } = definition;
  switch (definition.def) {
    case "core module": {
      checkModuleImports(definition.module, at);
      const { start, end } = definition;
      builder.add({ op: "core module", module: builder.parts.modules.push({ start, end }) - 1 });
      scope.coreModules.push(definition.module);
      return;
    }
    case "core instance":
      return addCoreInstance(scope, builder, definition.module, definition.args, at);
    case "core bag":
      return addCoreBag(scope, builder, definition.exports, at);
    case "core type":
      if (definition.type.kind === "module") scope.coreTypes.push(definition.type.type);
      else scope.coreTypes.push(...definition.type.types);
      return;
    case "component": {
      const index = builder.parts.components.length;
      const type = validate(definition.component, scope, scope.coreTypeTable, builder.parts);
      builder.add({ op: "component", component: index });
      scope.components.push(type);
      return;
    }
    case "instance":
      return addInstance(scope, builder, definition.component, definition.args, at);
    case "bag":
      return addBag(scope, builder, definition.exports, at);
    case "alias export":
      return aliasExport(scope, builder, definition, at);
    case "alias core export":
      return aliasCoreExport(scope, builder, definition, at);
    case "alias outer":
      return aliasOuter(scope, builder, definition, at);
    case "type":
      return defineType(scope, builder, definition.type, at);
    case "canon":
      return validateCanon(scope, builder, definition.canon, at);
    case "import":
      return defineImport(scope, builder, definition, at);
    case "export":
      return defineExport(scope, builder, definition, at);
    default:
      scope.fail(at, `a ${definition.def} definition is a gated feature of the component model and not supported`);
  }
}

function defineType(scope: Scope, builder: ComponentBuilder, ast: TypeAst, at: number): void {
  if (ast.kind !== "resource") {
    scope.types.push(resolveType(scope, ast, at));
    return;
  }
  if (ast.rep !== "i32") scope.fail(at, "resources can only be represented by `i32`");
  if (ast.dtor !== undefined) {
    const dtor = scope.coreFunc(ast.dtor, at);
    if (dtor.params.join() !== "i32" || dtor.results.length > 0) {
      scope.fail(at, "wrong signature for a destructor: it must be (i32) -> ()");
    }
  }
  const id = new ResourceId("");
  const slot = builder.define(id);
  scope.made.add(id);
  scope.local.set(id, { slot });
  scope.types.push(resourceType(id));
  builder.add({ op: "resource", slot, ...(ast.dtor !== undefined && { dtor: ast.dtor }) });
}

type ImportDefinition = Extract<Definition, { def: "import" }>;

function defineImport(scope: Scope, builder: ComponentBuilder, { name, type }: ImportDefinition, at: number): void {
  const slots: SlotFill[] = [];
  const extern = resolveImport(scope, type, name.name, at, (id, path) => builder.comesWith(id, slots, path));
  scope.addImport(name, extern);
  const sort = extern.kind === "core module" ? "module" : extern.kind;
  if (sort === "value") return;
  builder.add({ op: "import", name: name.name, sort, need: needOf(scope, extern, [name.name]), slots });
}

/** What an import must have, as far as it can be told when the instance is made. */
function needOf(scope: Scope, extern: Extern, path: Path): PlanNeed {
  switch (extern.kind) {
    case "func":
      return { kind: "func" };
    case "core module":
      return { kind: "module" };
    case "type": {
      if (extern.type.sort !== "resource") return { kind: "type" };
      const known = scope.importPath(extern.type.id);
      return known === undefined || known.join("/") === path.join("/")
        ? { kind: "resource" }
        : { kind: "resource", as: known };
    }
    case "instance": {
      const { exports } = extern.type;
      return {
        kind: "instance",
        exports: [...exports].map(([name, one]) => [name, needOf(scope, one, [...path, name])]),
      };
    }
    default:
      return { kind: extern.kind };
  }
}

type ExportDefinition = Extract<Definition, { def: "export" }>;

function defineExport(scope: Scope, builder: ComponentBuilder, { name, of, type }: ExportDefinition, at: number): void {
  const actual = scope.extern(of.sort, of.index, at);
  let extern: Extern = introduced(actual);
  if (type !== undefined) {
    const ascribed = resolveExtern(scope, type, at);
    extern = ascribed === "resource" ? ascribeResource(scope, builder, actual, name.name, at) : ascribed;
    const why = ascribed === "resource" ? undefined : externMisfit(actual, ascribed);
    if (why !== undefined) scope.fail(at, `ascribed type of export is not compatible with item's type: ${why}`);
    if (extern.kind === "instance") extern = ascribeInstance(scope, builder, actual, extern);
  }
  const ref = planRef(scope, builder, of, at);
  scope.addExport(name, extern);
  builder.add({ op: "export", name: name.name, ref });
}

/** An export makes a new name for a type. */
function introduced(extern: Extern): Extern {
  if (extern.kind !== "type") return extern;
  return { kind: "type", type: renamed(extern.type) };
}

/** `(export "r" (type $r) (type (sub resource)))` hides which resource it is. */
function ascribeResource(scope: Scope, builder: ComponentBuilder, actual: Extern, name: string, at: number): Extern {
  if (actual.kind !== "type" || actual.type.sort !== "resource") {
    return scope.fail(at, "ascribed type of export is not compatible with item's type: expected resource");
  }
  const type = scope.freshResource(name);
  builder.standsFor(type.id, actual.type.id);
  return { kind: "type", type };
}

function ascribeInstance(
  scope: Scope,
  builder: ComponentBuilder,
  actual: Extern,
  ascribed: Extract<Extern, { kind: "instance" }>,
): Extern {
  const type = openInstance(ascribed.type, (id, path) => {
    scope.made.add(id);
    let here: Extern | undefined = actual;
    for (const name of path) here = here?.kind === "instance" ? here.type.exports.get(name) : undefined;
    if (here?.kind === "type" && here.type.sort === "resource") builder.standsFor(id, here.type.id);
  });
  return { kind: "instance", type };
}
