// What a thread that answers requests is given, asked, and says; plain data and compiled modules.
import type { TenonError } from "@tenon/contract/core";
import type { HttpCall, HttpOutcome } from "@tenon/wasi";
import type { LinkPlan, WasmModule } from "@tenon/wasm";
import type { RunRequest } from "../run/request.ts";

/** Everything that each request's instance is made of. */
export interface ServeStart {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
  readonly request: RunRequest;
  /** The id of the exported `wasi:http/incoming-handler`. */
  readonly handler: string;
  readonly maxBodyBytes: number;
}

export interface ThreadCall {
  /** Which request it is, for what the program prints. */
  readonly number: number;
  readonly call: HttpCall;
}

export type ThreadAnswer =
  | { readonly outcome: HttpOutcome }
  /** The program trapped, or a limit ended it. */
  | { readonly error: ReturnType<TenonError["toJSON"]> };
