// What the host supplies, by the names that a component imports -> items that the linker takes, each of the kind it should be.
import { TenonError } from "@tenon/contract/core";
import type { HostFunction } from "@tenon/abi/canonical";
import type { Scheduler } from "../async/scheduler.ts";
import { hostFunc } from "./functions.ts";
import type { OwnerGate } from "./gates.ts";
import type { LinkItem } from "./items.ts";
import type { LinkPlan, PlanNeed } from "./plan.ts";
import { RuntimeResource } from "./resources.ts";

/** A resource type that the host implements: `accepts` says which objects are of it. Dropping calls their `Symbol.dispose`. */
export interface HostResource {
  readonly resource: { readonly accepts?: (value: object) => boolean };
}
/** A function of the host; the component's types say what it is called with. */
export type HostCallable = (...args: never[]) => unknown;
/**
 * What the host supplies for one import, by the names that the component uses: a function, the functions and resources
 * of an interface, a compiled core module, or something that another component exports (`LinkedComponent.item`).
 */
export type HostImport = HostCallable | HostResource | HostInterface | LinkItem;
export interface HostInterface {
  readonly [name: string]: HostImport;
}

/**
 * The imports of a plan as items of the linker. Throws `function-missing` for one that is not there (naming its path),
 * `config-invalid` for one of the wrong kind.
 */
export function importsOf(
  plan: LinkPlan,
  imports: Readonly<Record<string, HostImport>> | ReadonlyMap<string, HostImport>,
  scheduler: Scheduler,
  owner: OwnerGate | undefined,
): ReadonlyMap<string, LinkItem> {
  const args = new Map<string, LinkItem>();
  const importing = { args, scheduler, owner };
  for (const op of plan.components[0]?.ops ?? []) {
    if (op.op !== "import") continue;
    const given = imports instanceof Map ? imports.get(op.name) : own(imports as HostInterface, op.name);
    addImport(importing, args, op.name, given, op.need, op.name);
  }
  return args;
}

interface Importing {
  readonly args: Map<string, LinkItem>;
  readonly scheduler: Scheduler;
  readonly owner: OwnerGate | undefined;
}

function own(from: HostInterface, name: string): HostImport | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

function isItem(value: unknown): value is LinkItem {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

function isHostResource(value: HostImport): value is HostResource {
  return typeof value === "object" && "resource" in value && typeof value.resource === "object" && !isItem(value);
}

/** Adds one import under `name` to `into`: the imports themselves, or the exports of an imported instance. */
function addImport(
  importing: Importing,
  into: Map<string, LinkItem>,
  name: string,
  given: HostImport | undefined,
  need: PlanNeed,
  path: string,
): void {
  if (need.kind === "instance" && given !== undefined && !isItem(given)) {
    if (typeof given !== "object") return wrongKind("interface", path);
    const exports = new Map<string, LinkItem>();
    // It is there before it is whole: its parts may name each other.
    into.set(name, { kind: "instance", exports });
    for (const [part, one] of need.exports) {
      addImport(importing, exports, part, own(given as HostInterface, part), one, `${path}.${part}`);
    }
  } else into.set(name, importItem(importing, given, need, path));
}

function importItem(
  { args, scheduler, owner }: Importing,
  given: HostImport | undefined,
  need: PlanNeed,
  path: string,
): LinkItem {
  if (need.kind === "type") return { kind: "type", resource: undefined };
  if (need.kind === "resource" && need.as !== undefined && !isItem(given)) return itemAt(args, need.as);
  if (given === undefined) {
    throw new TenonError(
      "function-missing",
      `the component imports the ${need.kind} \`${path}\`, which is not supplied`,
      {
        hint: "supply it, or load the component into a host that does",
        sideEffects: "none",
      },
    );
  }
  if (isItem(given))
    return given.kind === (need.kind === "resource" ? "type" : need.kind) ? given : wrongKind(need.kind, path);
  switch (need.kind) {
    case "func":
      return typeof given === "function"
        ? hostFunc(path, given as HostFunction, scheduler, owner)
        : wrongKind("function", path);
    case "resource": {
      const accepts = isHostResource(given) ? given.resource.accepts : undefined;
      return { kind: "type", resource: RuntimeResource.ofHost(path, accepts) };
    }
    default:
      return wrongKind(need.kind, path);
  }
}

function itemAt(args: ReadonlyMap<string, LinkItem>, path: readonly string[]): LinkItem {
  const [first = "", ...rest] = path;
  let item = args.get(first);
  for (const name of rest) item = item?.kind === "instance" ? item.exports.get(name) : undefined;
  return item ?? { kind: "type", resource: undefined };
}

function wrongKind(wanted: string, path: string): never {
  throw new TenonError("config-invalid", `the import \`${path}\` must be a ${wanted}`, { sideEffects: "none" });
}
