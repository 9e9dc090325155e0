// The core modules inside a component's bytes -> compiled modules; the slow part of loading, done once per component.
import { TenonError } from "@tenon/contract/core";
import { engine } from "../webassembly.ts";
import type { WasmModule } from "../webassembly.ts";
import type { LinkPlan, PlanModule } from "./plan.ts";

export interface CompileOptions {
  /** Rewrites a core module before it is compiled, for example to meter it. `index` is its number in the plan. */
  readonly rewrite?: (bytes: Uint8Array, index: number) => Uint8Array;
}

function bytesOf(
  bytes: Uint8Array,
  { start, end }: PlanModule,
  index: number,
  { rewrite }: CompileOptions,
): Uint8Array {
  const module = bytes.subarray(start, end);
  return rewrite === undefined ? module : rewrite(module, index);
}

function refused(thrown: unknown, index: number): TenonError {
  return TenonError.from(thrown, "artifact-invalid", { sideEffects: "none", notes: [`in core module ${index}`] });
}

/** Compiles off the main thread where the engine can. Throws `artifact-invalid` for a module that the engine refuses. */
export async function compileModules(
  plan: LinkPlan,
  bytes: Uint8Array,
  options: CompileOptions = {},
): Promise<WasmModule[]> {
  return await Promise.all(
    plan.modules.map(async (module, index) => {
      try {
        return await engine.compile(bytesOf(bytes, module, index, options));
      } catch (thrown) {
        throw refused(thrown, index);
      }
    }),
  );
}

/** The same at once, on this thread. */
export function compileModulesSync(plan: LinkPlan, bytes: Uint8Array, options: CompileOptions = {}): WasmModule[] {
  return plan.modules.map((module, index) => {
    try {
      return new engine.Module(bytesOf(bytes, module, index, options));
    } catch (thrown) {
      throw refused(thrown, index);
    }
  });
}
