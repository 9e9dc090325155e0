// The bytes of a core module or component -> it compiled with its limits, on this thread.
import { TenonError } from "@tenon/contract/core";
import type { LinkPlan, WasmModule } from "@tenon/wasm";
import { rewriteComponent, rewriteModule } from "@tenon/wasm/limits";
import type { ComponentRewriteOptions, RewriteOptions, RewriteReport, RewrittenModule } from "@tenon/wasm/limits";
import { engine, planComponent } from "@tenon/wasm/plan";

/** Smaller ones are compiled in less time than it takes to hand them to V8's threads and be told of the end. */
const SMALL_BYTES = 32 * 1024;

/** A module that was rewritten and compiled. It can be posted to worker threads, which then need not compile it. */
export interface PreparedModule {
  readonly module: WasmModule;
  readonly report: RewriteReport;
}

/** The same for a component: how it is linked, and its modules in the plan's order. */
export interface PreparedComponent {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
}
export type Prepared = PreparedModule | PreparedComponent;

/** What the thread is asked, and what it answers. */
export type PrepareRequest =
  | { readonly kind: "module"; readonly bytes: Uint8Array; readonly options: RewriteOptions }
  | { readonly kind: "component"; readonly bytes: Uint8Array; readonly options: ComponentRewriteOptions };

/** What is compiled. */
export interface Rewritten {
  /** Of a component. */
  readonly plan: LinkPlan | undefined;
  readonly modules: readonly RewrittenModule[];
}

/** Compiles here and now. Throws `artifact-invalid` for what the engine refuses. */
export function compileHere(rewritten: Rewritten): Prepared {
  return assemble(
    rewritten,
    rewritten.modules.map(({ bytes }, index) => {
      try {
        return new engine.Module(bytes);
      } catch (thrown) {
        throw invalid(thrown, rewritten, index);
      }
    }),
  );
}

/** Throws as `prepareModule` rejects. */
export function rewrite(request: PrepareRequest): Rewritten {
  if (request.kind === "module") return { plan: undefined, modules: [rewriteModule(request.bytes, request.options)] };
  const plan = planComponent(request.bytes);
  return { plan, modules: rewriteComponent(plan, request.bytes, request.options) };
}

function assemble({ plan, modules }: Rewritten, compiled: readonly WasmModule[]): Prepared {
  return plan === undefined ? { module: compiled[0]!, report: modules[0]!.report } : { plan, modules: compiled };
}

/** Rewrites here and now, and has V8's threads compile where that pays. Rejects as `prepareModule` does. */
export async function prepareInBackground(request: PrepareRequest): Promise<Prepared> {
  const rewritten = rewrite(request);
  return request.bytes.length < SMALL_BYTES ? compileHere(rewritten) : await compileInBackground(rewritten);
}

/** As `compileHere`, by V8's threads. */
export async function compileInBackground(rewritten: Rewritten): Promise<Prepared> {
  const compile = async ({ bytes }: RewrittenModule, index: number): Promise<WasmModule> => {
    try {
      return await engine.compile(bytes);
    } catch (thrown) {
      throw invalid(thrown, rewritten, index);
    }
  };
  return assemble(rewritten, await Promise.all(rewritten.modules.map(compile)));
}

/** What the engine refuses: in a component, with the number of the module. */
function invalid(thrown: unknown, { plan }: Rewritten, index: number): TenonError {
  const notes = plan === undefined ? {} : { notes: [`in core module ${index}`] };
  return TenonError.from(thrown, "artifact-invalid", { sideEffects: "none", ...notes });
}
