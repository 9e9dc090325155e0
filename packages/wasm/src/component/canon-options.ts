// The options of a canonical definition -> checked and as the plan has them.
import { funcKey } from "../core/types.ts";
import type { CoreType } from "../core/types.ts";
import type { PlanOptions } from "../link/plan.ts";
import type { CanonOption, StringEncoding } from "./ast.ts";
import type { Scope } from "./scope.ts";

export interface CanonOptions {
  readonly plan: PlanOptions;
  readonly address: "i32" | "i64";
  readonly postReturn: CoreType | undefined;
  readonly callback: CoreType | undefined;
}

/** Throws `artifact-invalid` for options that are repeated, contradict each other or name the wrong thing. */
export function readOptions(scope: Scope, options: readonly CanonOption[], at: number): CanonOptions {
  const indices: Partial<Record<"memory" | "realloc" | "post-return" | "callback", number>> = {};
  let encoding: StringEncoding | undefined;
  let isAsync = false;
  for (const option of options) {
    if (option.option === "encoding") {
      if (encoding !== undefined) {
        scope.fail(at, `canonical encoding option \`${encoding}\` conflicts with option \`${option.encoding}\``);
      }
      encoding = option.encoding;
    } else if (option.option === "async") {
      if (isAsync) scope.fail(at, "canonical option `async` is specified more than once");
      isAsync = true;
    } else {
      if (indices[option.option] !== undefined) {
        scope.fail(at, `canonical option \`${option.option}\` is specified more than once`);
      }
      indices[option.option] = option.index;
    }
  }
  const address = checkMemory(scope, indices, at);
  const { memory, realloc, callback } = indices;
  const postReturn = indices["post-return"];
  const plan: PlanOptions = {
    encoding: encoding ?? "utf8",
    isAsync,
    ...(memory !== undefined && { memory }),
    ...(realloc !== undefined && { realloc }),
    ...(postReturn !== undefined && { postReturn }),
    ...(callback !== undefined && { callback }),
    ...(address === "i64" && { is64: true as const }),
  };
  return {
    plan,
    address,
    postReturn: postReturn === undefined ? undefined : scope.coreFunc(postReturn, at),
    callback: callback === undefined ? undefined : scope.coreFunc(callback, at),
  };
}

function checkMemory(
  scope: Scope,
  { memory, realloc }: { readonly memory?: number; readonly realloc?: number },
  at: number,
): "i32" | "i64" {
  if (memory === undefined) {
    if (realloc !== undefined) scope.fail(at, "canonical option `realloc` requires `memory` to also be specified");
    return "i32";
  }
  const { limits, pageBits } = scope.item(scope.coreMemories, memory, "memory", at);
  if (limits.isShared) scope.fail(at, "canonical option `memory` cannot name a shared memory");
  if (pageBits !== undefined) scope.fail(at, "canonical option `memory` needs pages of 64 KiB");
  const address = limits.is64 ? "i64" : "i32";
  if (realloc !== undefined) {
    const type = scope.coreFunc(realloc, at);
    if (funcKey(type.params, type.results) !== funcKey([address, address, address, address], [address])) {
      scope.fail(at, "canonical option `realloc` uses a core function with an incorrect signature");
    }
  }
  return address;
}
