// A `tenon.json` -> what the plugin says of itself, held against the files that lie there.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { TenonError } from "@tenon/contract";
import { parseManifest, type ArtifactEntry, type ContractEntry, type Manifest } from "@tenon/registry";
import { readWorld } from "../contract-source.ts";
import { describeContract } from "../describe-contract.ts";
import { readBounded } from "../wit-files.ts";
import type { ArtifactReport, ContractFacts, ManifestArtifact } from "./report.ts";
import type { InspectOptions } from "./inspect.ts";

const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Throws config-invalid with the place in the manifest. */
export async function readManifest(path: string): Promise<Manifest> {
  return parseManifest(readBounded(path, MAX_MANIFEST_BYTES).toString("utf8"), dirname(path), path);
}

export async function inspectManifest(
  path: string,
  _options: InspectOptions,
): Promise<Omit<ArtifactReport, "path" | "size">> {
  const manifest = await readManifest(path);
  const notes: string[] = [];
  const contract = manifest.contracts.map((entry) => contractFacts(entry, notes))[0];
  const artifacts = manifest.artifacts.map(artifactFacts);
  const { id, version, title, description, license } = manifest;
  const details = {
    plugin: `${id} ${version}`,
    ...(title && { title }),
    ...(description && { description }),
    ...(license && { license }),
  };
  return {
    kind: "manifest",
    title: "plugin manifest",
    details,
    ...(contract !== undefined && { contract }),
    artifacts,
    boundaries: [...new Set(artifacts.map(({ boundary }) => boundary))],
    notes: [...notes, ...requests(manifest)],
  };
}

/** The contract with its functions where the manifest has WIT; a digest that differs is worth a note. */
function contractFacts(entry: ContractEntry, notes: string[]): ContractFacts {
  const bare = { id: entry.id, ...(entry.digest !== undefined && { digest: entry.digest }), exports: [], imports: [] };
  if (entry.wit === undefined) return bare;
  try {
    const { contract } = readWorld(entry.wit, { world: entry.id });
    if (entry.digest !== undefined && entry.digest !== contract.digest) {
      notes.push(`the manifest says ${entry.digest}, but ${entry.wit} has ${contract.digest}: one of them is stale`);
    }
    return describeContract(contract);
  } catch (thrown) {
    notes.push(`the contract cannot be read: ${TenonError.from(thrown).what}`);
    return bare;
  }
}

function artifactFacts(entry: ArtifactEntry): ManifestArtifact {
  const { id, boundary } = entry;
  const file = mainFile(entry);
  if (file === undefined) return { id, boundary, status: "no file of its own" };
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return { id, boundary, file, status: "missing; build the plugin first" };
  if (!stats.isFile()) return { id, boundary, file, status: "not a file" };
  return {
    id,
    boundary,
    file,
    status: "ok",
    size: stats.size,
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  };
}

/** The file that makes the artifact: its module or program, or the first file of the plugin's folder in its command. */
function mainFile(entry: ArtifactEntry): string | undefined {
  const named = entry["module"] ?? entry["program"];
  if (typeof named === "string") return named.startsWith("/") || named.includes(":\\") ? named : undefined;
  const command = entry["command"];
  const words = Array.isArray(command) ? command : [];
  return words.find(
    (word): word is string => typeof word === "string" && (word.startsWith("/") || word.includes(":\\")),
  );
}

function requests({ capabilities }: Manifest): string[] {
  const { fs = [], exec = [], env = [] } = capabilities;
  return [
    ...fs.map(({ path, mode, why }) => `asks for files ${path} (${mode}): ${why}`),
    ...exec.map(({ command, why }) => `asks to run ${command}: ${why}`),
    ...env.map(({ name, why }) => `asks for the variable ${name}: ${why}`),
  ];
}
