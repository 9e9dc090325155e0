// A contract and the installed boundaries -> which of them can carry it, function by function, and why not.
import { fitContract, type AnyDriver, type DriverTraits, type FunctionFit } from "@tenon/host";
import type { Contract } from "@tenon/contract";
import { columns, type Paint } from "../terminal.ts";

export interface BoundaryFit {
  readonly boundary: string;
  /** Whether a host can load plugins of this contract behind it. */
  readonly carries: boolean;
  readonly functions: readonly FunctionFit[];
  /** The same for every other place where the boundary can run a plugin, by the word for it. */
  readonly isolations: Readonly<Record<string, Pick<BoundaryFit, "carries" | "functions">>>;
}

export function fitAll(contract: Contract, drivers: readonly AnyDriver[]): readonly BoundaryFit[] {
  const fit = (traits: DriverTraits): Pick<BoundaryFit, "carries" | "functions"> => {
    const functions = fitContract(contract, traits);
    return { carries: functions.every(({ verdict }) => verdict !== "refused"), functions };
  };
  return drivers.map(({ boundary, traits, isolations = {} }) => {
    const others = Object.entries(isolations).filter(([, own]) => own !== traits);
    return {
      boundary,
      ...fit(traits),
      isolations: Object.fromEntries(others.map(([choice, own]) => [choice, fit(own)])),
    };
  });
}

const SIGNS = { carried: "yes", unreachable: "-", refused: "no" } as const;

/** A table, a function a row and a boundary a column, then a line for each reason. */
export function fitText(contract: Contract, fits: readonly BoundaryFit[], paint: Paint): string {
  const rows = (fits[0]?.functions ?? []).map(({ func, side }, index) => [
    side,
    func.path,
    ...fits.map(({ functions }) => SIGNS[functions[index]!.verdict]),
  ]);
  const verdicts = ["", "the contract", ...fits.map(({ carries }) => (carries ? "yes" : "no"))];
  const table = columns([["", "", ...fits.map(({ boundary }) => boundary)], ...rows, verdicts]);
  const reasons = reasonsOf(fits).map(([why, { boundaries, paths }]) => {
    const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
    return `${[...boundaries].join(", ")}: ${why}: ${paths[0]}${more}`;
  });
  const body = reasons.length === 0 ? "" : `\n\n${paint.dim(reasons.join("\n"))}`;
  return `${paint.bold(contract.id)}\n\n${table}${body}`;
}

interface Reason {
  readonly boundaries: Set<string>;
  readonly paths: string[];
}

/** One entry for all boundaries and functions that share a reason: most of them do. */
function reasonsOf(fits: readonly BoundaryFit[]): [why: string, Reason][] {
  const reasons = new Map<string, Reason>();
  const places = fits.flatMap(({ boundary, functions, isolations }) => [
    { boundary, functions },
    ...Object.entries(isolations).map(([choice, { functions: own }]) => ({
      boundary: `${boundary} ${choice}`,
      functions: own,
    })),
  ]);
  for (const { boundary, functions } of places) {
    for (const { func, why } of functions) {
      if (why === undefined) continue;
      const reason = reasons.get(why) ?? { boundaries: new Set<string>(), paths: [] };
      reason.boundaries.add(boundary);
      if (!reason.paths.includes(func.path)) reason.paths.push(func.path);
      reasons.set(why, reason);
    }
  }
  return [...reasons];
}

/** The same for programs. */
export function fitJson(contract: Contract, fits: readonly BoundaryFit[]): unknown {
  return {
    contract: contract.id,
    digest: contract.digest,
    boundaries: fits.map(({ boundary, carries, functions, isolations }) => ({
      boundary,
      carries,
      ...(Object.keys(isolations).length > 0 && {
        isolations: Object.fromEntries(Object.entries(isolations).map(([choice, own]) => [choice, own.carries])),
      }),
      functions: functions.map(({ func, side, verdict, why }) => ({
        side,
        path: func.path,
        verdict,
        ...(why !== undefined && { why }),
      })),
    })),
  };
}
