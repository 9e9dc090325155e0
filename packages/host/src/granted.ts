// The decision of policy about a plugin -> what its driver is told, which host functions it has, and the limits it gets.
import { TenonError } from "@tenon/contract/core";
import { auditRecord, checkDecision, resolveFunction, type AuditSink, type Decision } from "@tenon/policy";
import type { Granted, HostFunction, Limits } from "./driver.ts";
import type { ContractPlan } from "./plan.ts";

interface Decided {
  readonly id: string;
  readonly boundary: string;
  readonly decision?: Decision;
  readonly roots?: Readonly<Record<string, string>>;
}

/** Throws capability-unenforceable for refusals, and config-invalid for the decision of another plugin or boundary. */
export function grantedTo(
  { id, boundary, decision, roots = {} }: Decided,
  onAudit: AuditSink | undefined,
): Granted | undefined {
  if (decision === undefined) return undefined;
  if (decision.plugin !== id || decision.boundary !== boundary) {
    const what = `the decision is for plugin ${decision.plugin} on the ${decision.boundary} boundary, not for ${id} on ${boundary}`;
    throw new TenonError("config-invalid", what, { hint: "decide again", plugin: id, boundary, sideEffects: "none" });
  }
  const record = { plugin: id, boundary };
  try {
    checkDecision(decision);
  } catch (refused) {
    const [first] = decision.refusals;
    const argument = `${first!.capability}, which is ${first!.enforcement} there`;
    onAudit?.(
      auditRecord({ ...record, capability: "load", argument, decision: "denied", rule: "capability-unenforceable" }),
    );
    throw refused;
  }
  const { grants, isTrustedInFull, trustedDigests } = decision;
  return {
    grants,
    roots,
    sandbox: decision.sandbox,
    isTrustedInFull,
    trustedDigests,
    audit: (capability, argument, { isAllowed, rule }) =>
      onAudit?.(auditRecord({ ...record, capability, argument, decision: isAllowed ? "allowed" : "denied", rule })),
  };
}

/** Each host function as it is, or with a line of the audit log for every call, or as what refuses every call. */
export function gated(
  plan: ContractPlan,
  { id, boundary }: Decided,
  granted: Granted | undefined,
  functions: readonly HostFunction[],
): readonly HostFunction[] {
  if (granted === undefined) return functions;
  return functions.map((own, index) => {
    const { path } = plan.imports[index]!;
    const verdict = resolveFunction(granted.grants, path);
    return (...args) => {
      granted.audit("host-functions", path, verdict);
      if (verdict.isAllowed) return own(...args);
      throw new TenonError("capability-denied", `plugin ${id} may not call ${path}: ${verdict.rule}`, {
        hint: `grant it host-functions ${path} if it should`,
        plugin: id,
        boundary,
        call: path,
        sideEffects: "none",
      });
    };
  });
}

/** 0 stands for no limit, so that any cap is less. */
export function capped(limits: Limits, decision: Decision | undefined): Limits {
  const caps = Object.entries(decision?.limits ?? {}) as (readonly [keyof Limits, number])[];
  const least = caps.map(([name, cap]) => [
    name,
    limits[name] === 0 && isUnlimitedAtZero(name) ? cap : Math.min(limits[name], cap),
  ]);
  return { ...limits, ...(Object.fromEntries(least) as Partial<Limits>) };
}

function isUnlimitedAtZero(name: keyof Limits): boolean {
  return name === "callMs" || name === "memoryMiB";
}
