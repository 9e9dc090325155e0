// What is wrong with a binary, and where -> the typed error that says so.
import { TenonError, terminalSafe } from "@tenon/contract/core";

const MAX_TEXT = 400;

/**
 * `artifact-invalid` for bytes that are not a well-formed or not a valid binary. `details.offset` is the byte offset
 * in the whole file, `details.kind` is `malformed` (the bytes do not decode) or `invalid` (they decode to nonsense).
 */
export function binaryFault(kind: "malformed" | "invalid", offset: number, what: string): TenonError {
  const text = terminalSafe(what.length > MAX_TEXT ? `${what.slice(0, MAX_TEXT)}...` : what);
  return new TenonError("artifact-invalid", `the binary is ${kind} at byte 0x${offset.toString(16)}: ${text}`, {
    sideEffects: "none",
    details: { offset, kind },
  });
}

/** Whether `thrown` says that bytes do not decode. */
export function isMalformed(thrown: unknown): boolean {
  return thrown instanceof TenonError && (thrown.details as { kind?: string } | undefined)?.kind === "malformed";
}
