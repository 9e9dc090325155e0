// Values of host code -> nothing, or the error that names the first part that does not fit; before the guest is entered.
import { TenonError } from "@tenon/contract/core";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import { explain } from "../validate.ts";
import { isTaggedOption, readerOf, recordKeys } from "../mapping.ts";
import { typeFacts } from "../type-facts.ts";
import type { Context } from "./context.ts";
import { casesOf } from "./layout.ts";
import type { CasesType } from "./layout.ts";
import { casePicker, caseValue } from "./store.ts";
import type { Row } from "./row.ts";
import { signatureOf } from "./signature.ts";

/** Throws `value-invalid` as the validator does, `handle-invalid` where the handle codec knows that it would refuse. */
export function checkRow(context: Context, row: Row, values: readonly unknown[]): void {
  explain(row, values);
  if (context.handles.check === undefined && context.streams.check === undefined) return;
  for (const [index, type] of row.types.entries()) checkHandles(context, type, values[index]);
}

function checkHandles(context: Context, type: ValueType, value: unknown): void {
  if (!typeFacts(type).hasHandles) return;
  switch (type.kind) {
    case "own":
    case "borrow":
      context.checkHandle(value, type);
      return;
    case "stream":
    case "future":
      context.checkStream(value, type);
      return;
    case "record":
      for (const [index, key] of recordKeys(type.fields).entries())
        checkHandles(
          context,
          (type.fields[index] as { type: ValueType }).type,
          readerOf(key)(value as Record<string, unknown>),
        );
      return;
    case "tuple":
      for (const [index, item] of type.items.entries())
        checkHandles(context, item, (value as readonly unknown[])[index]);
      return;
    case "list":
      for (const item of value as readonly unknown[]) checkHandles(context, type.element, item);
      return;
    case "map":
      for (const [, item] of value as Map<unknown, unknown>) checkHandles(context, type.value, item);
      return;
    case "option":
      if (value === undefined) return;
      if (!isTaggedOption(type.item)) return checkHandles(context, type.item, value);
      return checkCase(context, type, value);
    case "result":
    case "variant":
      return checkCase(context, type, value);
    default:
  }
}

function checkCase(context: Context, type: CasesType, value: unknown): void {
  const payload = casesOf(type)[casePicker(type)(value)]?.type;
  if (payload !== undefined) checkHandles(context, payload, caseValue(type, value));
}

/** Checks what a host function returned: a misfit is a fault of the host function, whatever the guest did. */
export function checkResult(context: Context, fn: ContractFunction, name: string, value: unknown): void {
  const { result } = signatureOf(fn);
  try {
    checkRow(context, result, fn.result === undefined && value === undefined ? [] : [value]);
  } catch (thrown) {
    if (!(thrown instanceof TenonError) || thrown.code !== "value-invalid") throw thrown;
    const isPromise = typeof (value as { readonly then?: unknown } | undefined)?.then === "function";
    throw new TenonError("host-function-failed", `${name} returned what the contract does not allow: ${thrown.what}`, {
      hint: isPromise ? "return the value, not a promise: this call is synchronous" : thrown.hint,
      call: name,
      cause: thrown,
    });
  }
}

/** The error for what a host function threw. A TenonError stays itself: a nested instance's trap, a denied capability. */
export function hostError(thrown: unknown, name: string): TenonError {
  if (thrown instanceof TenonError) return thrown;
  return new TenonError("host-function-failed", `${name} failed: ${TenonError.from(thrown).what}`, {
    call: name,
    cause: thrown,
  });
}
