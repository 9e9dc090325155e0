// A plugin's `tenon.json` -> its checked manifest. Form: docs/spec/manifest.md.
import { dirname, resolve } from "node:path";
import type { Limits } from "@tenon/host";
import type { CapabilityRequests } from "@tenon/policy";
import { readArtifacts, type ArtifactEntry } from "./artifacts.ts";
import { readContract, VERSION, type ContractEntry } from "./contracts.ts";
import { JsonValue, readJsonFile, type TextRule } from "./json.ts";
import { readCapabilities, readLimits, readLimitsWhy, readRequirements, type Requirement } from "./requests.ts";

/** The name of the file in a plugin's folder. */
export const MANIFEST_FILE = "tenon.json";

/** What a plugin is, which artifact serves which boundary, and what it asks for. */
export interface Manifest {
  /** Where it was read, absolute. */
  readonly file: string;
  /** The plugin's folder, in which the file is; absolute. */
  readonly folder: string;
  /** `namespace/name`. */
  readonly id: string;
  readonly version: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** An SPDX expression. */
  readonly license: string | undefined;
  /** At least one. */
  readonly contracts: readonly ContractEntry[];
  /** At least one, in the author's order of preference. */
  readonly artifacts: readonly ArtifactEntry[];
  readonly capabilities: CapabilityRequests;
  readonly requires: readonly Requirement[];
  readonly limits: Partial<Limits>;
  readonly limitsWhy: string | undefined;
  /** An object of the keys that are not Tenon's, for the hosts whose they are; its readers refuse with their place in the file. */
  readonly extra: JsonValue;
}

const ID: TextRule = {
  pattern: /^[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9-]{0,63}$/,
  what: "an id of the form namespace/name",
};
/** All that this reader takes; `$schema` is for editors. */
const KEYS: ReadonlySet<string> = new Set(
  "$schema schema id version title description license contracts artifacts capabilities requires limits".split(" "),
);

/** Reads a manifest and checks all of it. Throws file-missing, or config-invalid with the file and the path in it. */
export function readManifest(file: string): Manifest {
  const path = resolve(file);
  const folder = dirname(path);
  const root = readJsonFile(path);
  const schema = root.get("schema");
  if (schema.value !== 1) schema.refuse("must be 1, the only form that this Tenon reads");
  const text = (key: string): string | undefined => root.get(key).optional((at) => at.text());
  const contracts = root.get("contracts");
  if (contracts.list().length === 0) contracts.refuse("must have at least one entry");
  return {
    file: path,
    folder,
    id: root.get("id").text(ID),
    version: root.get("version").text(VERSION),
    title: text("title"),
    description: text("description"),
    license: text("license"),
    contracts: contracts.list().map((entry) => readContract(entry, folder)),
    artifacts: readArtifacts(root.get("artifacts"), folder),
    capabilities: readCapabilities(root.get("capabilities")),
    requires: readRequirements(root.get("requires")),
    limits: readLimits(root.get("limits")),
    limitsWhy: readLimitsWhy(root.get("limits")),
    extra: new JsonValue(
      Object.fromEntries(Object.entries(root.object()).filter(([key]) => !KEYS.has(key))),
      path,
      "$",
    ),
  };
}
