// Two snapshots, the older and the newer -> every change between them: what plugins built for the older one meet in a host
// that speaks the newer one.
import type { ContractFunction, ContractInterface, HandleType } from "../model.ts";
import { compareGates } from "./compare-gates.ts";
import { NameComparison } from "./compare-names.ts";
import { compareParams } from "./compare-fields.ts";
import { TypeComparison, type Place } from "./compare-types.ts";
import { Findings, type Direction, type Finding } from "./findings.ts";
import { functionMembers, matchMembers } from "./members.ts";
import { movedFunctions, withoutFunctions } from "./moves.ts";
import type { RuleId } from "./rules.ts";
import { createSameType, type SameType } from "./same-type.ts";
import { functionKey, interfaceKey } from "./keys.ts";
import type { Snapshot } from "./snapshot.ts";
import { isStructural, sideOf } from "./structural.ts";
import { shortName } from "./type-text.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

type Side = HandleType["owner"];

export interface ContractDiff {
  /** What a host of the newer contract can do with plugins of the older one. */
  readonly verdict: Verdict;
  /** Whether the component model's own type check accepts the pair: then no finding breaks components. */
  readonly isStructural: boolean;
  readonly findings: readonly Finding[];
  /** What came or went without breaking anybody, one line each. */
  readonly additions: readonly string[];
}

/** Throws `resource-exhausted` for contracts whose anonymous types double beyond any use. */
export function diffSnapshots(before: Snapshot, after: Snapshot): ContractDiff {
  return new Diff(before, after).run();
}

class Diff {
  readonly #before: Snapshot;
  readonly #after: Snapshot;
  readonly #same: SameType = createSameType();
  readonly #findings = new Findings();
  readonly #types: TypeComparison;
  readonly #additions: string[] = [];

  constructor(before: Snapshot, after: Snapshot) {
    this.#before = before;
    this.#after = after;
    this.#types = new TypeComparison(before, after, this.#same, this.#findings);
  }

