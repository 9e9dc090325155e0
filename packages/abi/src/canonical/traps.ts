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

/**
 * Anything thrown while the guest ran, as the caller sees it. A TenonError (of a host function, of a nested instance) stays
 * itself; an engine's trap, exception or stack overflow becomes `plugin-trap` with the engine's words.
 */
export function trapError(thrown: unknown, call: string): TenonError {
  if (thrown instanceof TenonError) return thrown.with({ call });
  return TenonError.from(thrown, "plugin-trap", { call, ...(isStackOverflow(thrown) && { hint: STACK_HINT }) });
}

const STACK_HINT = "the plugin recursed too deeply, or was called from a deep stack of the host";

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && /call stack/i.test(thrown.message);
}
