// A type -> a closure that lifts its values from core values; the portable twin of generate-flat-lift.ts.
// component-model CanonicalABI.md, section "Flat Lifting".
import type { PrimitiveKind, ValueType } from "@tenon/contract/core";
import { numericArray, recordKeys, setField } from "../mapping.ts";
import { slotCost, typeFacts } from "../type-facts.ts";
import type { Context } from "./context.ts";
import { narrow } from "./core-values.ts";
import type { CoreValue, StringEncoding } from "./env.ts";
import { flattenType } from "./flatten.ts";
import type { CoreType } from "./flatten.ts";
import { badCase, charFrom, coreOf } from "./forms.ts";
import { casesOf } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { caseMaker, flagsUnpacker, loadListOf, loadMapOf } from "./load.ts";
import type { LoadList } from "./load.ts";
import { stringLoader } from "./strings.ts";

/** Reads one value from its slots. */
export type FlatLift = (context: Context, flat: readonly CoreValue[]) => unknown;

/** Builds the closures of one row of slots. `haves` are the types of the slots. */
export class FlatLiftBuilder {
  private readonly haves: readonly CoreType[];
  private readonly encoding: StringEncoding;
  private readonly made = new Map<ValueType, Map<number, FlatLift>>();

  constructor(haves: readonly CoreType[], encoding: StringEncoding) {
    this.haves = haves;
    this.encoding = encoding;
  }

  /** The closure for a type whose first slot is `at`. */
  of(type: ValueType, at: number): FlatLift {
    const ofType = this.made.get(type) ?? new Map<number, FlatLift>();
    this.made.set(type, ofType);
    const found = ofType.get(at);
    if (found !== undefined) return found;
    const made = this.make(type, at);
    ofType.set(at, made);
    return made;
  }

  private make(type: ValueType, at: number): FlatLift {
    switch (type.kind) {
      case "record": {
        const keys = recordKeys(type.fields);
        const lift = this.parts(
          type.fields.map((field) => field.type),
          at,
        );
        return (context, flat) => {
          const record: Record<string, unknown> = {};
          for (const [index, value] of lift(context, flat).entries()) setField(record, keys[index] as string, value);
          return record;
        };
      }
      case "tuple":
        return this.parts(type.items, at);
      case "list":
        if (type.length !== undefined) return this.fixedList(type.element, type.length, at);
        return this.pointer(loadListOf(type.element, this.encoding), at);
      case "map":
        return this.pointer(loadMapOf(type.key, type.value, this.encoding), at);
      case "string":
        return this.pointer(stringLoader(this.encoding), at);
      case "option":
      case "result":
      case "variant":
      case "enum":
        return this.cases(type, at);
      default:
        return this.one(type, at);
    }
  }

  private parts(types: readonly ValueType[], at: number): (context: Context, flat: readonly CoreValue[]) => unknown[] {
    let next = at;
    const parts = types.map((type) => {
      const part = this.of(type, next);
      next += flattenType(type).length;
      return part;
    });
    return (context, flat) => parts.map((part) => part(context, flat));
  }

  private fixedList(element: ValueType, length: number, at: number): FlatLift {
    const lift = this.parts(
      Array.from({ length }, () => element),
      at,
    );
    const array = numericArray(element);
    const cost = array === undefined ? slotCost(element) : array.width;
    return (context, flat) => {
      context.budget.chargeList(length, cost);
      const values = lift(context, flat);
      if (array === undefined) return values;
      const list = array.create(length);
      for (const [index, value] of values.entries()) list[index] = value as number;
      return list;
    };
  }

  private pointer(load: LoadList, at: number): FlatLift {
    const [first, second] = [this.fromSlot(at, "i32"), this.fromSlot(at + 1, "i32")];
    return (context, flat) => load(context, (first(flat) as number) >>> 0, (second(flat) as number) >>> 0);
  }

  private cases(type: CasesType, at: number): FlatLift {
    const cases = casesOf(type);
    const make = caseMaker(type);
    const read = this.fromSlot(at, "i32");
    return (context, flat) => {
      const index = (read(flat) as number) >>> 0;
      if (index >= cases.length) badCase(index, cases.length);
      // Made when the case first occurs: the cases of cases of a foreign type may be more than memory holds.
      const payload = cases[index]?.type;
      if (payload === undefined) return make(index, undefined);
      context.budget.charge(typeFacts(payload).fixedCost);
      return make(index, this.of(payload, at + 1)(context, flat));
    };
  }

  private one(type: ValueType, at: number): FlatLift {
    const read = this.fromSlot(at, coreOf(type.kind));
    switch (type.kind) {
      case "flags": {
        const unpack = flagsUnpacker(type.flags);
        return (_context, flat) => unpack(read(flat) as number);
      }
      case "own":
      case "borrow":
        return (context, flat) => context.liftHandle(read(flat) as number, type);
      case "stream":
      case "future":
        return (context, flat) => context.liftStream(read(flat) as number, type);
      case "error-context":
        return (context, flat) => context.liftErrorContext(read(flat) as number);
      default: {
        const lift = liftScalar(type.kind as PrimitiveKind);
        return (_context, flat) => lift(read(flat));
      }
    }
  }

  private fromSlot(at: number, want: CoreType): (flat: readonly CoreValue[]) => CoreValue {
    const convert = narrow(this.haves[at] as CoreType, want);
    return (flat) => convert(flat[at] as CoreValue);
  }
}

/** High bits that the type does not use are ignored ("lift_flat_unsigned", "lift_flat_signed"). */
function liftScalar(kind: PrimitiveKind): (core: CoreValue) => unknown {
  switch (kind) {
    case "bool":
      return (core) => core !== 0;
    case "u8":
      return (core) => (core as number) & 0xff;
    case "s8":
      return (core) => ((core as number) << 24) >> 24;
    case "u16":
      return (core) => (core as number) & 0xffff;
    case "s16":
      return (core) => ((core as number) << 16) >> 16;
    case "u32":
      return (core) => (core as number) >>> 0;
    case "s32":
      return (core) => (core as number) | 0;
    case "u64":
      return (core) => BigInt.asUintN(64, core as bigint);
    case "char":
      return (core) => charFrom(core as number);
    default:
      return (core) => core;
  }
}
