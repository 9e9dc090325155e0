// A contract -> its functions as people read them: `greeter.greet: func(name: string) -> string`.
import { formatSignature, formatType } from "@tenon/abi";
import type { Contract } from "@tenon/contract";
import { indexFunctions, type FunctionRef } from "@tenon/host/driver";
import type { ContractFacts } from "./inspect/report.ts";

/** One line per function, with the path that `tenon call` takes. */
export function signature(func: FunctionRef): string {
  return formatSignature({ ...func.function, name: func.path });
}

export function describeContract(contract: Contract): ContractFacts {
  const side = (list: Contract["exports"]): string[] => indexFunctions(list).map(signature);
  return { id: contract.id, digest: contract.digest, exports: side(contract.exports), imports: side(contract.imports) };
}

/** One function for `--json`. */
export function functionFacts(func: FunctionRef): {
  readonly path: string;
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly result?: string;
} {
  const { params, result } = func.function;
  return {
    path: func.path,
    params: params.map(({ name, type }) => ({ name, type: formatType(type) })),
    ...(result !== undefined && { result: formatType(result) }),
  };
}
