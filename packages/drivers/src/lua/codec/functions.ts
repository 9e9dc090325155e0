// The functions of a contract -> what pushes their arguments and reads their results, made once per contract.
import { createValidator, typeFacts } from "@tenon/abi";
import type { Validator } from "@tenon/abi";
import { camelCase, TenonError } from "@tenon/contract/core";
import type { Contract, ValueType } from "@tenon/contract/core";
import type { FunctionRef } from "@tenon/host/driver";
import { Keys } from "./keys.ts";
import { Lifting } from "./lift.ts";
import { quickCheck } from "./quick-check.ts";
import { scalarKind, scalarKinds } from "./scalars.ts";
import type { Lift } from "./lift.ts";
import { Lowering } from "./lower.ts";
import { LuaMisfit } from "./misfit.ts";

interface LowerPart {
  /** Of the parameter in error messages. */
  readonly name: string;
  /** Whether a value is surely of the type; what else it is, or what is wrong with it, `check` says. */
  readonly fits: (value: unknown) => boolean;
  readonly check: Validator;
  readonly lower: ReturnType<Lowering["of"]>;
}

/** A function that the plugin exports. */
export interface ExportCodec {
  readonly func: FunctionRef;
  readonly params: readonly LowerPart[];
  readonly result: Lift | undefined;
  /** As `scalarKinds`, of the parameters, with one more than the `scalarKind` of the result from bit 8 on. */
  readonly kinds: number | undefined;
  /** Of a scalar result: the value that crossed as a float, or what is wrong with it. */
  readonly fromScalar: ((value: number) => unknown) | undefined;
  /** Stack slots beyond what every function has; 0 for most. */
  readonly slots: number;
}

/** A function that the host offers. */
export interface ImportCodec {
  readonly func: FunctionRef;
  readonly params: readonly { readonly name: string; readonly lift: Lift }[];
  readonly result: LowerPart | undefined;
  /** As `scalarKind`, of the result. */
  readonly resultKind: number | undefined;
  /** Whether a number is the only argument as it is; undefined where there are others, or it is no number. */
  readonly takesNumber: ((value: number) => boolean) | undefined;
  readonly slots: number;
}

export interface ContractCodec {
  readonly exports: readonly ExportCodec[];
  readonly imports: readonly ImportCodec[];
  readonly keys: Uint8Array;
}

/** Slots that one level of a value takes at most: the table, a key, a value, and one to spare. */
const SLOTS_PER_LEVEL = 4;
const known = new WeakMap<Contract, ContractCodec>();

/** Throws boundary-unsupported for a contract with resources or streams. */
export function codecOf(
  contract: Contract,
  exports: readonly FunctionRef[],
  imports: readonly FunctionRef[],
): ContractCodec {
  const found = known.get(contract);
  if (found !== undefined) return found;
  const keys = new Keys();
  const lowering = new Lowering(keys);
  const lifting = new Lifting(keys);
  const lowerPart = (name: string, type: ValueType): LowerPart => ({
    name,
    fits: quickCheck(type),
    check: createValidator(type),
    lower: lowering.of(type),
  });
  const made: ContractCodec = {
    exports: exports.map((func) =>
      inFunction(func, ({ params, result }) => ({
        func,
        params: params.map(({ name, type }) => lowerPart(camelCase(name), type)),
        result: result && lifting.of(result),
        kinds: shapeOf(func),
        fromScalar: result && scalarReader(result),
        slots: slotsOf(func),
      })),
    ),
    imports: imports.map((func) =>
      inFunction(func, ({ params, result }) => ({
        func,
        params: params.map(({ name, type }) => ({ name: camelCase(name), lift: lifting.of(type) })),
        result: result && lowerPart("result", result),
        resultKind: scalarKind(result),
        takesNumber: params.length === 1 ? numberTaker(params[0]!.type) : undefined,
        slots: slotsOf(func),
      })),
    ),
    keys: keys.bytes,
  };
  known.set(contract, made);
  return made;
}

function shapeOf({ function: { params, result } }: FunctionRef): number | undefined {
  const kinds = scalarKinds(params.map(({ type }) => type));
  const kind = scalarKind(result);
  return kinds === undefined || kind === undefined ? kinds : kinds | ((kind + 1) << 8);
}

function scalarReader(type: ValueType): ((value: number) => unknown) | undefined {
  const fits = quickCheck(type);
  switch (scalarKind(type)) {
    case 0:
      return (value) => {
        if (!fits(value)) throw new LuaMisfit(`expected ${type.kind}, got number ${value}`);
        return value;
      };
    case 1:
      return (value) => value;
    case 2:
      return (value) => value === 1;
    default:
      return undefined;
  }
}

function numberTaker(type: ValueType): ((value: number) => boolean) | undefined {
  const kind = scalarKind(type);
  if (kind === 0) return quickCheck(type);
  return kind === 1 ? (value) => !Number.isNaN(value) : undefined;
}

function slotsOf({ function: { params, result } }: FunctionRef): number {
  const depths = [...params.map(({ type }) => type), ...(result === undefined ? [] : [result])].map(
    (type) => typeFacts(type).depth,
  );
  return params.length + SLOTS_PER_LEVEL * (Math.max(0, ...depths) + 1);
}

function inFunction<T>(func: FunctionRef, make: (func: FunctionRef["function"]) => T): T {
  try {
    if (func.function.resource !== undefined) {
      throw new TenonError("boundary-unsupported", "a Lua plugin cannot have resources", {
        hint: "use another boundary for this contract, or pass an id in place of the handle",
        sideEffects: "none",
      });
    }
    return make(func.function);
  } catch (thrown) {
    const error = TenonError.from(thrown);
    throw new TenonError(error.code, `${func.path}: ${error.what}`, { hint: error.hint, sideEffects: "none" });
  }
}
