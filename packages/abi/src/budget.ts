// The memory budget of one decoded call: charged before anything is allocated, so a small message cannot ask for much.
import { TenonError } from "@tenon/contract/base";

/** Limits for values that come from a plugin. Each has a test; raise one only for a plugin that needs it. */
export interface BudgetLimits {
  /** Bytes that one call's values may occupy after decoding (an estimate of heap use). Default 128 MiB, as Wasmtime's lift limit. */
  readonly maxBytes: number;
  /** Levels of nesting. Default 64: WIT types are finite, and no sane contract nests deeper. */
  readonly maxDepth: number;
  /** Elements of one list or map. Default 2^24. */
  readonly maxListLength: number;
  /** Bytes of UTF-8 of one string. Default 2^26. */
  readonly maxStringBytes: number;
}

export const DEFAULT_LIMITS: BudgetLimits = {
  maxBytes: 128 * 1024 * 1024,
  maxDepth: 64,
  maxListLength: 2 ** 24,
  maxStringBytes: 2 ** 26,
};

/** What is left of one call's limits. `reset` makes it fit for the next call. */
export class Budget {
  readonly limits: BudgetLimits;
  /** Bytes that may still be allocated. */
  left: number;

  constructor(limits: Partial<BudgetLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.left = this.limits.maxBytes;
  }

  reset(): void {
    this.left = this.limits.maxBytes;
  }

  /** Takes `bytes` from the budget. Throws `resource-exhausted` when they are not there; nothing is taken then. */
  charge(bytes: number): void {
    if (bytes > this.left) throw exhausted("bytes of decoded values", this.limits.maxBytes, "maxBytes");
    this.left -= bytes;
  }

  /** Charges a list or map of `count` elements at `bytesEach`, after its length was held against `maxListLength`. */
  chargeList(count: number, bytesEach: number): void {
    if (count > this.limits.maxListLength)
      throw exhausted("elements in one list", this.limits.maxListLength, "maxListLength");
    this.charge(count * bytesEach);
  }

  /** Charges the content of one string, after its length was held against `maxStringBytes`. */
  chargeString(bytes: number): void {
    if (bytes > this.limits.maxStringBytes)
      throw exhausted("bytes in one string", this.limits.maxStringBytes, "maxStringBytes");
    this.charge(bytes);
  }
}

function exhausted(what: string, limit: number, name: string): TenonError {
  return new TenonError("resource-exhausted", `more than ${limit} ${what}`, {
    hint: `raise ${name} if the use is legitimate`,
    details: { limit: name },
  });
}
