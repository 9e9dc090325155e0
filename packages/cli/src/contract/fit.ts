// A contract and the installed boundaries -> which of them can carry it, function by function, and why not.
import { fitContract, type AnyDriver, type FunctionFit } from "@tenon/host";
import type { Contract } from "@tenon/contract";
import { columns, type Paint } from "../terminal.ts";

export interface BoundaryFit {
  readonly boundary: string;
  /** Whether a host can load plugins of this contract behind it. */
  readonly carries: boolean;
  readonly functions: readonly FunctionFit[];
}

export function fitAll(contract: Contract, drivers: readonly AnyDriver[]): readonly BoundaryFit[] {
  return drivers.map(({ boundary, traits }) => {
    const functions = fitContract(contract, traits);
    return { boundary, carries: functions.every(({ verdict }) => verdict !== "refused"), functions };
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
  for (const { boundary, functions } of fits) {
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
    boundaries: fits.map(({ boundary, carries, functions }) => ({
      boundary,
      carries,
      functions: functions.map(({ func, side, verdict, why }) => ({
        side,
        path: func.path,
        verdict,
        ...(why !== undefined && { why }),
      })),
    })),
  };
}
