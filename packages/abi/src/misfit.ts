// What a check says about a value that does not fit, and how it becomes the error a caller sees.
import { TenonError } from "@tenon/contract/base";
import { describeValue } from "./describe.ts";

/** The first bad part of a value: where it stands relative to the value that was checked, and what is wrong. */
export interface Misfit {
  path: string;
  readonly what: string;
  readonly hint?: string;
}

/** Undefined when the value fits. Nothing is allocated on that way. */
export type Check = (value: unknown) => Misfit | undefined;

/** The error for a misfit: `request.args[3]: expected string, got number 5`. */
export function misfitError(misfit: Misfit, path: string): TenonError {
  const where = `${path}${misfit.path}`;
  return new TenonError("value-invalid", `${where}: ${misfit.what}`, {
    hint: misfit.hint,
    sideEffects: "none",
    details: { path: where },
  });
}

/** Parts that one check looks at; a value whose parts are shared could otherwise keep it busy for ever. */
const MAX_VISITED = 2 ** 24;
let visited = 0;

/** Counts the parts that a check is about to look at. Throws `resource-exhausted` past 2^24 in one value. */
export function visit(parts: number): void {
  visited += parts;
  if (visited > MAX_VISITED) {
    throw new TenonError("resource-exhausted", `a value has more than ${MAX_VISITED} parts`, {
      hint: "send less at once",
      sideEffects: "none",
    });
  }
}

/** Runs a check; a getter or proxy that throws is a bad value, not a fault of the caller's stack. */
export function guarded(check: Check, value: unknown): Misfit | undefined {
  visited = 0;
  try {
    return check(value);
  } catch (thrown) {
    if (thrown instanceof TenonError) throw thrown;
    return { path: "", what: `cannot be read: ${describeReadFailure(thrown)}` };
  }
}

function describeReadFailure(thrown: unknown): string {
  return TenonError.from(thrown).what;
}

/** A misfit of a whole value. */
export function expected(what: string, value: unknown, hint?: string): Misfit {
  const text = `expected ${what}, got ${describeValue(value)}`;
  return hint === undefined ? { path: "", what: text } : { path: "", what: text, hint };
}

/** The same misfit seen from one level up. */
export function inside(misfit: Misfit, segment: string): Misfit {
  misfit.path = segment + misfit.path;
  return misfit;
}
