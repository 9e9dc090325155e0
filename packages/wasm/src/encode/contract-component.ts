// A contract and core modules that keep its canonical names -> a component, as `wasm-tools component new` makes one.
import { TenonError } from "@tenon/contract/core";
import type { Contract, ContractFunction, ContractInterface, PrimitiveKind, ValueType } from "@tenon/contract/core";
import { text, typeIndex, uleb, vec } from "../binary/encode.ts";
import type { Bytes } from "../binary/encode.ts";
import { ComponentEncoder, funcBytes } from "./component-encoder.ts";
import type { CanonOptions, CoreItemSort, Item } from "./component-encoder.ts";

export interface CoreParts {
  /** Exports `memory` and `cabi_realloc`; instantiated first, because lowered imports need both. */
  readonly memory: Uint8Array;
  /**
   * Imports `env.memory`, `env.cabi_realloc` where it wants them and `<interface>.<function>` for imports; exports
   * `<interface>#<function>`, and `cabi_post_<interface>#<function>` where `postReturn` names it.
   */
  readonly main: Uint8Array;
  readonly postReturn?: readonly string[];
  readonly encoding?: CanonOptions["encoding"];
}

const PRIMITIVES: Readonly<Record<PrimitiveKind, number>> = {
  bool: 0x7f,
  s8: 0x7e,
  u8: 0x7d,
  s16: 0x7c,
  u16: 0x7b,
  s32: 0x7a,
  u32: 0x79,
  s64: 0x78,
  u64: 0x77,
  f32: 0x76,
  f64: 0x75,
  char: 0x74,
  string: 0x73,
  "error-context": 0x64,
};
const NAMED = new Set<ValueType["kind"]>(["record", "variant", "enum", "flags"]);

/** Throws `boundary-unsupported` for contracts with resources or streams. Resources of imports: `moduleComponent`. */
export function componentOf(contract: Contract, parts: CoreParts): Uint8Array {
  const encoder = new ComponentEncoder();
  const memoryModule = encoder.coreModule(parts.memory);
  const libc = encoder.coreInstance(memoryModule);
  const memory = encoder.coreAlias("memory", libc, "memory");
  const realloc = encoder.coreAlias("func", libc, "cabi_realloc");
  const options: CanonOptions = { memory, realloc, ...(parts.encoding !== undefined && { encoding: parts.encoding }) };
  const args: Record<string, number> = {
    env: encoder.coreBag({ memory: ["memory", memory], cabi_realloc: ["func", realloc] }),
  };
  for (const one of contract.imports) args[one.id] = importInterface(encoder, one, options);
  const main = encoder.coreInstance(encoder.coreModule(parts.main), args);
  for (const one of contract.exports)
    exportInterface(encoder, one, { main, options, postReturns: parts.postReturn ?? [] });
  return encoder.finish();
}

/** The type of a resource by `<interface id>#<name>`: its index in the component. */
export type ResourceTypes = Map<string, number>;

/**
 * `known` has the resources of the interfaces that were imported before, and gets those of this one; without it none may be
 * mentioned. `drops` are resources whose handles the module drops, as `[resource-drop]<name>`.
 */
export function importInterface(
  encoder: ComponentEncoder,
  { id, functions, resources }: ContractInterface,
  options: CanonOptions,
  { known, drops = [] }: { readonly known?: ResourceTypes; readonly drops?: readonly string[] } = {},
): number {
  if (known === undefined && resources.length > 0) throw unsupported("resources");
  if (id === "") return importFunctions(encoder, functions, options);
  const decls: Bytes[] = [];
  let count = 0;
  const declare = (bytes: Bytes): number => {
    decls.push(bytes);
    count += 1;
    return count - 1;
  };
  const own = new Map<string, number>();
  for (const name of resources) own.set(`${id}#${name}`, declare([0x04, 0x00, ...text(name), 0x03, 0x01]));
  const types = new TypeWriter(
    (bytes, isNamed) => {
      const index = declare([0x01, ...bytes]);
      // A type that functions mention must have a name: the exported one is a new index.
      return isNamed ? declare([0x04, 0x00, ...text(`t${count}`), 0x03, 0x00, ...uleb(index)]) : index;
    },
    (resource) => {
      const outer = known?.get(resource);
      if (!own.has(resource) && outer !== undefined)
        own.set(resource, declare([0x02, 0x03, 0x02, 0x01, ...uleb(outer)]));
      return own.get(resource);
    },
  );
  for (const func of functions) {
    const type = types.func(func);
    decls.push([0x04, 0x00, ...text(func.name), 0x01, ...uleb(type)]);
  }
  const instance = encoder.import("instance", id, [0x05, ...uleb(encoder.type([0x42, ...vec(decls)]))]);
  for (const name of resources) known?.set(`${id}#${name}`, encoder.alias("type", instance, name));
  const lowered: [string, readonly [CoreItemSort, number]][] = functions.map(({ name }) => [
    name,
    ["func", encoder.lower(encoder.alias("func", instance, name), options)],
  ]);
  for (const name of drops)
    lowered.push([`[resource-drop]${name}`, ["func", encoder.resourceBuiltin("drop", known!.get(`${id}#${name}`)!)]]);
  return encoder.coreBag(Object.fromEntries(lowered));
}

