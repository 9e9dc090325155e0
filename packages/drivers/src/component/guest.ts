// A link plan with compiled modules -> one instance with the contract's functions on it.
import { camelCase, functionLabel, pascalCase } from "@tenon/contract/core";
import type { FunctionRef, OpenContext } from "@tenon/host/driver";
import { GuestHandle, instantiate, isSameInterface } from "@tenon/wasm";
import type { HostImport, LinkPlan, LinkedComponent, WasmModule } from "@tenon/wasm";
import { importsOf } from "./imports.ts";
import type { CallClock } from "./imports.ts";

/** What instances are made of. */
export interface ComponentSource {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
  readonly context: Pick<OpenContext, "exports" | "imports" | "hostFunctions" | "limits">;
  readonly extraImports: Readonly<Record<string, HostImport>>;
  readonly maxHandles: number | undefined;
}

type Call = (...args: unknown[]) => unknown;

/** One instance. After a trap it is spent: the next call needs another one. */
export class ComponentGuest {
  readonly functions: readonly Call[];
  readonly clock: CallClock = { deadline: Infinity };
  readonly #linked: LinkedComponent;

  /** Throws function-missing for imports that are not supplied and plugin-trap when the component traps at its start. */
  constructor({ plan, modules, context, extraImports, maxHandles }: ComponentSource) {
    const imports = importsOf(plan, context, extraImports, this.clock);
    const linked = instantiate(plan, modules, imports, {
      limits: { maxBytes: context.limits.maxMessageBytes },
      ...(maxHandles !== undefined && { maxHandles }),
    });
    this.functions = context.exports.map((func) => lazily(() => functionOf(plan, linked, func)));
    defineClasses(plan, linked, context.exports);
    this.#linked = linked;
  }

  /** It trapped; nobody knows what state it is in. */
  get isSpent(): boolean {
    return this.#linked.trap !== undefined;
  }

  get isRunning(): boolean {
    return this.#linked.isRunning;
  }
}

/** Codecs are generated when a function is first called: most functions of a contract never are. */
function lazily(make: () => Call): Call {
  let made: Call | undefined;
  return (...args) => (made ??= make())(...args);
}

function exportedId(plan: LinkPlan, wanted: string): string {
  return plan.world.exports.find(({ id }) => isSameInterface(id, wanted))?.id ?? wanted;
}

function functionOf(plan: LinkPlan, linked: LinkedComponent, func: FunctionRef): Call {
  const found = linked.func(exportedId(plan, func.interface.id), func.function.name);
  if (found === undefined) throw new Error(`${func.path} was checked and is not there`);
  return found;
}

/** Resources of the plugin are objects with their methods on them. */
function defineClasses(plan: LinkPlan, linked: LinkedComponent, exports: readonly FunctionRef[]): void {
  for (const owner of new Set(exports.map((func) => func.interface))) {
    for (const name of owner.resources) {
      const resource = linked.resource(exportedId(plan, owner.id), name);
      if (resource === undefined) continue;
      const Resource = { [pascalCase(name)]: class extends GuestHandle {} }[pascalCase(name)]!;
      for (const func of exports) {
        if (func.interface !== owner || func.function.kind !== "method" || func.function.resource !== name) continue;
        const call = lazily(() => functionOf(plan, linked, func));
        const key = camelCase(functionLabel(func.function.name));
        Object.defineProperty(Resource.prototype, key, {
          value(this: GuestHandle, ...args: unknown[]) {
            return call(this, ...args);
          },
        });
      }
      resource.guestClass = Resource;
    }
  }
}
