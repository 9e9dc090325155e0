// The core modules of a component, nested ones too -> the same modules with one tank and one cap for all of them.
import { TenonError } from "@tenon/contract/core";
import type { LinkPlan } from "../link/plan.ts";
import { countCoreInstances, tooMany } from "./count-instances.ts";
import { FeatureSet } from "./features.ts";
import { tooLarge } from "./maxima.ts";
import type { DeclaredLimits, SpaceKind } from "./maxima.ts";
import { ModuleShape } from "./module-shape.ts";
import { settleOptions } from "./options.ts";
import type { RewriteOptions, RewrittenModule, SettledOptions } from "./options.ts";
import { ModuleSections } from "./read-module.ts";
import { rewriteModule } from "./rewrite.ts";
import { readSections, SECTION } from "./sections.ts";

/** The maxima are of the whole component: of all memories, and of all tables, that its instances have together. */
export interface ComponentRewriteOptions extends Omit<RewriteOptions, "isLinked" | "deferStart" | "startFuel"> {
  /**
   * Core modules, and instances that one instance of the component may consist of. Default 1,000: what tools make has some ten, and a
   * nested component can ask for 2^n in n lines.
   */
  readonly maxCoreInstances?: number | undefined;
}

/** What one module has of a kind, and how often the component makes an instance of it. */
interface Share {
  readonly declared: readonly DeclaredLimits[];
  readonly times: number;
}

/**
 * Rewrites every core module of a validated component; with `fuel` they import the counter of a `FuelTank`. The caps are
 * shared out like those of a single module: every memory has what it needs at the start and an equal part of the rest.
 * Throws what `rewriteModule` throws, with the number of the module, and `resource-exhausted` for too many instances.
 */
export function rewriteComponent(
  plan: LinkPlan,
  bytes: Uint8Array,
  { maxCoreInstances = 1_000, ...options }: ComponentRewriteOptions = {},
): readonly RewrittenModule[] {
  // Each is compiled, whether or not there are instances of it.
  if (plan.modules.length > maxCoreInstances) throw tooMany("core modules", maxCoreInstances);
  const settled = settleOptions({ ...options, isLinked: true });
  const modules = plan.modules.map(({ start, end }) => bytes.subarray(start, end));
  const times = countCoreInstances(plan, maxCoreInstances);
  const declared = modules.map((module, index) => named(index, () => declaredIn(module, settled)));
  const sharesOf = (kind: "memories" | "tables"): Share[] =>
    // One that only others instantiate counts like one that is instantiated here.
    declared.map((one, index) => ({ declared: one[kind], times: Math.max(1, times[index] ?? 0) }));
  const pages = capsOf(sharesOf("memories"), settled.maxMemoryPages, "memory");
  const elements = capsOf(sharesOf("tables"), settled.maxTableElements, "table");
  return modules.map((module, index) =>
    named(index, () =>
      rewriteModule(module, {
        ...options,
        isLinked: true,
        maxMemoryPages: pages[index],
        maxTableElements: elements[index],
      }),
    ),
  );
}

/** What a module defines of memories and tables; what comes behind them is read when it is rewritten. */
function declaredIn(module: Uint8Array, { features, counts }: SettledOptions): ModuleSections {
  const read = new ModuleSections(new ModuleShape(new FeatureSet(features)), counts);
  for (const section of readSections(module)) {
    if (section.id > SECTION.memory) break;
    read.read(module, section);
  }
  return read;
}

/** The cap of each module, for its own memories or tables together. */
function capsOf(shares: readonly Share[], cap: number, kind: SpaceKind): readonly number[] {
  const total = (of: (one: Share) => number): number => shares.reduce((sum, one) => sum + one.times * of(one), 0);
  const needed = total(({ declared }) => minimumOf(declared));
  if (needed > cap) throw tooLarge(kind, needed, cap);
  const rest = Math.floor(
    (cap - needed) /
      Math.max(
        1,
        total(({ declared }) => declared.length),
      ),
  );
  return shares.map(({ declared }) => minimumOf(declared) + rest * declared.length);
}

function minimumOf(declared: readonly DeclaredLimits[]): number {
  return declared.reduce((sum, { min }) => sum + min, 0);
}

function named<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const { code, what, hint, details } = TenonError.from(thrown, "artifact-invalid");
    throw new TenonError(code, `core module ${index}: ${what}`, { hint, details, sideEffects: "none", cause: thrown });
  }
}
