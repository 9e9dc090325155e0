// One unit of generated code of the canonical ABI: functions for checking, storing and loading by type, and addresses.
import type { ValueType } from "@tenon/contract/core";
import { Generator, text } from "../generate.ts";
import { isPrototypeKey } from "../mapping.ts";
import { typeFacts } from "../type-facts.ts";
import type { StringEncoding } from "./env.ts";
import type { CoreType } from "./flatten.ts";
import type { PointerWidth } from "./layout.ts";

/** Core values of the cases of cases are spelled out inline; types with more than this many are left to the closures. */
const MAX_FLAT_NODES = 1000;

/** Thrown while code is written that would become too long. */
export class TooLarge extends Error {}

export class Unit {
  readonly encoding: StringEncoding;
  /** Bytes of a pointer in the memory. */
  readonly pointer: PointerWidth;
  /** Whether the texts that are lowered are looked up among those of the call before (known-texts.ts). */
  readonly knowsTexts: boolean;
  private readonly generator = new Generator();
  private readonly ids = new Map<ValueType, number>();
  private nodes = 0;

  /** `lowered` are the types of the values that are lowered together. */
  constructor(encoding: StringEncoding, pointer: PointerWidth, lowered: readonly ValueType[]) {
    this.encoding = encoding;
    this.pointer = pointer;
    this.knowsTexts = encoding === "utf8" && lowered.some((type) => typeFacts(type).hasTextLists);
  }

  /** The pointer and the count of a list at an address, as arguments; wide pointers are addresses of the machine. */
  pair(at: string): readonly [pointer: string, count: string] {
    if (this.pointer === 4) return [cell("u32", 4, at), cell("u32", 4, `${at}+4`)];
    const [low, high, count] = [at, `${at}+4`, `${at}+8`].map((part) => cell("u32", 4, part));
    const long = `${count}+${cell("u32", 4, `${at}+12`)}*4294967296`;
    return [`c.offsetOf(${low},${high},${long})`, long];
  }

  /** The name of the function that does `what` for a type; `write` gives its parameters and body the first time. */
  functionFor(what: string, type: ValueType, write: () => string): string {
    return this.generator.functionFor(`${what} ${this.idOf(type)}`, write);
  }

  /** The name of a function that does not depend on a type. */
  helper(what: string, write: () => string): string {
    return this.generator.functionFor(what, write);
  }

  constant(value: unknown): string {
    return this.generator.constant(value);
  }

  compile<T>(result: string): T {
    return this.generator.compile<T>(result);
  }

  /** Counts one value that is spelled out inline. Throws `TooLarge` past the limit. */
  node(): void {
    this.nodes += 1;
    if (this.nodes > MAX_FLAT_NODES) throw new TooLarge();
  }

  private idOf(type: ValueType): number {
    const found = this.ids.get(type);
    if (found !== undefined) return found;
    this.ids.set(type, this.ids.size);
    return this.ids.size - 1;
  }
}

/** `p` or `p+8`. */
export function address(base: string, offset: number): string {
  return offset === 0 ? base : `${base}+${offset}`;
}

const SHIFTS: Readonly<Record<number, string>> = { 1: "", 2: ">>>1", 4: ">>>2", 8: ">>>3" };

/** The element of a typed array view at an address: `c.u32[p+8>>>2]`. Addresses may pass 2^31, so the shift is unsigned. */
export function cell(view: string, width: number, at: string): string {
  return `c.${view}[${at}${SHIFTS[width]}]`;
}

/** A read of one field of `v`: names like `constructor` count only as own properties. */
export function fieldOf(key: string): string {
  return isPrototypeKey(key) ? `(Object.hasOwn(v,${text(key)})?v[${text(key)}]:undefined)` : `v[${text(key)}]`;
}

/** A key of an object literal; computed, because a plain `"__proto__":` would set the prototype. */
export function literalKey(key: string): string {
  return key === "__proto__" ? `["__proto__"]` : text(key);
}

/** The declaration of the slots of a row, each with the zero of its type. */
export function declareSlots(slots: readonly CoreType[]): string {
  if (slots.length === 0) return "";
  return `let ${slots.map((core, index) => `x${index}=${core === "i64" ? "0n" : "0"}`).join(",")};`;
}
