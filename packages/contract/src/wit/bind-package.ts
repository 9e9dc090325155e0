// One package's syntax trees -> the package with its own names resolved.

import { docsOf, stabilityOf } from "./annotations.ts";
import type { Id, InterfaceAst, TopItem, UsePath, WorldAst } from "./ast.ts";
import { bindInterface } from "./bind-interface.ts";
import { bindWorld } from "./bind-world.ts";
import type { BoundPackage, Item } from "./bound.ts";
import type { PackageAst } from "./collect-packages.ts";
import { Fault, type FaultLog, quoted } from "./diagnostic.ts";
import { PackageScope } from "./package-scope.ts";
import { mentionedPaths } from "./paths.ts";
import { notFound, toposort } from "./toposort.ts";

interface Definition {
  readonly ast: InterfaceAst | WorldAst;
  readonly file: number;
}

/** undefined after a fault, which is in `log`. */
export function bindPackage(ast: PackageAst, log: FaultLog): BoundPackage | undefined {
  const pkg = new PackageScope(ast, docsOf(ast.docs));
  const definitions = new Map<string, Definition>();
  let sound = true;
  const order = log.attempt(() => {
    for (const items of ast.files) addPlaceholders(pkg, items);
    defineItems(ast, definitions);
    const sorted = toposort(itemReferences(ast, definitions), "interface or world");
    allocate(pkg, sorted, definitions);
    nameFiles(pkg, ast);
    ast.files.forEach((items, file) => addForeignTypes(pkg, items, file));
    return sorted;
  });
  if (order === undefined) return undefined;
  // Every interface before every world: worlds may take types from any interface.
  for (const kind of ["interface", "world"] as const) {
    for (const name of order) {
      const definition = definitions.get(name);
      if (definition?.ast.kind === kind && !bindItem(pkg, definition, log)) sound = false;
    }
  }
  return sound ? pkg.bound : undefined;
}

function bindItem(pkg: PackageScope, { ast, file }: Definition, log: FaultLog): boolean {
  const item = pkg.items.get(ast.name.name);
  if (item === undefined) return false;
  pkg.file = file;
  const done = log.attempt(() => {
    if (ast.kind === "interface") bindInterface(pkg, item.id, ast.items, ast.prefix);
    else bindWorld(pkg, item.id, ast);
    return true;
  });
  if (done === undefined && ast.kind === "interface") pkg.broken.add(item.id);
  return done !== undefined;
}

/** Gives every interface or world of another package that is mentioned its place at the head of the lists. */
function addPlaceholders(pkg: PackageScope, items: readonly TopItem[]): void {
  const { bound } = pkg;
  for (const { path, attributes, target } of mentionedPaths(items)) {
    if (path.pkg === undefined) continue;
    const gate = stabilityOf(attributes);
    if (!bound.dependencies.has(path.pkg.text)) bound.dependencies.set(path.pkg.text, path.pkg);
    const key = `${path.pkg.text}/${path.name.name}`;
    const known = pkg.foreign.get(key);
    if (known !== undefined) {
      const list = known.kind === "world" ? bound.foreignWorlds : bound.foreignInterfaces;
      list[known.id]?.gates.push(gate);
      continue;
    }
    const id = target === "world" ? pkg.addWorld("", path.name) : pkg.addInterface(null, path.name);
    const item: Item = { kind: target, id };
    pkg.foreign.set(key, item);
    const pkgSpan = bound.dependencies.get(path.pkg.text) ?? path.pkg;
    const entry = { item, pkg: path.pkg.text, name: path.name.name, pkgSpan, gates: [gate] };
    (target === "world" ? bound.foreignWorlds : bound.foreignInterfaces).push(entry);
  }
}

