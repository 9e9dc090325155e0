// The operator's policy file -> what each plugin may do, and where it runs.
import type { IsolationChoice } from "@tenon/host/driver";
import { readJsonFile, type FsRequest, type JsonValue } from "@tenon/registry";
import { readProgramName, readProjectPattern, type BuilderManifest } from "./manifest.ts";

const ISOLATIONS: readonly IsolationChoice[] = ["inline", "worker", "process"];

/** What a plugin was allowed; `deny` wins over everything. */
export interface Grants {
  readonly files: readonly Pick<FsRequest, "path" | "mode">[];
  readonly tools: readonly string[];
  readonly deny: { readonly files: readonly string[]; readonly tools: readonly string[] };
}

export interface PluginPolicy {
  /** None of today's boundaries can keep a plugin from the file system by itself, so each plugin needs the operator's trust. */
  readonly isTrusted: boolean;
  /** Which boundary runs it; undefined leaves it to the manifest. */
  readonly boundary: string | undefined;
  /** Where a boundary runs it that leaves the choice; undefined leaves it to the manifest. */
  readonly isolation: IsolationChoice | undefined;
  /** `requested` is all that the manifest asks for. */
  readonly grants: "requested" | Pick<Grants, "files" | "tools">;
  readonly deny: Grants["deny"];
}

/** Policies by plugin id. */
export type Policy = ReadonlyMap<string, PluginPolicy>;

/** For a plugin that the policy file does not name. */
export const NO_POLICY: PluginPolicy = {
  isTrusted: false,
  boundary: undefined,
  isolation: undefined,
  grants: "requested",
  deny: { files: [], tools: [] },
};

/** Reads a policy file. Throws file-missing or config-invalid with the JSON path. */
export function readPolicy(file: string): Policy {
  const root = readJsonFile(file);
  const schema = root.get("schema");
  if (schema.value !== 1) schema.refuse("must be 1, the only form this builder reads");
  return new Map(
    root
      .get("plugins")
      .entries()
      .map(([id, entry]) => [id, readPlugin(entry)]),
  );
}

function readPlugin(at: JsonValue): PluginPolicy {
  const trust = at.get("trust");
  const boundary = at.get("boundary");
  const isolation = at.get("isolation");
  const grants = at.get("grants");
  const deny = at.get("deny");
  return {
    isTrusted: !trust.isMissing && trust.oneOf(["full", "none"]) === "full",
    boundary: boundary.isMissing ? undefined : boundary.text(),
    isolation: isolation.isMissing ? undefined : isolation.oneOf(ISOLATIONS),
    grants:
      grants.isMissing || grants.value === "requested"
        ? "requested"
        : { files: readFiles(grants.get("fs")), tools: readTools(grants.get("exec")) },
    deny: deny.isMissing
      ? NO_POLICY.deny
      : { files: deny.get("fs").list().map(readProjectPattern), tools: readTools(deny.get("exec")) },
  };
}

function readFiles(at: JsonValue): Grants["files"] {
  return at
    .list()
    .map((entry) => ({ path: readProjectPattern(entry.get("path")), mode: entry.get("mode").oneOf(["r", "rw"]) }));
}

function readTools(at: JsonValue): readonly string[] {
  return at.list().map(readProgramName);
}

/** The grants of one plugin: those of its policy, or what its manifest asks for. */
export function grantsOf(manifest: BuilderManifest, policy: PluginPolicy): Grants {
  const { grants, deny } = policy;
  if (grants !== "requested") return { ...grants, deny };
  return { files: manifest.files, tools: manifest.capabilities.exec.map((tool) => tool.program), deny };
}
