// The variables of the host that a plugin was granted -> their values; and whether its own program may be started.
import { basename } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract/core";
import type { Granted } from "@tenon/host/driver";
import { grantedEnv, requestedOf, resolveEnv, resolveLaunch } from "@tenon/policy";

/** Every variable that the plugin asked for is a line of the audit log; those that the host does not have are left out. */
export function grantedEnvironment(granted: Granted | undefined): Readonly<Record<string, string>> {
  if (granted === undefined) return {};
  for (const name of requestedOf(granted.grants).env ?? [])
    granted.audit("env", name, resolveEnv(granted.grants, name));
  const found = grantedEnv(granted.grants).map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(found.filter((one): one is readonly [string, string] => one[1] !== undefined));
}

/** Those of `names`, which the artifact passes on from the host, that were granted; all of them where no policy was asked. */
export function passedOn(names: readonly string[], granted: Granted | undefined): readonly string[] {
  if (granted === undefined) return names;
  return names.filter((name) => {
    const verdict = resolveEnv(granted.grants, name);
    granted.audit("env", name, verdict);
    return verdict.isAllowed;
  });
}

/** Throws `capability-denied` where a denial of policy speaks of the program; placing the plugin there is what grants it. */
export function checkLaunch(granted: Granted | undefined, program: string, args: readonly string[]): void {
  if (granted === undefined) return;
  const name = basename(program).replace(/\.(?:exe|cmd|bat)$/i, "");
  const verdict = resolveLaunch(granted.grants, name, args);
  granted.audit("exec", [name, ...args].join(" "), verdict);
  if (verdict.isAllowed) return;
  throw new TenonError("capability-denied", `the plugin may not start ${name}: ${verdict.rule}`, {
    hint: "change the policy, or place the plugin on another boundary",
    sideEffects: "none",
  });
}
