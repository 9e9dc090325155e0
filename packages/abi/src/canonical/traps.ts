// What goes wrong while values cross a memory -> the error that the caller sees.
import { TenonError } from "@tenon/contract/core";

/** The guest broke the canonical ABI: the sentence says where and how. */
export function trap(what: string): never {
  throw new TenonError("plugin-trap", what);
}

/** A type of the contract that the canonical ABI has no layout for. */
export function refuseLayout(what: string, hint: string): never {
  throw new TenonError("boundary-unsupported", `the canonical ABI does not carry ${what}`, {
    hint,
    sideEffects: "none",
  });
}

/** What the engine says of each kind of trap, in the words of V8; `details.trap` of the error has the kind. */
const TRAP_KINDS: readonly (readonly [kind: string, text: RegExp])[] = [
  ["unreachable", /^unreachable/],
  ["memory-out-of-bounds", /^memory access out of bounds/],
  ["divide-by-zero", /^(divide|remainder) by zero/],
  ["integer-overflow", /^divide result unrepresentable/],
  ["invalid-conversion", /^float unrepresentable/],
  ["table-out-of-bounds", /^table (index|access|element)/],
  // V8 does not tell a null element from one of another type.
  ["indirect-call-mismatch", /signature mismatch/],
  ["null-reference", /null (pointer|reference)/],
  ["segment-out-of-bounds", /segment/],
];

/**
 * Anything thrown while the guest ran, as the caller sees it. A TenonError (of a host function, of a nested instance) stays
 * itself; an engine's trap, exception or stack overflow becomes `plugin-trap` with the engine's words, and the kind of a
 * trap as `details.trap`.
 */
export function trapError(thrown: unknown, call?: string): TenonError {
  if (thrown instanceof TenonError) return thrown.with({ call });
  const trap = trapKind(thrown);
  const hint = trap === STACK_OVERFLOW ? { hint: STACK_HINT } : {};
  return TenonError.from(thrown, "plugin-trap", { call, ...(trap !== undefined && { details: { trap } }), ...hint });
}

const STACK_OVERFLOW = "stack-overflow";
const STACK_HINT = "the plugin recursed too deeply, or was called from a deep stack of the host";

/** The kind of a trap, `other` for one that has no name here; undefined for what is no trap of the engine's. */
function trapKind(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message)) return STACK_OVERFLOW;
  if (thrown.name !== "RuntimeError") return undefined;
  return TRAP_KINDS.find(([, text]) => text.test(thrown.message))?.[0] ?? "other";
}
