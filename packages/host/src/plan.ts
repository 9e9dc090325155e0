// A contract -> what the host derives from it once and shares among all plugins that speak it.
import { createValidator, type Validator } from "@tenon/abi";
import { camelCase, functionLabel, TenonError, type Contract } from "@tenon/contract/core";
import { indexFunctions, type FunctionRef } from "./driver.ts";

interface Checks {
  readonly params: readonly Validator[];
  readonly result: Validator | undefined;
}

/** Functions in canonical order and value checks, compiled at the first call that needs them. */
export class ContractPlan {
  readonly contract: Contract;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  readonly #checks = new Map<FunctionRef, Checks>();

  constructor(contract: Contract) {
    this.contract = contract;
    this.exports = indexFunctions(contract.exports);
    this.imports = indexFunctions(contract.imports);
  }

  /** Throws `value-invalid` with the path of the first bad part, before anything crosses. */
  checkArguments(func: FunctionRef, args: readonly unknown[]): void {
    const { params } = func.function;
    if (args.length > params.length) {
      throw new TenonError("value-invalid", `${func.path} takes ${params.length} arguments, got ${args.length}`, {
        hint: "pass call options as one object after the last argument",
        call: func.path,
        sideEffects: "none",
      });
    }
    const checks = this.#checksOf(func).params;
    for (let i = 0; i < params.length; i++) checks[i]?.(args[i], camelCase(params[i]!.name));
  }

  /** Throws `protocol-error` when a plugin's answer does not fit the contract. */
  checkResult(func: FunctionRef, value: unknown, plugin: string): void {
    const check = this.#checksOf(func).result;
    if (check === undefined) return;
    try {
      check(value, "result");
    } catch (error) {
      const what = `plugin ${plugin} answered ${func.path} with a value outside the contract: ${TenonError.from(error).what}`;
      throw new TenonError("protocol-error", what, {
        hint: "report it to the plugin's author",
        call: func.path,
        cause: error,
      });
    }
  }

  #checksOf(func: FunctionRef): Checks {
    let checks = this.#checks.get(func);
    if (checks === undefined) {
      const { params, result } = func.function;
      checks = {
        params: params.map((param) => createValidator(param.type)),
        result: result === undefined ? undefined : createValidator(result),
      };
      this.#checks.set(func, checks);
    }
    return checks;
  }
}

const plans = new WeakMap<Contract, ContractPlan>();

/** The plan of a contract, made once per contract object. */
export function planOf(contract: Contract): ContractPlan {
  let plan = plans.get(contract);
  if (plan === undefined) plans.set(contract, (plan = new ContractPlan(contract)));
  return plan;
}

/** The JavaScript name of a function within its interface: camelCase of its label. */
export function memberName(func: FunctionRef): string {
  return camelCase(functionLabel(func.function.name));
}