  run(): ContractDiff {
    const [a, b] = [this.#before, this.#after];
    for (const side of ["plugin", "host"] as const) this.#compareSide(side);
    // After all functions: what they use is reported there.
    const names = new NameComparison(this.#types, this.#findings);
    for (const side of ["plugin", "host"] as const) names.compare(side);
    for (const report of compareGates(a, b)) this.#findings.add(report);
    const findings = this.#findings.list();
    const isExact = a.contract.digest === b.contract.digest;
    const fits = isStructural(a, b, this.#same);
    // Digests do not count the names of types, by which components link and code is generated.
    const verdict = verdictOf(isExact && fits, fits, findings);
    return { verdict, isStructural: fits, findings, additions: this.#additions };
  }

  #gone(rule: RuleId, path: string, text: string): void {
    this.#findings.add({ rule, path, before: text, conversion: "incompatible", how: "nothing stands in for it" });
  }

  #compareSide(side: Side): void {
    const [before, after] = [sideOf(this.#before.contract, side), sideOf(this.#after.contract, side)];
    const keyed = (list: readonly ContractInterface[]) => list.map((one) => ({ name: interfaceKey(one.id), one }));
    const moved = this.#compareMoved(side, before, after);
    const [olds, news] = [before, after].map((list) => list.map((one) => withoutFunctions(one, moved))) as [
      ContractInterface[],
      ContractInterface[],
    ];
    const match = matchMembers(keyed(olds), keyed(news));
    for (const { a, b } of match.pairs)
      this.#compareInterface(side, olds[a] as ContractInterface, news[b] as ContractInterface);
    for (const index of match.deleted) {
      const { id, functions, resources } = olds[index] as ContractInterface;
      const path = shortName(interfaceKey(id));
      if (side === "plugin")
        this.#additions.push(`plugins need not export ${path || "the world's functions"} any more`);
      // Of an interface that has moved as a whole, types may be left: names are compared later.
      else if (functions.length + resources.length > 0 || before[index]?.functions.length === 0)
        this.#gone("IMPORT_IFACE_NO_DELETE", path, "interface");
    }
    for (const index of match.added) {
      const one = news[index] as ContractInterface;
      const { id } = one;
      const path = shortName(interfaceKey(id));
      if (side === "host") this.#additions.push(`the host offers the interface ${path}`);
      else if (id === "" || one.functions.length !== after[index]?.functions.length)
        this.#compareInterface(side, { id, key: "", functions: [], resources: [], digest: "" }, one);
      else this.#required(interfaceKey(id), path, "interface", ["EXPORT_IFACE_NO_ADD", "EXPORT_IFACE_NO_ADD_REQUIRED"]);
    }
  }

  /** Whether the function of a key, an old or a new one, has moved; those have been compared then. */
  #compareMoved(
    side: Side,
    olds: readonly ContractInterface[],
    news: readonly ContractInterface[],
  ): (key: string) => boolean {
    const moved = movedFunctions(
      { snapshot: this.#before, interfaces: olds },
      { snapshot: this.#after, interfaces: news },
    );
    const [before, after] = [functionsByKey(olds), functionsByKey(news)];
    for (const [old, now] of moved) {
      const path = shortName(now);
      this.#findings.add({
        rule: "FUNC_NO_MOVE",
        path,
        before: shortName(old),
        after: path,
        conversion: "total",
        how:
          side === "plugin" ? "the host calls each plugin in the place it knows" : "plugins call it where they know it",
      });
      this.#compareFunction(side, path, before.get(old) as ContractFunction, after.get(now) as ContractFunction);
    }
    const keys = new Set([...moved.keys(), ...moved.values()]);
    return (key) => keys.has(key);
  }

  /** Something that plugins have to export now. */
  #required(key: string, path: string, after: string, [optional, required]: readonly [RuleId, RuleId]): void {
    const isOptional = this.#after.items.get(key)?.notes.optional === true;
    this.#findings.add(
      isOptional
        ? { rule: optional, path, after, conversion: "total", how: "it counts as absent" }
        : {
            rule: required,
            path,
            after,
            conversion: "incompatible",
            how: "no plugin built for the older contract has it",
          },
    );
  }

  #compareInterface(side: Side, a: ContractInterface, b: ContractInterface): void {
    const match = matchMembers(functionMembers(this.#before, a), functionMembers(this.#after, b));
    const goneResources = a.resources.filter((name) => !b.resources.includes(name));
    const newResources = b.resources.filter((name) => !a.resources.includes(name));
    const path = (id: string, name: string): string => shortName(functionKey(id, name));
    if (side === "host") {
      for (const name of goneResources)
        this.#gone("RESOURCE_NO_DELETE", `${shortName(interfaceKey(a.id))}#${name}`, `resource ${name}`);
      for (const name of newResources) this.#additions.push(`the host offers the resource ${path(b.id, name)}`);
    } else
      for (const name of newResources) {
        this.#findings.add({
          rule: "EXPORT_TYPE_NO_ADD",
          path: `${shortName(interfaceKey(b.id))}#${name}`,
          after: `resource ${name}`,
          conversion: "incompatible",
          how: "no plugin built for the older contract has it",
        });
      }
    for (const pair of match.pairs) {
      const [before, after] = [a.functions[pair.a] as ContractFunction, b.functions[pair.b] as ContractFunction];
      if (pair.isRenamed)
        this.#findings.add({
          rule: "FUNC_SAME_NAME",
          path: path(b.id, after.name),
          before: before.name,
          after: after.name,
          conversion: "total",
          how: "the host calls each plugin by the name it knows",
        });
      this.#compareFunction(side, path(b.id, after.name), before, after);
    }
    const changedKind = new Set<string>();
    for (const index of match.deleted) {
      const before = a.functions[index] as ContractFunction;
      if (before.resource !== undefined && goneResources.includes(before.resource)) continue;
      const other = match.added
        .map((at) => b.functions[at] as ContractFunction)
        .find((one) => localName(one.name) === localName(before.name));
      if (other !== undefined) {
        changedKind.add(other.name);
        this.#findings.add({
          rule: "FUNC_SAME_KIND",
          path: path(b.id, other.name),
          before: before.name,
          after: other.name,
          conversion: "incompatible",
          how: "nothing makes the one of the other",
        });
      } else if (side === "plugin") this.#additions.push(`plugins need not export ${path(a.id, before.name)} any more`);
      else this.#goneFunction(a, before, path(a.id, before.name));
    }
    for (const index of match.added) {
      const { name, resource } = b.functions[index] as ContractFunction;
      if (changedKind.has(name) || (resource !== undefined && newResources.includes(resource))) continue;
      if (side === "host") this.#additions.push(`the host offers the function ${path(b.id, name)}`);
      else
        this.#required(functionKey(b.id, name), path(b.id, name), name, [
          "EXPORT_FUNC_NO_ADD",
          "EXPORT_FUNC_NO_ADD_REQUIRED",
        ]);
    }
  }

  #goneFunction({ id }: ContractInterface, func: ContractFunction, path: string): void {
    const isNewIn = (one: ContractInterface): boolean =>
      interfaceKey(one.id) !== interfaceKey(id) &&
      one.functions.some(({ name }) => name === func.name) &&
      !this.#before.contract.imports.some(
        (old) => interfaceKey(old.id) === interfaceKey(one.id) && old.functions.some(({ name }) => name === func.name),
      );
    const now = this.#after.contract.imports.find(isNewIn);
    if (now === undefined || func.resource !== undefined)
      return this.#gone(
        func.resource === undefined ? "IMPORT_FUNC_NO_DELETE" : "RESOURCE_METHOD_NO_DELETE",
        path,
        func.name,
      );
    const after = shortName(functionKey(now.id, func.name));
    this.#findings.add({
      rule: "FUNC_NO_MOVE",
      path,
      before: path,
      after,
      conversion: "incompatible",
      how: "nobody looks for it in its new place",
    });
  }

  #compareFunction(side: Side, path: string, a: ContractFunction, b: ContractFunction): void {
    const word = ({ isAsync }: ContractFunction): string => (isAsync ? "async func" : "func");
    if (a.isAsync !== b.isAsync) {
      const isWaiting = side === "plugin" ? b.isAsync : a.isAsync;
      this.#findings.add({
        rule: "FUNC_SAME_ASYNC",
        path,
        before: word(a),
        after: word(b),
        conversion: isWaiting ? "total" : "incompatible",
        how: isWaiting ? "the side that calls may wait for an answer that is there" : "the side that calls cannot wait",
      });
    }
    const ways: readonly [Direction, Direction] = side === "plugin" ? ["in", "out"] : ["out", "in"];
    const place: Place = { path, rule: "PARAM_SAME_TYPE", direction: ways[0], use: path };
    compareParams(this.#types, a.params, b.params, place);
    this.#types.compare(a.result, b.result, {
      path: `${path} -> result`,
      rule: "RESULT_SAME_TYPE",
      direction: ways[1],
      use: path,
    });
  }
}

function functionsByKey(interfaces: readonly ContractInterface[]): ReadonlyMap<string, ContractFunction> {
  return new Map(
    interfaces.flatMap(({ id, functions }) => functions.map((func) => [functionKey(id, func.name), func] as const)),
  );
}

/** `[method]counter.bump` -> `counter.bump` */
function localName(name: string): string {
  return name.slice(name.indexOf("]") + 1);
}
