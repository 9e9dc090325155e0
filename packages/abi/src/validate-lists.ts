// The check of numeric lists: their own typed array as it is, or a plain array element by element.
import type { ValueType } from "@tenon/contract/core";
import { typedArrayName } from "./describe.ts";
import { numericArray } from "./mapping.ts";
import type { NumericArrayType } from "./mapping.ts";
import { expected, inside, visit } from "./misfit.ts";
import type { Check } from "./misfit.ts";

export function checkNumericList(element: ValueType, length: number | undefined, check: Check): Check {
  const { name } = numericArray(element) as NumericArrayType;
  const size = length === undefined ? "" : ` of ${length}`;
  return (value) => {
    const isTyped = typedArrayName(value) === name;
    if (!isTyped && !Array.isArray(value)) return expected(`a ${name} or array${size}`, value);
    const list = value as ArrayLike<unknown>;
    if (length !== undefined && list.length !== length) {
      return { path: "", what: `expected a ${name} or array of ${length}, got one of ${list.length}` };
    }
    if (isTyped) return undefined;
    visit(list.length);
    for (let index = 0; index < list.length; index++) {
      const misfit = check(list[index]);
      if (misfit !== undefined) return inside(misfit, `[${index}]`);
    }
    return undefined;
  };
}
