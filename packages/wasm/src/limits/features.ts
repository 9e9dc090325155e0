// The proposals that a core module uses -> what is allowed, as a set of bits that every instruction is held against.
import { TenonError } from "@tenon/contract/core";

/** Every extension of the 2017 language that the rewriter can read; what is not here is refused as unknown. */
export const FEATURES = [
  "sign-extension",
  "saturating-float-to-int",
  "multi-value",
  "bulk-memory",
  "reference-types",
  "simd",
  "relaxed-simd",
  "tail-call",
  "extended-const",
  "exceptions",
  "legacy-exceptions",
  "function-references",
  "gc",
  "threads",
  "memory64",
  "multi-memory",
  "wide-arithmetic",
] as const;
export type WasmFeature = (typeof FEATURES)[number];

/**
 * Allowed unless the caller says otherwise: all but `relaxed-simd` (results differ between processors), `threads` (a
 * wait blocks the host's thread, and shared memory makes runs unrepeatable) and `gc` (its heap is V8's own, which no
 * memory maximum bounds).
 */
export const DEFAULT_FEATURES: readonly WasmFeature[] = FEATURES.filter(
  (feature) => feature !== "relaxed-simd" && feature !== "threads" && feature !== "gc",
);

/** The bit of each feature; 0 stands for what the language always had. */
export function featureBit(feature: WasmFeature): number {
  return 1 << FEATURES.indexOf(feature);
}

/** What one module may use, and what it was seen to use. */
export class FeatureSet {
  readonly #allowed: number;
  #used = 0;

  constructor(allowed: readonly WasmFeature[]) {
    this.#allowed = allowed.reduce((bits, feature) => bits | featureBit(feature), 0);
  }

  /** Throws `artifact-invalid` where a feature of `bits` is not allowed; `offset` is its place in the module. */
  use(bits: number, offset: number): void {
    if ((bits & ~this.#allowed) !== 0)
      throw refused(
        FEATURES.find((one) => (featureBit(one) & bits & ~this.#allowed) !== 0),
        offset,
      );
    this.#used |= bits;
  }

  /** Whether all of `bits` were seen before. */
  has(bits: number): boolean {
    return (this.#used & bits) === bits;
  }

  get used(): readonly WasmFeature[] {
    return FEATURES.filter((feature) => (this.#used & featureBit(feature)) !== 0);
  }
}

function refused(feature: WasmFeature | undefined, offset: number): TenonError {
  const where = `at byte 0x${offset.toString(16)}`;
  return new TenonError("artifact-invalid", `the module uses ${String(feature)} ${where}, which is not allowed here`, {
    hint: "build it without this feature, or allow the feature for this plugin",
    sideEffects: "none",
    details: { offset, kind: "refused", feature: feature ?? null },
  });
}
