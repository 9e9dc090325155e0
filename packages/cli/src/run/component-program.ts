// The bytes of a component -> its plan and compiled modules, under the limits of a command line; and what it must be given.
import { TenonError } from "@tenon/contract/core";
import { type LinkPlan, type WasmModule, compileModules } from "@tenon/wasm";
import { rewriteComponent } from "@tenon/wasm/limits";
import { type RunLimits, rewriteOptions } from "./fuel-count.ts";

/** Throws what the rewriter and the engine refuse. */
export async function compileComponent(plan: LinkPlan, bytes: Uint8Array, request: RunLimits): Promise<WasmModule[]> {
  const { startFuel: _, ...limits } = rewriteOptions(request);
  const rewritten = rewriteComponent(plan, bytes, limits);
  return await compileModules(plan, bytes, { rewrite: (_module, index) => rewritten[index]!.bytes });
}

/** Types need nobody to supply them. */
export function neededBy({ components }: LinkPlan): readonly string[] {
  return (components[0]?.ops ?? []).flatMap((op) => (op.op === "import" && op.need.kind !== "type" ? [op.name] : []));
}

/** Throws `function-missing` for imports that WASI does not give. */
export function checkImports(plan: LinkPlan, given: object, file: string): void {
  const missing = neededBy(plan).filter((name) => !Object.hasOwn(given, name));
  if (missing.length === 0) return;
  throw new TenonError("function-missing", `${file} imports ${missing.map((name) => `\`${name}\``).join(", ")}`, {
    hint: "only WASI 0.2 is given to a program; a plugin with host functions runs with `tenon call`",
    sideEffects: "none",
  });
}
