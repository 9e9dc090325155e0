// One interface's syntax tree -> its types and functions in the package's lists.

import { docsOf, stabilityOf } from "./annotations.ts";
import type { InterfaceItem, Prefix } from "./ast.ts";
import { bindFunction, bindResourceFunction } from "./bind-functions.ts";
import { TypeScope } from "./bind-types.ts";
import type { PackageScope } from "./package-scope.ts";

export function bindInterface(pkg: PackageScope, id: number, items: readonly InterfaceItem[], prefix: Prefix): void {
  const target = pkg.bound.interfaces[id];
  if (target === undefined) return;
  target.docs = docsOf(prefix.docs);
  target.stability = stabilityOf(prefix.attributes);
  const scope = new TypeScope(pkg, { interface: id });
  // Names found before a fault stay known, so that other interfaces can use them.
  pkg.interfaceNames[id] = scope.names;
  scope.bindAll(items.filter((item) => item.kind !== "function"));
  for (const [name, entry] of scope.names) if (entry.kind === "type") target.types.set(name, entry.id);
  for (const item of items) {
    if (item.kind === "function") {
      scope.define(item.name, { kind: "function", span: item.name });
      const func = bindFunction(scope, item);
      target.functions.set(func.def.name, func);
    } else if (item.kind === "type" && item.body.kind === "resource") {
      for (const member of item.body.functions) {
        const func = bindResourceFunction(scope, member, item.name, pkg.bound.types);
        target.functions.set(func.def.name, func);
      }
    }
  }
}
