// Definitions, one after another -> a component's bytes, with every index counted (component-model Binary.md).
import { COMPONENT_HEADER, section, text, uleb, vec } from "../binary/encode.ts";
import type { Bytes } from "../binary/encode.ts";

export type ItemSort = "module" | "func" | "type" | "component" | "instance";
export type CoreItemSort = "func" | "table" | "memory" | "global";
export interface CanonOptions {
  readonly encoding?: "utf8" | "utf16" | "latin1+utf16";
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
  readonly isAsync?: true;
  readonly callback?: number;
}

const SORTS: Readonly<Record<ItemSort, Bytes>> = {
  module: [0x00, 0x11],
  func: [0x01],
  type: [0x03],
  component: [0x04],
  instance: [0x05],
};
const CORE_SORTS: Readonly<Record<CoreItemSort, number>> = { func: 0, table: 1, memory: 2, global: 3 };
const ENCODINGS = { utf8: 0, utf16: 1, "latin1+utf16": 2 };

/** An item by sort and index. */
export type Item = readonly [sort: ItemSort, index: number];

/** Each method adds one definition and gives its index. Nothing is checked: wrong components can be made, too. */
export class ComponentEncoder {
  readonly #bytes: number[] = [...COMPONENT_HEADER];
  readonly #counts = new Map<string, number>();

  /** Adds a section as it is, and one item to the index space `space`. */
  define(space: string, id: number, content: Bytes): number {
    for (const byte of section(id, content)) this.#bytes.push(byte);
    const index = this.#counts.get(space) ?? 0;
    this.#counts.set(space, index + 1);
    return index;
  }

  custom(name: string, content: Bytes = []): void {
    this.define("custom", 0, [...text(name), ...content]);
  }

  coreModule(bytes: Uint8Array): number {
    return this.define("module", 1, [...bytes]);
  }

  coreInstance(module: number, args: Readonly<Record<string, number>> = {}): number {
    const named = Object.entries(args).map(([name, instance]) => [...text(name), 0x12, ...uleb(instance)]);
    return this.define("core instance", 2, [1, 0x00, ...uleb(module), ...vec(named)]);
  }

  coreBag(exports: Readonly<Record<string, readonly [CoreItemSort, number]>>): number {
    const named = Object.entries(exports).map(([name, [sort, index]]) => [
      ...text(name),
      CORE_SORTS[sort],
      ...uleb(index),
    ]);
    return this.define("core instance", 2, [1, 0x01, ...vec(named)]);
  }

  coreAlias(sort: CoreItemSort, instance: number, name: string): number {
    return this.define(`core ${sort}`, 6, [1, 0x00, CORE_SORTS[sort], 0x01, ...uleb(instance), ...text(name)]);
  }

  component(bytes: Uint8Array): number {
    return this.define("component", 4, [...bytes]);
  }

  instance(component: number, args: Readonly<Record<string, Item>> = {}): number {
    const named = Object.entries(args).map(([name, item]) => [...text(name), ...itemBytes(item)]);
    return this.define("instance", 5, [1, 0x00, ...uleb(component), ...vec(named)]);
  }

  bag(exports: Readonly<Record<string, Item>>): number {
    const named = Object.entries(exports).map(([name, item]) => [0x00, ...text(name), ...itemBytes(item)]);
    return this.define("instance", 5, [1, 0x01, ...vec(named)]);
  }

  alias(sort: ItemSort, instance: number, name: string): number {
    return this.define(sort, 6, [1, ...SORTS[sort], 0x00, ...uleb(instance), ...text(name)]);
  }

  outer(sort: ItemSort, count: number, index: number): number {
    return this.define(sort, 6, [1, ...SORTS[sort], 0x02, ...uleb(count), ...uleb(index)]);
  }

  type(bytes: Bytes): number {
    return this.define("type", 7, [1, ...bytes]);
  }

  resource(dtor?: number): number {
    return this.type([0x3f, 0x7f, ...(dtor === undefined ? [0x00] : [0x01, ...uleb(dtor)])]);
  }

  lift(core: number, type: number, options: CanonOptions = {}): number {
    return this.define("func", 8, [1, 0x00, 0x00, ...uleb(core), ...optionBytes(options), ...uleb(type)]);
  }

  lower(func: number, options: CanonOptions = {}): number {
    return this.define("core func", 8, [1, 0x01, 0x00, ...uleb(func), ...optionBytes(options)]);
  }

  resourceBuiltin(what: "new" | "drop" | "rep", type: number): number {
    return this.define("core func", 8, [1, { new: 2, drop: 3, rep: 4 }[what], ...uleb(type)]);
  }

  /** A builtin by its bytes, such as `[0x1f]` for `waitable-set.new`. */
  builtin(bytes: Bytes): number {
    return this.define("core func", 8, [1, ...bytes]);
  }

  /** `type` is an `externtype`: `[0x01, index]` for a function, `[0x05, index]` for an instance. */
  import(sort: ItemSort, name: string, type: Bytes): number {
    return this.define(sort, 10, [1, 0x00, ...text(name), ...type]);
  }

  /** An export also makes a new item. */
  export(name: string, item: Item): number {
    return this.define(item[0], 11, [1, 0x00, ...text(name), ...itemBytes(item), 0x00]);
  }

  /** An export with a type of its own in place of the item's. */
  exportAs(name: string, item: Item, type: Bytes): number {
    return this.define(item[0], 11, [1, 0x00, ...text(name), ...itemBytes(item), 0x01, ...type]);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function itemBytes([sort, index]: Item): Bytes {
  return [...SORTS[sort], ...uleb(index)];
}

function optionBytes({ encoding, memory, realloc, postReturn, isAsync, callback }: CanonOptions): Bytes {
  const options: Bytes[] = [];
  if (encoding !== undefined) options.push([ENCODINGS[encoding]]);
  if (memory !== undefined) options.push([3, ...uleb(memory)]);
  if (realloc !== undefined) options.push([4, ...uleb(realloc)]);
  if (postReturn !== undefined) options.push([5, ...uleb(postReturn)]);
  if (isAsync === true) options.push([6]);
  if (callback !== undefined) options.push([7, ...uleb(callback)]);
  return vec(options);
}

/** `(func (param ..) (result ..))`; types are codes of primitives such as `[0x79]`, or indices. */
export function funcBytes(params: readonly (readonly [string, Bytes])[], result?: Bytes, isAsync = false): Bytes {
  const labelled = params.map(([name, type]) => [...text(name), ...type]);
  return [isAsync ? 0x43 : 0x40, ...vec(labelled), ...(result === undefined ? [0x01, 0x00] : [0x00, ...result])];
}
