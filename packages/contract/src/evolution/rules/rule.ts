// What a rule about changes says: whom a change breaks, what adapters make of it, and what to do about it.

/**
 * How well what one side sends fits what the other side takes, worst last. `total`: every value converts, and converts
 * back. `lossy`: every value converts, something of some is dropped. `partial`: some values have no counterpart and are
 * refused while the call runs. `incompatible`: no value converts.
 */
export type Conversion = "total" | "lossy" | "partial" | "incompatible";

/**
 * Who notices a change. `component`: a plugin that the component model's own type check has to accept as it is.
 * `adapted`: any plugin, with the host's adapters between. `named`: values as JSON or CBOR by name, without adapters.
 * `positional`: values by layout, without adapters: frames, native structs. `source`: code written against generated types.
 */
export type Consumer = "component" | "adapted" | "named" | "positional" | "source";

/** By how much the version has to grow. */
export type Bump = "none" | "patch" | "minor" | "major";

export interface Rule {
  /** In which direction values have to flow for the rule to matter: `in` is host to plugin. */
  readonly direction: "in" | "out" | "both" | "none";
  /** The least for a change that breaks the rule and has no annotation; a finding says what its own change needs. */
  readonly requiredBump: Bump;
  /** The best that adapters can make of it, with the annotations that `fix` names. */
  readonly autoAdapt: Conversion;
  /** Who breaks without adapters. `adapted` follows from each finding's conversion. */
  readonly breaks: readonly Exclude<Consumer, "adapted">[];
  readonly why: string;
  readonly fix: string;
}

export function rule(
  [direction, requiredBump, autoAdapt]: readonly [Rule["direction"], Bump, Conversion],
  breaks: Rule["breaks"],
  why: string,
  fix: string,
): Rule {
  return { direction, requiredBump, autoAdapt, breaks, why, fix };
}

/** Short, because most rules name several. */
export const C = "component";
export const N = "named";
export const P = "positional";
export const S = "source";

const CONVERSIONS: readonly Conversion[] = ["total", "lossy", "partial", "incompatible"];

/** The worse of two. */
export function worse(a: Conversion, b: Conversion): Conversion {
  return CONVERSIONS.indexOf(a) >= CONVERSIONS.indexOf(b) ? a : b;
}

/** Whether hosts load such plugins without being told to: nothing can go wrong while calls run. */
export function isSafe(conversion: Conversion): boolean {
  return conversion === "total" || conversion === "lossy";
}
