// A `tenon.json` -> what the plugin says of itself, held against the files that lie there.
import { createHash } from "node:crypto";
import { sep } from "node:path";
import { TenonError } from "@tenon/contract";
import { readManifest, type ArtifactEntry, type ContractEntry, type Manifest } from "@tenon/registry";
import { readWorld } from "../contract-source.ts";
import { describeContract } from "../describe-contract.ts";
import { readChunks, statOf } from "../foreign-file.ts";
import type { ArtifactReport, ContractFacts, ManifestArtifact } from "./report.ts";
import type { InspectOptions } from "./inspect.ts";

/** Throws config-invalid with the place in the manifest. */
export async function inspectManifest(
  path: string,
  _options: InspectOptions,
): Promise<Omit<ArtifactReport, "path" | "size">> {
  const manifest = readManifest(path);
  const notes: string[] = [];
  const contract = manifest.contracts.map((entry) => contractFacts(entry, notes))[0];
  const artifacts = manifest.artifacts.map((entry) => artifactFacts(entry, manifest.folder));
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
    notes: [...notes, ...requests(manifest), ...unknownKeys(manifest)],
  };
}

/** The contract with its functions where the manifest has WIT; a digest that differs is worth a note. */
function contractFacts(entry: ContractEntry, notes: string[]): ContractFacts {
  const world = `${entry.package}/${entry.world}`;
  const { version, abi } = entry.built ?? {};
  const id = version === undefined ? world : `${world}@${version}`;
  const bare = { id, ...(abi !== undefined && { digest: abi }), exports: [], imports: [] };
  if (entry.wit === undefined) return bare;
  try {
    const { contract } = readWorld(entry.wit, { world });
    if (abi !== undefined && abi !== contract.digest)
      notes.push(`the manifest says ${abi}, but ${entry.wit} has ${contract.digest}: one of them is stale`);
    return describeContract(contract);
  } catch (thrown) {
    notes.push(`the contract cannot be read: ${TenonError.from(thrown).what}`);
    return bare;
  }
}

function artifactFacts(entry: ArtifactEntry, folder: string): ManifestArtifact {
  const { id, boundary } = entry;
  const file = mainFile(entry, folder);
  if (file === undefined) return { id, boundary, status: "no file of its own" };
  const stats = statOf(file);
  if (stats === undefined) return { id, boundary, file, status: "missing; build the plugin first" };
  if (!stats.isFile()) return { id, boundary, file, status: "not a file" };
  return {
    id,
    boundary,
    file,
    status: "ok",
    size: stats.size,
    sha256: digestOf(file),
  };
}

function digestOf(file: string): string {
  const hash = createHash("sha256");
  readChunks(file, (chunk) => hash.update(chunk));
  return hash.digest("hex");
}

/** The file that makes the artifact: the first one in the plugin's folder that its module, program or command names. */
function mainFile({ artifact }: ArtifactEntry, folder: string): string | undefined {
  const { module, program, command, base = folder } = artifact;
  const words = [module, program, command].flat().filter((word) => typeof word === "string");
  return words
    .map((word) => (typeof base === "string" ? word.replace("{base}", base) : word))
    .find((word) => word.startsWith(folder + sep) || word.startsWith(`${folder}/`));
}

function requests({ capabilities }: Manifest): string[] {
  const { fs, exec, env } = capabilities;
  return [
    ...fs.map(({ path, mode, why }) => `asks for files ${path} (${mode}): ${why}`),
    ...exec.map(({ program, why }) => `asks to run ${program}: ${why}`),
    ...env.map(({ name, why }) => `asks for the variable ${name}: ${why}`),
  ];
}

/** A misspelt key is one that nobody reads. */
function unknownKeys({ extra }: Manifest): string[] {
  const names = Object.keys(extra.object());
  return names.length === 0 ? [] : [`keys that Tenon itself does not read: ${names.join(", ")}`];
}
