// The named types of two snapshots -> the changes in what their names stand for, as far as no function's comparison says.
import type { HandleType } from "../model.ts";
import type { TypeComparison } from "./compare-types.ts";
import type { Findings, Report } from "./findings.ts";
import { resourceKey } from "./same-type.ts";
import { interfaceKey } from "./keys.ts";
import type { NamedType, ResourceRef, Snapshot } from "./snapshot.ts";
import { isSameName, scopesOf } from "./structural.ts";
import { shortName, typeText } from "./type-text.ts";

type Side = HandleType["owner"];

/** Runs after all functions were compared with the same `types` and `findings`. */
export class NameComparison {
  readonly #types: TypeComparison;
  readonly #findings: Findings;

  constructor(types: TypeComparison, findings: Findings) {
    this.#types = types;
    this.#findings = findings;
  }

  /** Types by name: components import and export them, and generated code has them, whoever uses them. */
  compare(side: Side): void {
    const { before, after } = this.#types;
    const [olds, news] = [scopesOf(before, side), scopesOf(after, side)];
    const others = new Map(news.map((scope) => [interfaceKey(scope.id), scope]));
    const known = new Map(olds.map((scope) => [interfaceKey(scope.id), scope]));
    const typesOnly = { conversion: "total", how: "nothing is called there" } as const;
    for (const [key, { types }] of known) {
      const now = others.get(key)?.types;
      if (now === undefined) {
        const path = shortName(key);
        if (side === "host" && key !== "" && !this.#findings.has("IMPORT_IFACE_NO_DELETE", path))
          this.#findings.add({ rule: "IMPORT_IFACE_NO_DELETE", path, before: "interface", ...typesOnly });
        if (key !== "") continue;
      }
      for (const [label, type] of types)
        this.#compareName(side, key, label, [type, now?.get(label)], [types, now ?? new Map<string, NamedType>()]);
    }
    for (const [key, { types }] of others) {
      const was = known.get(key)?.types;
      const place = shortName(key);
      if (side === "host") continue;
      if (was === undefined && key !== "") {
        const isReported =
          this.#findings.has("EXPORT_IFACE_NO_ADD_REQUIRED", place) || this.#findings.has("EXPORT_IFACE_NO_ADD", place);
        if (!isReported)
          this.#findings.add({ rule: "EXPORT_IFACE_NO_ADD", path: place, after: "interface", ...typesOnly });
        continue;
      }
      for (const [label, type] of types) {
        const path = `${shortName(key)}#${label}`;
        if (
          was?.has(label) ||
          this.#findings.has("TYPE_NO_RENAME", path) ||
          this.#findings.has("EXPORT_TYPE_NO_ADD", path)
        )
          continue;
        const after = type.kind === "resource" ? "resource" : typeText(type, this.#types.after);
        this.#findings.add({
          rule: "EXPORT_TYPE_NO_ADD",
          path,
          after,
          conversion: "total",
          how: "values have no type names",
        });
      }
    }
  }

  #compareName(
    side: Side,
    key: string,
    label: string,
    [type, other]: readonly [NamedType, NamedType | undefined],
    [olds, news]: readonly [ReadonlyMap<string, NamedType>, ReadonlyMap<string, NamedType>],
  ): void {
    const path = `${shortName(key)}#${label}`;
    const add = (report: Pick<Report, "rule" | "path" | "before" | "after">): void =>
      void this.#findings.add({ ...report, conversion: "total", how: "values have no type names" });
    const text = (one: NamedType, snapshot: Snapshot): string =>
      one.kind === "resource"
        ? `resource ${one.resource.slice(one.resource.indexOf("#") + 1)}`
        : typeText(one, snapshot);
    if (other !== undefined) {
      const isReported =
        type.kind !== "resource" && this.#types.visited.has(this.#types.before.types.get(type)?.name ?? "");
      if (isOtherOwner(type, other))
        this.#findings.add({
          rule: "RESOURCE_OWNER_SAME",
          path,
          before: `of the ${type.owner}`,
          after: `of the ${type.owner === "host" ? "plugin" : "host"}`,
          conversion: "incompatible",
          how: "a handle of the other side's resource is no such handle",
        });
      else if (!isReported && !isSameName(type, other, this.#types.same))
        add({ rule: "TYPE_SAME", path, before: text(type, this.#types.before), after: text(other, this.#types.after) });
      return;
    }
    if (this.#findings.has("RESOURCE_NO_DELETE", path)) return;
    const renamed = [...news].find(([name, one]) => !olds.has(name) && isSameName(type, one, this.#types.same))?.[0];
    if (renamed !== undefined)
      add({ rule: "TYPE_NO_RENAME", path: `${shortName(key)}#${renamed}`, before: label, after: renamed });
    else if (side === "host") add({ rule: "IMPORT_TYPE_NO_DELETE", path, before: text(type, this.#types.before) });
  }
}

/** Whether both are one resource, made by the one side before and by the other one after. */
function isOtherOwner(a: NamedType, b: NamedType): a is ResourceRef {
  return (
    a.kind === "resource" &&
    b.kind === "resource" &&
    a.owner !== b.owner &&
    resourceKey({ ...a, owner: b.owner }) === resourceKey(b)
  );
}
