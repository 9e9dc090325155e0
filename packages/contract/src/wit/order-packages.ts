// Bound packages -> the order in which they are linked: each after the packages it depends on.

import type { BoundPackage } from "./bound.ts";
import { Fault, quoted } from "./diagnostic.ts";
import type { Span } from "./source.ts";
import { compareVersions } from "./version.ts";

/** A chain of dependencies longer than this is refused: it would only serve to exhaust the stack. */
const MAX_CHAIN = 1000;

/** Throws a Fault for a package that is there twice, or that depends on itself. */
export function orderPackages(packages: readonly BoundPackage[]): BoundPackage[] {
  const byName = new Map<string, BoundPackage>();
  for (const pkg of packages) {
    const prior = byName.get(pkg.id.text);
    if (prior !== undefined) {
      throw new Fault(
        pkg.id,
        `package ${quoted(pkg.id.text)} is defined in two different locations`,
        undefined,
        prior.id,
      );
    }
    byName.set(pkg.id.text, pkg);
  }
  const done = new Set<BoundPackage>();
  const visiting = new Set<string>();
  const visit = (pkg: BoundPackage): void => {
    if (done.has(pkg)) return;
    for (const [name, span] of pkg.dependencies) {
      if (visiting.has(name)) throw cycle(name, span, pkg);
      if (visiting.size > MAX_CHAIN) throw new Fault(span, `packages depend on each other more than ${MAX_CHAIN} deep`);
      visiting.add(name);
      const target = byName.get(name);
      if (target !== undefined) visit(target);
      visiting.delete(name);
    }
    done.add(pkg);
  };
  for (const pkg of [...byName.values()].sort(compareIds)) visit(pkg);
  return [...done];
}

function cycle(name: string, span: Span, pkg: BoundPackage): Fault {
  const hint =
    pkg.id.text === name
      ? "a package names its own items without its own name"
      : "move what both need into a third package";
  return new Fault(span, `package ${quoted(name)} creates a dependency cycle`, hint);
}

function compareIds({ id: a }: BoundPackage, { id: b }: BoundPackage): number {
  if (a.namespace.name !== b.namespace.name) return a.namespace.name < b.namespace.name ? -1 : 1;
  if (a.name.name !== b.name.name) return a.name.name < b.name.name ? -1 : 1;
  if (a.version === undefined || b.version === undefined)
    return (a.version === undefined ? 0 : 1) - (b.version === undefined ? 0 : 1);
  return compareVersions(a.version, b.version);
}
