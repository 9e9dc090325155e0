// A contract -> how each of its functions is called over gRPC: path, codec, streams.
import { compileProto, streamsOf, type FunctionShape, type ProtoCodec } from "@tenon/abi/proto";
import { protoPath, TenonError, type ContractFunction } from "@tenon/contract/core";
import type { FunctionRef, OpenContext } from "@tenon/host/driver";

export interface Method {
  readonly func: FunctionRef;
  readonly path: string;
  readonly codec: ProtoCodec;
  /** The parameter that is a stream, or -1. */
  readonly streamParam: number;
  readonly hasStreamResult: boolean;
  /** Whether the one parameter is the request message itself, so that a stream has nothing but elements. */
  readonly isWhole: boolean;
  /** Whether the first argument is the broker id of the service, which the request does not have. */
  readonly isBrokered: boolean;
  /** Keys of the request that take the broker id of the host's services where they are 0. */
  readonly brokerFields: readonly string[];
}

/** What somebody else's service says about one function of the contract that was derived from it. */
export interface ForeignMethod {
  readonly path: string;
  readonly shape: FunctionShape;
  readonly isBrokered: boolean;
  readonly brokerFields: readonly string[];
}

/** The methods of one side in canonical order. Throws boundary-unsupported for what has no protobuf form. */
export function methodsOf(
  functions: readonly FunctionRef[],
  context: Pick<OpenContext, "contract" | "limits">,
  foreign: ReadonlyMap<ContractFunction, ForeignMethod> | undefined,
): readonly Method[] {
  const { contract, limits } = context;
  return functions.map((func) => {
    const theirs = foreign?.get(func.function);
    if (foreign !== undefined && theirs === undefined) {
      throw new TenonError("contract-mismatch", `${func.path} is none of the functions of the plugin's schema`, {
        hint: "load the contract that readForeignContract() gave together with the schema",
        sideEffects: "none",
      });
    }
    const isBrokered = theirs?.isBrokered === true;
    const called = isBrokered ? { ...func.function, params: func.function.params.slice(1) } : func.function;
    const { param, result } = streamsOf(called);
    if (isBrokered && (param >= 0 || result))
      throw new TenonError("boundary-unsupported", `${func.path} is a stream of a brokered service`, {
        sideEffects: "none",
      });
    return {
      func,
      path: theirs?.path ?? protoPath(func.interface.id, func.function.name, contract.id),
      codec: compileProto(called, { shape: theirs?.shape, maxBytes: limits.maxMessageBytes }),
      streamParam: param,
      hasStreamResult: result,
      isWhole: theirs?.shape.isWhole === true,
      isBrokered,
      brokerFields: theirs?.brokerFields ?? [],
    };
  });
}
