// A plugin's folder, policy files and a boundary -> what the plugin would get there.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { TenonError } from "@tenon/contract";
import { traitsFor } from "@tenon/host";
import { decide, placementOf, type Decision, type Policy } from "@tenon/policy";
import {
  folderDigest,
  MANIFEST_FILE,
  PROJECT_POLICY_FILE,
  readManifest,
  readPolicy,
  selectArtifact,
  userPolicyFile,
} from "@tenon/registry";
import { installedBoundaries, loadDriver } from "../call/drivers.ts";

export interface GrantsRequest {
  /** A plugin's folder, or its `tenon.json`. */
  readonly plugin: string;
  readonly boundary: string | undefined;
  /** In place of the user's own. */
  readonly policy: string | undefined;
  /** The folder whose `tenon.policy.json` may tighten it. */
  readonly project: string;
}

export interface GrantsReport extends Decision {
  /** The files that were read, the user's first. */
  readonly policies: readonly string[];
  readonly isolation: string | undefined;
  /** Of the plugin's folder; undefined where it has none, as with links in it. */
  readonly digest: string | undefined;
  readonly limitsWhy: string | undefined;
}

/** Rejects with file-missing, config-invalid, driver-missing or capability-unenforceable (an isolation that is not there). */
export async function decideArtifact(request: GrantsRequest): Promise<GrantsReport> {
  const { plugin } = request;
  const isFolder = existsSync(plugin) && statSync(plugin).isDirectory();
  const manifest = readManifest(isFolder ? join(plugin, MANIFEST_FILE) : plugin);
  const policies = readPolicies(request);
  const { trust, boundary, isolation } = placementOf(policies, manifest.id);
  const chosen = selectArtifact(manifest, installedBoundaries(), request.boundary ?? boundary);
  const artifact = isolation === undefined ? chosen.artifact : { ...chosen.artifact, isolation };
  const driver = await loadDriver(chosen.boundary);
  const { enforcement } = traitsFor(driver, artifact);
  const digest = digestOf(manifest.folder);
  const decision = decide({
    plugin: manifest.id,
    requests: manifest.capabilities,
    boundary: chosen.boundary,
    trust,
    enforcement,
    policies,
    digest,
  });
  return { ...decision, policies: policies.map(({ file }) => file), isolation, digest, limitsWhy: manifest.limitsWhy };
}

function readPolicies({ policy, project }: GrantsRequest): readonly Policy[] {
  const user = policy ?? userPolicyFile();
  const own = join(project, PROJECT_POLICY_FILE);
  return [
    // A user without a file has said nothing; one that was named must be there.
    ...(policy !== undefined || existsSync(user) ? [readPolicy(user, "user")] : []),
    ...(existsSync(own) ? [readPolicy(own, "project")] : []),
  ];
}

function digestOf(folder: string): string | undefined {
  try {
    return folderDigest(folder);
  } catch (error) {
    if (TenonError.from(error).code === "internal") throw error;
    return undefined;
  }
}
