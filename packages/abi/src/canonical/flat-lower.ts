// A type -> a closure that lowers its values to core values; the portable twin of generate-flat-lower.ts.
// component-model CanonicalABI.md, section "Flat Lowering".
import type { ValueType } from "@tenon/contract/core";
import { readerOf, recordKeys } from "../mapping.ts";
import type { Context } from "./context.ts";
import { widen } from "./core-values.ts";
import type { CoreValue, StringEncoding } from "./env.ts";
import { flattenType } from "./flatten.ts";
import type { CoreType } from "./flatten.ts";
import { codeOf, coreOf, isScalar } from "./forms.ts";
import { casesOf } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { casePicker, caseValue, flagsPacker, storeListOf } from "./store.ts";
import type { StoreList } from "./store.ts";
import { stringStorer } from "./strings.ts";

/** Writes the core values of one value into their slots; slots that a case does not use keep their zero. */
export type FlatLower = (context: Context, value: unknown, out: CoreValue[]) => void;

/** Builds the closures of one row of slots. `wants` are the types of the slots. */
export class FlatLowerBuilder {
  private readonly wants: readonly CoreType[];
  private readonly encoding: StringEncoding;
  private readonly made = new Map<ValueType, Map<number, FlatLower>>();

  constructor(wants: readonly CoreType[], encoding: StringEncoding) {
    this.wants = wants;
    this.encoding = encoding;
  }

  /** The closure for a type whose first slot is `at`. */
  of(type: ValueType, at: number): FlatLower {
    const ofType = this.made.get(type) ?? new Map<number, FlatLower>();
    this.made.set(type, ofType);
    const found = ofType.get(at);
    if (found !== undefined) return found;
    const made = this.make(type, at);
    ofType.set(at, made);
    return made;
  }

  private make(type: ValueType, at: number): FlatLower {
    switch (type.kind) {
      case "record": {
        const keys = recordKeys(type.fields);
        const reads = keys.map(readerOf);
        return this.parts(
          type.fields.map((field) => field.type),
          (value, index) => (reads[index] as (typeof reads)[0])(value as Record<string, unknown>),
          at,
        );
      }
      case "tuple":
        return this.parts(type.items, itemOf, at);
      case "list":
        if (type.length === undefined) return this.pointer(storeListOf(type, this.encoding), at);
        return this.parts(
          Array.from({ length: type.length }, () => type.element),
          itemOf,
          at,
        );
      case "string":
        return this.pointer(stringStorer(this.encoding) as StoreList, at);
      case "map":
        return this.pointer(storeListOf(type, this.encoding), at);
      case "option":
      case "result":
      case "variant":
      case "enum":
        return this.cases(type, at);
      default:
        return this.one(type, at);
    }
  }

  private parts(types: readonly ValueType[], read: (value: unknown, index: number) => unknown, at: number): FlatLower {
    let next = at;
    const parts = types.map((type) => {
      const part = this.of(type, next);
      next += flattenType(type).length;
      return part;
    });
    return (context, value, out) => {
      for (let index = 0; index < parts.length; index++) (parts[index] as FlatLower)(context, read(value, index), out);
    };
  }

  private pointer(store: StoreList, at: number): FlatLower {
    const first = widen("i32", this.wants[at] as CoreType);
    const second = widen("i32", this.wants[at + 1] as CoreType);
    return (context, value, out) => {
      out[at] = first(store(context, value));
      out[at + 1] = second(context.units);
    };
  }

  private cases(type: CasesType, at: number): FlatLower {
    const cases = casesOf(type);
    const pick = casePicker(type);
    const toSlot = widen("i32", this.wants[at] as CoreType);
    return (context, value, out) => {
      const index = pick(value);
      out[at] = toSlot(index);
      // Made when the case first occurs: the cases of cases of a foreign type may be more than memory holds.
      const payload = cases[index]?.type;
      if (payload !== undefined) this.of(payload, at + 1)(context, caseValue(type, value), out);
    };
  }

  private one(type: ValueType, at: number): FlatLower {
    const lower = lowerOne(type);
    const toSlot = widen(coreOf(type.kind), this.wants[at] as CoreType);
    return (context, value, out) => {
      out[at] = toSlot(lower(context, value));
    };
  }
}

function itemOf(value: unknown, index: number): unknown {
  return (value as readonly unknown[])[index];
}

/** A value that is one core value. */
function lowerOne(type: ValueType): (context: Context, value: unknown) => CoreValue {
  switch (type.kind) {
    case "bool":
      return (_context, value) => (value === true ? 1 : 0);
    case "char":
      return (_context, value) => codeOf(value as string);
    case "flags": {
      const pack = flagsPacker(type.flags);
      return (_context, value) => pack(value);
    }
    case "own":
    case "borrow":
      return (context, value) => context.lowerHandle(value, type);
    case "stream":
    case "future":
      return (context, value) => context.lowerStream(value, type);
    case "error-context":
      return (context, value) => context.lowerErrorContext(value as string);
    default:
      if (!isScalar(type.kind)) throw new TypeError(`${type.kind} is not one core value`);
      return (_context, value) => value as CoreValue;
  }
}
