// Several components -> one running set, in which one's imports are served by another's exports.
import { TenonError } from "@tenon/contract/core";
import type { WasmModule } from "../webassembly.ts";
import { checkInterface, isSameInterface } from "./check-contract.ts";
import { instantiate } from "./instantiate.ts";
import type { HostImport } from "./host-imports.ts";
import type { InstantiateOptions, LinkedComponent } from "./instantiate.ts";
import type { LinkPlan } from "./plan.ts";

export interface ComposePart {
  /** Names the component in errors, and in what `compose` gives. */
  readonly name: string;
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
}

/**
 * Instantiates components that need each other, whatever their order. An import is served by the one other component
 * that exports the interface, else by `imports`. Types are checked before anything runs. Throws `config-invalid` when
 * two components export what is needed or when components need each other in a circle, `contract-mismatch` when an
 * export has not the type that is asked for, and what `instantiate` throws.
 */
export function compose(
  parts: readonly ComposePart[],
  imports: Readonly<Record<string, HostImport>> = {},
  options: InstantiateOptions = {},
): ReadonlyMap<string, LinkedComponent> {
  const links = linksOf(parts);
  const made = new Map<string, LinkedComponent>();
  const open = new Set<string>();
  const make = (part: ComposePart): LinkedComponent => {
    const done = made.get(part.name);
    if (done !== undefined) return done;
    if (open.has(part.name)) throw refused(`${[...open, part.name].join(" -> ")} need each other in a circle`);
    open.add(part.name);
    const own = new Map<string, HostImport>(Object.entries(imports));
    for (const { name, from, exported } of links.get(part) ?? []) {
      const item = make(from).exports.get(exported);
      if (item !== undefined) own.set(name, item);
    }
    open.delete(part.name);
    const linked = instantiate(part.plan, part.modules, own, options);
    made.set(part.name, linked);
    return linked;
  };
  for (const part of parts) make(part);
  return made;
}

interface Link {
  readonly name: string;
  readonly from: ComposePart;
  readonly exported: string;
}

function linksOf(parts: readonly ComposePart[]): ReadonlyMap<ComposePart, readonly Link[]> {
  const names = new Set(parts.map(({ name }) => name));
  if (names.size < parts.length) throw refused("two components to compose have the same name");
  return new Map(parts.map((part) => [part, linksInto(part, parts)]));
}

function linksInto(part: ComposePart, parts: readonly ComposePart[]): Link[] {
  const links: Link[] = [];
  for (const wanted of part.plan.world.imports) {
    if (wanted.id === "") continue;
    const offers = parts
      .filter((one) => one !== part)
      .flatMap((from) => {
        const given = from.plan.world.exports.find((one) => isSameInterface(one.id, wanted.id));
        return given === undefined ? [] : [{ from, given }];
      });
    if (offers.length > 1) {
      throw refused(
        `${offers.map(({ from }) => from.name).join(" and ")} both export ${wanted.id}, which ${part.name} imports`,
      );
    }
    for (const { from, given } of offers) {
      checkInterface(given, wanted, "import");
      links.push({ name: wanted.id, from, exported: given.id });
    }
  }
  return links;
}

function refused(what: string): TenonError {
  return new TenonError("config-invalid", what, { sideEffects: "none", hint: "compose the components in another way" });
}
