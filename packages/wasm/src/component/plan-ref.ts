// A thing by sort and index, as the binary has it -> as the link plan has it.
import type { PlanRef } from "../link/plan.ts";
import type { SortIndex } from "./ast.ts";
import type { ComponentBuilder } from "./plan-builder.ts";
import type { Scope } from "./scope.ts";

/** How the plan names a thing by sort and index. */
export function planRef(scope: Scope, builder: ComponentBuilder, { sort, index }: SortIndex, at: number): PlanRef {
  switch (sort) {
    case "core module":
      return ["module", index];
    case "func":
    case "instance":
    case "component":
      return [sort, index];
    case "type": {
      const type = scope.type(index, at);
      return ["type", type.sort === "resource" ? builder.slotOf(type.id) : -1];
    }
    default:
      return scope.fail(at, `a ${sort} cannot be used here`);
  }
}