/** Functions of the world itself; what they mention is imported under names that nobody else has. */
function importFunctions(
  encoder: ComponentEncoder,
  functions: readonly ContractFunction[],
  options: CanonOptions,
): number {
  const types = new TypeWriter((bytes, isNamed) => {
    const index = encoder.type(bytes);
    return isNamed ? encoder.import("type", typeName("import", index), [0x03, 0x00, ...uleb(index)]) : index;
  });
  const lowered = functions.map((func): [string, readonly [CoreItemSort, number]] => {
    const made = encoder.import("func", func.name, [0x01, ...uleb(types.func(func))]);
    return [func.name, ["func", encoder.lower(made, options)]];
  });
  return encoder.coreBag(Object.fromEntries(lowered));
}

function typeName(side: string, index: number): string {
  return `tenon-${side}-type-t${index}`;
}

/** What the functions of an export are made of: those of the core instance `main`. */
export interface ExportParts {
  readonly main: number;
  readonly options: CanonOptions;
  readonly postReturns: readonly string[];
  /** Resources of imports, which it may mention. Default none. */
  readonly known?: ResourceTypes;
}

/** Throws `boundary-unsupported` for an interface with resources of its own. */
export function exportInterface(
  encoder: ComponentEncoder,
  { id, functions, resources }: ContractInterface,
  { main, options, postReturns, known }: ExportParts,
): void {
  if (resources.length > 0) throw unsupported("resources");
  const exports: Record<string, Item> = {};
  const types = new TypeWriter(
    (bytes, isNamed) => {
      const index = encoder.type(bytes);
      if (!isNamed) return index;
      if (id === "") return encoder.export(typeName("export", index), ["type", index]);
      exports[`t${index}`] = ["type", index];
      return index;
    },
    (resource) => known?.get(resource),
  );
  for (const func of functions) {
    const type = types.func(func);
    const name = id === "" ? func.name : `${id}#${func.name}`;
    const core = encoder.coreAlias("func", main, name);
    const postReturn = postReturns.includes(name) ? encoder.coreAlias("func", main, `cabi_post_${name}`) : undefined;
    const lifted = encoder.lift(core, type, { ...options, ...(postReturn !== undefined && { postReturn }) });
    if (id === "") encoder.export(func.name, ["func", lifted]);
    else exports[func.name] = ["func", lifted];
  }
  if (id === "") return;
  encoder.export(id, ["instance", encoder.bag(exports)]);
}

function unsupported(what: string): TenonError {
  return new TenonError("boundary-unsupported", `the encoder does not write ${what}`);
}

/** Writes each type with parts once; `define` adds a type definition and gives the index by which it is used. */
class TypeWriter {
  readonly #define: (bytes: Bytes, isNamed: boolean) => number;
  readonly #resource: (resource: string) => number | undefined;
  readonly #known = new Map<string, number>();

  constructor(
    define: (bytes: Bytes, isNamed: boolean) => number,
    resource: (resource: string) => number | undefined = () => undefined,
  ) {
    this.#define = define;
    this.#resource = resource;
  }

  func({ params, result }: ContractFunction): number {
    const labelled = params.map(({ name, type }) => [name, this.#ref(type)] as const);
    return this.#define(funcBytes(labelled, result === undefined ? undefined : this.#ref(result)), false);
  }

  #ref(type: ValueType): Bytes {
    const primitive = PRIMITIVES[type.kind as PrimitiveKind];
    if (primitive !== undefined) return [primitive];
    const bytes = this.#definition(type);
    const key = bytes.join();
    let index = this.#known.get(key);
    if (index === undefined) this.#known.set(key, (index = this.#define(bytes, NAMED.has(type.kind))));
    return typeIndex(index);
  }

  #optional(type: ValueType | undefined): Bytes {
    return type === undefined ? [0x00] : [0x01, ...this.#ref(type)];
  }

  #definition(type: ValueType): Bytes {
    switch (type.kind) {
      case "record":
        return [0x72, ...vec(type.fields.map((field) => [...text(field.name), ...this.#ref(field.type)]))];
      case "variant":
        return [0x71, ...vec(type.cases.map((one) => [...text(one.name), ...this.#optional(one.type), 0x00]))];
      case "list":
        if (type.length === undefined) return [0x70, ...this.#ref(type.element)];
        return [0x67, ...this.#ref(type.element), ...uleb(type.length)];
      case "tuple":
        return [0x6f, ...vec(type.items.map((item) => this.#ref(item)))];
      case "flags":
        return [0x6e, ...vec(type.flags.map(text))];
      case "enum":
        return [0x6d, ...vec(type.cases.map(text))];
      case "option":
        return [0x6b, ...this.#ref(type.item)];
      case "result":
        return [0x6a, ...this.#optional(type.ok), ...this.#optional(type.err)];
      case "map":
        return [0x63, ...this.#ref(type.key), ...this.#ref(type.value)];
      case "own":
      case "borrow": {
        const resource = this.#resource(type.resource);
        if (resource === undefined) throw unsupported(`handles of ${type.resource}`);
        return [type.kind === "own" ? 0x69 : 0x68, ...uleb(resource)];
      }
      default:
        throw unsupported(`the type ${type.kind}`);
    }
  }
}
