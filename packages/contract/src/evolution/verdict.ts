// What a host can do with plugins of another snapshot, in one word.
import type { Finding } from "./findings.ts";
import { worse, type Conversion } from "./rules.ts";

/**
 * Best first. `exact`: one digest on both sides. `structural`: the component model's own type check accepts the pair, and no
 * value needs converting. `adapted-*`: what the host's adapters convert. `migrated`: what an author wrote steps for, one for
 * each major version between; a comparison alone never says so. `incompatible`: nothing bridges it.
 */
export type Verdict =
  | "exact"
  | "structural"
  | "adapted-total"
  | "adapted-lossy"
  | "adapted-partial"
  | "migrated"
  | "incompatible";

/** The verdict on a pair whose digests differ or not, with what was found between them. */
export function verdictOf(isExact: boolean, isStructural: boolean, findings: readonly Finding[]): Verdict {
  if (isExact) return "exact";
  if (isStructural) return "structural";
  const worst = findings
    .filter(({ breaks }) => breaks.length > 0)
    .reduce<Conversion>((so, { conversion }) => worse(so, conversion), "total");
  return worst === "incompatible" ? worst : `adapted-${worst}`;
}

/** Whether hosts load such plugins without being told to. */
export function isSafeVerdict(verdict: Verdict): boolean {
  return verdict !== "adapted-partial" && verdict !== "migrated" && verdict !== "incompatible";
}
