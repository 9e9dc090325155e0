// A plugin's folder, policy files and a boundary -> what the plugin would get there.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TenonError } from "@tenon/contract";
import { hasMemoryBound, hasSandbox } from "@tenon/drivers/sandbox";
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
  type Manifest,
} from "@tenon/registry";
import { installedBoundaries, loadDriver } from "../call/drivers.ts";
import { statOf } from "../foreign-file.ts";

/** Where policy files are looked for. */
export interface PolicySources {
  /** In place of the user's own. */
  readonly policy: string | undefined;
  /** The folder whose `tenon.policy.json` may tighten it. */
  readonly project: string;
}

export interface GrantsRequest extends PolicySources {
  /** A plugin's folder, or its `tenon.json`. */
  readonly plugin: string;
  readonly boundary: string | undefined;
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
  const isFolder = statOf(plugin)?.isDirectory() === true;
  const manifest = readManifest(isFolder ? join(plugin, MANIFEST_FILE) : plugin);
  const policies = readPolicies(request);
  const placed = placeManifest(manifest, policies, request.boundary);
  const decision = await decidePlaced({ manifest, policies, ...placed });
  const { isolation } = placementOf(policies, manifest.id);
  return {
    ...decision,
    policies: policies.map(({ file }) => file),
    isolation,
    digest: digestOf(manifest.folder),
    limitsWhy: manifest.limitsWhy,
  };
}

export interface Placed {
  readonly boundary: string;
  readonly artifact: Readonly<Record<string, unknown>>;
}

/** Where policies put the plugin, or where it was asked for, with the isolation that they say. */
export function placeManifest(manifest: Manifest, policies: readonly Policy[], asked: string | undefined): Placed {
  const { boundary, isolation } = placementOf(policies, manifest.id);
  const chosen = selectArtifact(manifest, installedBoundaries(), asked ?? boundary);
  const artifact = isolation === undefined ? chosen.artifact : { ...chosen.artifact, isolation };
  return { boundary: chosen.boundary, artifact };
}

interface PlacedManifest extends Placed {
  readonly manifest: Manifest;
  readonly policies: readonly Policy[];
}

/** What the plugin gets there. */
export async function decidePlaced({ manifest, policies, boundary, artifact }: PlacedManifest): Promise<Decision> {
  const driver = await loadDriver(boundary);
  const { enforcement, takesSandbox } = traitsFor(driver, artifact);
  const { trust, sandbox } = placementOf(policies, manifest.id);
  return decide({
    plugin: manifest.id,
    requests: manifest.capabilities,
    boundary,
    trust,
    enforcement,
    takesSandbox,
    sandbox,
    hasSandbox,
    hasMemoryBound,
    policies,
    digest: digestOf(manifest.folder),
  });
}

/** The user's file and the project's, as far as they are there. Throws file-missing for one that was named, and config-invalid. */
export function readPolicies({ policy, project }: PolicySources): readonly Policy[] {
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
