// The builder's own policy, the user's and a project's -> what each plugin may do, and where it runs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hasMemoryBound, hasSandbox } from "@tenon/drivers/sandbox";
import { traitsFor, type AnyDriver } from "@tenon/host";
import {
  decide,
  placementOf,
  type AccessSet,
  type CapabilityRequests,
  type Decision,
  type Policy,
  type Rule,
} from "@tenon/policy";
import { folderDigest, PROJECT_POLICY_FILE, readPolicy, userPolicyFile } from "@tenon/registry";
import type { BuilderManifest } from "./manifest.ts";

/** What one run adds to the policies. */
export interface PolicyChange {
  readonly boundary?: string;
  readonly isTrusted?: boolean;
  readonly grants: readonly AccessSet[];
  readonly denials: readonly AccessSet[];
}

export interface PolicyFiles {
  /** The builder's own. */
  readonly own: string;
  /** In place of the builder's own and the user's. */
  readonly instead: string | undefined;
  /** The project's folder, whose file can only tighten. */
  readonly project: string | undefined;
}

/** Throws file-missing for a file that was named, and config-invalid with the JSON path. */
export function readPolicies({ own, instead, project }: PolicyFiles): readonly Policy[] {
  const user = userPolicyFile();
  const projects = project === undefined ? [] : [join(project, PROJECT_POLICY_FILE)].filter((file) => existsSync(file));
  const users = instead === undefined ? [own, ...(existsSync(user) ? [user] : [])] : [instead];
  return [...users.map((file) => readPolicy(file, "user")), ...projects.map((file) => readPolicy(file, "project"))];
}

/** Stands for whatever the folder has: `--trust` is the word of somebody who sees it. */
const THIS_RUN = "--trust";

/** Undefined where no policy trusts any digest, and where the folder has none. */
function digestIn(policies: readonly Policy[], folder: string): string | undefined {
  if (policies.every(({ trustedDigests }) => trustedDigests.length === 0)) return undefined;
  try {
    return folderDigest(folder);
  } catch {
    // Links, or far too much: nobody can have trusted that.
    return undefined;
  }
}

/** What the policies and this run make of one plugin where it is placed. `--grant` also asks, so that it can give more than the manifest says. */
export function decideFor(
  manifest: BuilderManifest,
  driver: AnyDriver,
  artifact: unknown,
  { policies, change }: { readonly policies: readonly Policy[]; readonly change: PolicyChange | undefined },
): Decision {
  const { id } = manifest;
  const { trust, sandbox } = placementOf(policies, id);
  const { enforcement, takesSandbox } = traitsFor(driver, artifact);
  const isTrusted = change?.isTrusted ?? false;
  const digest = isTrusted ? THIS_RUN : digestIn(policies, manifest.folder);
  const run: Policy = {
    file: "the command line",
    scope: "user",
    plugins: [],
    rules: rulesOf(id, change),
    trustedDigests: isTrusted ? [THIS_RUN] : [],
  };
  return decide({
    plugin: id,
    requests: withAsked(manifest.capabilities, change?.grants ?? []),
    boundary: driver.boundary,
    trust,
    enforcement,
    takesSandbox,
    sandbox,
    hasSandbox,
    hasMemoryBound,
    policies: [...policies, run],
    digest,
  });
}

function rulesOf(plugin: string, change: PolicyChange | undefined): readonly Rule[] {
  return [
    ...(change?.grants ?? []).map((grant): Rule => ({ at: "--grant", plugin, grant })),
    ...(change?.denials ?? []).map((deny): Rule => ({ at: "--deny", plugin, deny })),
  ];
}

function withAsked(requests: CapabilityRequests, grants: readonly AccessSet[]): CapabilityRequests {
  const why = "asked for on the command line";
  return {
    ...requests,
    fs: [...requests.fs, ...grants.flatMap(({ fs = [] }) => fs).map((one) => ({ ...one, why }))],
    exec: [...requests.exec, ...grants.flatMap(({ exec = [] }) => exec).map((one) => ({ ...one, why }))],
  };
}
