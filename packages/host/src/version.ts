// One plugin as it is to be opened: its driver, what policy leaves it, its host functions and limits; or why it cannot be.
import { TenonError, type Contract } from "@tenon/contract/core";
import type { Interceptor } from "./calls.ts";
import { versionedDriver, type HostContracts } from "./contracts/versioned-driver.ts";
import { DEFAULT_LIMITS, type AnyDriver } from "./driver.ts";
import { firstRefused } from "./fit.ts";
import { capped, gated, grantedTo } from "./granted.ts";
import { bindImports } from "./host-functions.ts";
import { driverFor } from "./isolation.ts";
import type { HostOptions, PluginOptions, UpgradeOptions } from "./options.ts";
import { planOf } from "./plan.ts";
import type { Version } from "./slot-options.ts";

/** The host's interceptors stand around the plugin's own. */
export function interceptorsOf(host: HostOptions, plugin: PluginOptions): readonly Interceptor[] {
  return [...(host.interceptors ?? []), ...(plugin.interceptors ?? [])];
}

/** What a driver needs to open the plugin. Throws what `Host.register` says. */
export function versionOf<I>(
  contract: Contract,
  options: PluginOptions<I>,
  host: HostOptions,
  contracts: HostContracts,
): Version {
  const { artifact, folder, adapter, releases } = options;
  checkAdapter(contract, options);
  const chosen = driverFor(driverOf(options, host), artifact);
  const driver = versionedDriver(chosen, contract, { ...contracts, adapter, releases });
  checkFits(contract, driver, options);
  const granted = grantedTo(options, host.onAudit);
  const plan = planOf(contract);
  const validate = options.validate ?? host.validate ?? false;
  const bound = bindImports(plan, driver, options, interceptorsOf(host, options), validate);
  const hostFunctions = gated(plan, options, granted, bound);
  const limits = capped({ ...DEFAULT_LIMITS, ...host.limits, ...options.limits }, options.decision);
  return { driver, artifact, folder, granted, hostFunctions, limits, asked: options };
}

function driverOf({ id, boundary }: PluginOptions, { drivers }: HostOptions): AnyDriver {
  const found = drivers.findLast((driver) => driver.boundary === boundary);
  if (found !== undefined) return found;
  const names = drivers.map((driver) => driver.boundary).join(", ") || "none";
  throw new TenonError(
    "driver-missing",
    `plugin ${id} wants boundary ${JSON.stringify(boundary)}, which this host does not have`,
    { hint: `it has ${names}; pass the driver to createHost({ drivers })`, plugin: id },
  );
}

/** An adapted plugin has to be carried as it was built. */
function checkFits(contract: Contract, driver: AnyDriver, { id, boundary, adapter }: PluginOptions): void {
  const refused = firstRefused(adapter?.plugin ?? contract, driver.traits);
  if (refused === undefined) return;
  throw new TenonError(
    "boundary-unsupported",
    `${refused.func.path} of ${contract.id} does not fit the ${boundary} boundary: ${refused.why}`,
    {
      hint: "choose a boundary that does: `tenon contract fit` shows which",
      plugin: id,
      boundary,
      sideEffects: "none",
    },
  );
}

/** A decision is of one place: what one boundary enforces another may not. */
export function checkDecided(before: PluginOptions, after: PluginOptions, next: UpgradeOptions): void {
  if (before.decision === undefined || next.decision !== undefined) return;
  if (before.boundary === after.boundary && next.artifact === undefined) return;
  throw new TenonError(
    "config-invalid",
    `the upgrade of plugin ${before.id} has no decision of policy for its next place`,
    {
      hint: "pass what decide() makes of the next artifact and boundary as decision",
      plugin: before.id,
      sideEffects: "none",
    },
  );
}

function checkAdapter(contract: Contract, { id, adapter }: PluginOptions): void {
  if (adapter === undefined || adapter.host.digest === contract.digest) return;
  throw new TenonError(
    "config-invalid",
    `the adapter of plugin ${id} is for ${adapter.host.id}, not for ${contract.id}`,
    {
      hint: "make it from the snapshot of the contract that the host passes here",
      plugin: id,
      sideEffects: "none",
    },
  );
}
