// Errors as the peer meets them: what the other end sent, and results that do not fit.
import type { Reader } from "@tenon/abi";
import { TenonError } from "@tenon/contract/base";
import type { FunctionRef } from "../driver.ts";

/** More than any error needs; JSON is only parsed up to here. */
const MAX_ERROR_BYTES = 256 * 1024;

/** A result that does not fit is a fault of who returned it, not of who called. */
export function outsideContract(thrown: unknown): unknown {
  if (!(thrown instanceof TenonError) || thrown.code !== "value-invalid") return thrown;
  return new Error(`returned a value outside the contract: ${thrown.what}`);
}

/** The refusal of a message by its sender; `what` says how large it is. */
export function messageTooLarge(what: string): TenonError {
  const hint = "raise limits.maxMessageBytes or send less at once";
  return new TenonError("resource-exhausted", what, { hint, sideEffects: "none" });
}

/** The other end's error. Throws protocol-error for one that is too long to look at. */
export function readError(reader: Reader): TenonError {
  checkErrorSize(reader.remaining);
  return parseError(reader.rest());
}

function checkErrorSize(size: number): void {
  if (size > MAX_ERROR_BYTES)
    throw new TenonError("protocol-error", `an error of ${size} bytes arrived, the limit is ${MAX_ERROR_BYTES}`);
}

/** The other end's error as text; text that is not the JSON of one still becomes an error. Throws as `readError`. */
export function parseError(text: string): TenonError {
  checkErrorSize(text.length);
  try {
    return TenonError.fromJSON(JSON.parse(text));
  } catch {
    // A peer without an SDK may send plain text.
    return TenonError.fromJSON({ what: text });
  }
}

/** What a plugin learns of a host function's failure: its text and, if it was an own error, its code; never a stack. */
export function describeHostFailure(thrown: unknown, func: FunctionRef): TenonError {
  if (thrown instanceof TenonError) return thrown;
  const said = TenonError.from(thrown).what;
  return new TenonError("host-function-failed", `${func.path} failed: ${said}`, { call: func.path });
}
