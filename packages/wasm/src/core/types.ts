// The type section of core wasm -> types with an identity: equal types, also of several modules, are one object.
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";

/** `i32`, `f64`, `v128`, or a reference such as `(ref null func)` or `(ref null 12)`, where 12 is the type's identity. */
export type CoreValueType = string;

/** One defined type. Two are the same type exactly if they are the same object of one table. */
export interface CoreType {
  readonly id: number;
  readonly kind: "func" | "struct" | "array" | "cont";
  readonly params: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
  /** Identities of all declared supertypes, nearest first. */
  readonly supers: readonly number[];
}

const NUMBERS: Readonly<Record<number, CoreValueType>> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };
const HEAPS: Readonly<Record<number, string>> = {
  0x73: "nofunc",
  0x72: "noextern",
  0x74: "noexn",
  0x75: "nocont",
  0x71: "none",
  0x70: "func",
  0x6f: "extern",
  0x6e: "any",
  0x6d: "eq",
  0x6c: "i31",
  0x6b: "struct",
  0x6a: "array",
  0x69: "exn",
  0x68: "cont",
};
const MAX_GROUP = 10_000;
const MAX_PARTS = 10_000;

interface RawType {
  readonly kind: CoreType["kind"];
  readonly key: string;
  readonly params: CoreValueType[];
  readonly results: CoreValueType[];
  readonly supers: readonly number[];
}

/** Interns core types; one table serves all modules of a component. */
export class CoreTypeTable {
  readonly #groups = new Map<string, CoreType[]>();
  readonly #types: CoreType[] = [];

  /** Reads one `rectype` (core spec, binary/types) and adds its types to the index space `space`. */
  readGroup(reader: BinaryReader, space: CoreType[]): void {
    const first = space.length;
    const isGroup = reader.peek() === 0x4e;
    if (isGroup) reader.u8("a recursion group");
    const count = isGroup ? reader.count("types of a group", MAX_GROUP) : 1;
    const raw: RawType[] = [];
    for (let index = 0; index < count; index++) raw.push(this.#readSub(reader, space, first, first + count));
    const key = `${isGroup ? "rec" : ""}${raw.map((one) => one.key).join(";")}`;
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = this.#intern(raw)));
    space.push(...group);
  }

  /** A function type that no binary spells out, such as that of a canonical builtin. */
  func(params: readonly CoreValueType[], results: readonly CoreValueType[]): CoreType {
    const key = `sub final ${funcKey(params, results)}`;
    const known = this.#groups.get(key)?.[0];
    if (known !== undefined) return known;
    const made = this.#intern([{ kind: "func", key, params: [...params], results: [...results], supers: [] }]);
    this.#groups.set(key, made);
    return made[0] as CoreType;
  }

  /** Reads a value type; `space` gives the types that references may name. */
  readValueType(reader: BinaryReader, space: readonly CoreType[]): CoreValueType {
    return this.#valueType(reader, space, Infinity, Infinity);
  }

  #intern(raw: readonly RawType[]): CoreType[] {
    const base = this.#types.length;
    // Within its group a type names the others by place (`rec.1`); outside of it they have identities.
    const named = (type: CoreValueType): CoreValueType =>
      type.replace(/rec\.(\d+)/, (_, place: string) => String(base + Number(place)));
    const group = raw.map((one, index) => {
      const supers = one.supers.flatMap((id) => {
        const above = id < 0 ? base - 1 - id : id;
        return [above, ...(this.#types[above]?.supers ?? [])];
      });
      const { kind, params, results } = one;
      return { id: base + index, kind, params: params.map(named), results: results.map(named), supers };
    });
    this.#types.push(...group);
    return group;
  }

  #readSub(reader: BinaryReader, space: readonly CoreType[], first: number, end: number): RawType {
    const form = reader.peek();
    if (form !== 0x50 && form !== 0x4f) {
      const type = this.#readComposite(reader, space, first, end);
      return { ...type, key: `sub final ${type.key}`, supers: [] };
    }
    reader.u8("a subtype");
    const supers = reader.vec(
      "supertypes",
      () => {
        const at = reader.at;
        const index = reader.u32("a supertype");
        const known = space[index];
        if (known !== undefined) return known.id;
        return index >= first && index < end ? -1 - (index - first) : reader.fail(`type ${index} is not there`, at);
      },
      MAX_PARTS,
    );
    const type = this.#readComposite(reader, space, first, end);
    const above = supers.map((id) => (id < 0 ? `rec.${-1 - id}` : id)).join(",");
    return { ...type, key: `sub ${form === 0x4f ? "final " : ""}[${above}] ${type.key}`, supers };
  }

  #readComposite(
    reader: BinaryReader,
    space: readonly CoreType[],
    first: number,
    end: number,
  ): Omit<RawType, "supers"> {
    const at = reader.at;
    const form = reader.u8("a type");
    const value = (): CoreValueType => this.#valueType(reader, space, first, end);
    if (form === 0x60) {
      const params = reader.vec("parameters", value, MAX_PARTS);
      const results = reader.vec("results", value, MAX_PARTS);
      return { kind: "func", key: funcKey(params, results), params, results };
    }
    const field = (): string => {
      const packed = reader.peek() === 0x78 ? "i8" : reader.peek() === 0x77 ? "i16" : undefined;
      if (packed !== undefined) reader.u8("a packed type");
      return `${packed ?? value()}${reader.flag("mutability") ? " mut" : ""}`;
    };
    if (form === 0x5f) {
      return {
        kind: "struct",
        key: `struct(${reader.vec("fields", field, MAX_PARTS).join(" ")})`,
        params: [],
        results: [],
      };
    }
    if (form === 0x5e) return { kind: "array", key: `array(${field()})`, params: [], results: [] };
    if (form === 0x5d)
      return { kind: "cont", key: `cont(${this.#heapType(reader, space, first, end)})`, params: [], results: [] };
    return reader.fail(`expected a function, struct or array type, found ${hex(form)}`, at);
  }

  #valueType(reader: BinaryReader, space: readonly CoreType[], first: number, end: number): CoreValueType {
    const at = reader.at;
    const code = reader.u8("a value type");
    const number = NUMBERS[code];
    if (number !== undefined) return number;
    if (code === 0x7b) return "v128";
    if (code === 0x63) return `(ref null ${this.#heapType(reader, space, first, end)})`;
    if (code === 0x64) return `(ref ${this.#heapType(reader, space, first, end)})`;
    const heap = HEAPS[code];
    return heap === undefined ? reader.fail(`expected a value type, found ${hex(code)}`, at) : `(ref null ${heap})`;
  }

  #heapType(reader: BinaryReader, space: readonly CoreType[], first: number, end: number): string {
    const at = reader.at;
    const code = reader.s33("a heap type");
    if (code < 0) return HEAPS[code + 0x80] ?? reader.fail(`expected a heap type, found ${hex(code + 0x80)}`, at);
    if (code >= first && code < end) return `rec.${code - first}`;
    const type = space[code];
    return type === undefined ? reader.fail(`type ${code} is not there`, at) : String(type.id);
  }
}

/** `(i32 i32) -> (i64)` */
export function funcKey(params: readonly CoreValueType[], results: readonly CoreValueType[]): string {
  return `(${params.join(" ")}) -> (${results.join(" ")})`;
}
