// A function of the contract -> how its parameters and result are copied for a structured clone, made on first use.
import { TenonError, camelCase } from "@tenon/contract/base";
import type { ContractFunction, ValueType } from "@tenon/contract/core";
import type { Copier } from "./copier.ts";
import { rowCopier } from "./copy-value.ts";
import type { CopyRow } from "./copy-value.ts";
import { generateCopier } from "./generate-copy.ts";
import { canGenerate } from "./generate.ts";
import { checkType, slotCost } from "./type-facts.ts";
import { explain } from "./validate.ts";

/**
 * Checks, charges and copies in one pass. The copy has what the contract declares and nothing else: own fields of plain
 * objects, numeric lists in memory of their own.
 * `value-invalid` names the path of the first bad part, `resource-exhausted` the limit. Resources and streams are refused
 * with `boundary-unsupported`.
 */
export interface FunctionCopies {
  copyParams(args: readonly unknown[], copier: Copier): unknown[];
  copyResult(value: unknown, copier: Copier): unknown;
}

export interface CopiesOptions {
  /** False forces closures; default is generated code wherever the engine allows it. Both behave the same. */
  readonly codegen?: boolean;
}

/** Keep it: nothing is shared between two of the same function. Throws as `compileFunction` does. */
export function compileCopies(fn: ContractFunction, options: CopiesOptions = {}): FunctionCopies {
  const isGenerated = (options.codegen ?? true) && canGenerate;
  const params = new Row(
    fn.params.map((param) => camelCase(param.name)),
    fn.params.map((param) => param.type),
    isGenerated,
  );
  const hasResult = fn.result !== undefined;
  const result = new Row(["result"], fn.result === undefined ? [] : [fn.result], isGenerated);
  return {
    copyParams: (args, copier) => params.copy(args, copier),
    copyResult: (value, copier) => result.copy(hasResult || value !== undefined ? [value] : [], copier)[0],
  };
}

/** Values that stand one after another. */
class Row {
  readonly names: readonly string[];
  readonly types: readonly ValueType[];
  readonly #isGenerated: boolean;
  readonly #cost: number;
  #copyRow: CopyRow | undefined;

  constructor(names: readonly string[], types: readonly ValueType[], isGenerated: boolean) {
    for (const type of types) checkType(type);
    this.names = names;
    this.types = types;
    this.#isGenerated = isGenerated;
    this.#cost = types.reduce((sum, type) => sum + slotCost(type), 0);
  }

  copy(values: readonly unknown[], copier: Copier): unknown[] {
    try {
      if (values.length > this.types.length) copier.mismatch();
      copier.charge(this.#cost);
      this.#copyRow ??= this.#isGenerated ? generateCopier(this.types) : rowCopier(this.types);
      return this.#copyRow(values, copier);
    } catch (thrown) {
      if (thrown instanceof TenonError && thrown.code !== "value-invalid") throw thrown;
      // The validator is the one source of these texts.
      explain(this, values);
      throw TenonError.from(thrown, "value-invalid", { sideEffects: "none" });
    }
  }
}