function defineItems(ast: PackageAst, definitions: Map<string, Definition>): void {
  const folded = new Map<string, string>();
  ast.files.forEach((items, file) => {
    for (const item of items) {
      if (item.kind !== "interface" && item.kind !== "world") continue;
      const { name } = item;
      const prior = folded.get(name.name.toLowerCase());
      if (prior !== undefined) {
        const hint =
          prior === name.name ? undefined : `${quoted(prior)} is the same name: identifiers are case-insensitive`;
        throw new Fault(name, `duplicate item named ${quoted(name.name)}`, hint);
      }
      folded.set(name.name.toLowerCase(), name.name);
      definitions.set(name.name, { ast: item, file });
    }
  });
}

/** Interface -> interfaces it uses, world -> worlds it includes; only within the package. */
function itemReferences(ast: PackageAst, definitions: ReadonlyMap<string, Definition>): Map<string, Id[]> {
  const references = new Map<string, Id[]>();
  for (const name of definitions.keys()) references.set(name, []);
  for (const items of ast.files) {
    const names = fileReferences(items);
    for (const { dependent, path } of mentionedPaths(items)) {
      if (dependent === undefined || path.pkg !== undefined) continue;
      const target = names.get(path.name.name);
      if (target === "foreign") continue;
      if (target === undefined && !definitions.has(path.name.name)) throw notFound(path.name, "interface or world");
      references.get(dependent.name)?.push(target ?? path.name);
    }
  }
  return references;
}

/** What a file's names point to: an item of the package by its name, or something of another package. */
function fileReferences(items: readonly TopItem[]): Map<string, Id | "foreign"> {
  const names = new Map<string, Id | "foreign">();
  for (const item of items) {
    if (item.kind === "package") continue;
    const name = item.kind === "top-use" ? (item.as ?? item.path.name) : item.name;
    if (names.has(name.name)) throw new Fault(name, `duplicate name ${quoted(name.name)} in this file`);
    if (item.kind === "top-use") names.set(name.name, item.path.pkg === undefined ? item.path.name : "foreign");
    else names.set(name.name, name);
  }
  return names;
}

function allocate(pkg: PackageScope, order: readonly string[], definitions: ReadonlyMap<string, Definition>): void {
  for (const name of order) {
    const ast = definitions.get(name)?.ast;
    if (ast === undefined) continue;
    const id = ast.kind === "interface" ? pkg.addInterface(name, ast.name) : pkg.addWorld(name, ast.name);
    pkg.items.set(name, { kind: ast.kind, id });
  }
}

function nameFiles(pkg: PackageScope, ast: PackageAst): void {
  for (const items of ast.files) {
    const names = new Map<string, Item>();
    for (const item of items) {
      if (item.kind === "top-use") {
        if (item.prefix.attributes.length > 0) throw new Fault(item.span, "attributes not allowed on top-level use");
        names.set((item.as ?? item.path.name).name, topTarget(pkg, item.path));
      } else if (item.kind !== "package") {
        const own = pkg.items.get(item.name.name);
        if (own !== undefined) names.set(item.name.name, own);
      }
    }
    pkg.fileNames.push(names);
  }
}

/** A top-level `use` sees the package's items, not the names of other files. */
function topTarget(pkg: PackageScope, path: UsePath): Item {
  const { pkg: other, name } = path;
  const item = other === undefined ? pkg.items.get(name.name) : pkg.foreign.get(`${other.text}/${name.name}`);
  if (item === undefined) throw notFound(name, "interface or world");
  return item;
}

/** Makes a placeholder for every type that `use` takes from another package. */
function addForeignTypes(pkg: PackageScope, items: readonly TopItem[], file: number): void {
  pkg.file = file;
  for (const { path, names, attributes } of mentionedPaths(items)) {
    if (names === undefined) continue;
    const iface = pkg.findInterface(path);
    if (!pkg.isForeignInterface(iface)) continue;
    const stability = stabilityOf(attributes);
    const known = (pkg.interfaceNames[iface] ??= new Map());
    for (const { name } of names) {
      if (known.has(name.name)) continue;
      const owner = { interface: iface };
      const id = pkg.addType({
        name: name.name,
        kind: "foreign",
        owner,
        docs: undefined,
        stability,
        externalId: undefined,
        span: name,
      });
      known.set(name.name, { kind: "type", id, span: name });
    }
  }
}
