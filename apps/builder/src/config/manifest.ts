// A plugin's folder -> its manifest as a builder plugin: for this builder's contract, with capabilities below the project's folder.
import { join } from "node:path";
import {
  checkContract,
  JsonValue,
  MANIFEST_FILE,
  PROGRAM_NAME,
  readManifest,
  type Manifest,
  type TextRule,
} from "@tenon/registry";
import type { FsAccess, Reasoned } from "@tenon/policy";
import { plugin as contract } from "../generated/plugin.ts";

export interface BuilderManifest extends Manifest {
  /** The requests for files; their paths are patterns below the project's folder. */
  readonly files: readonly Reasoned<FsAccess>[];
  /** A project without a file that one of these matches is none of the plugin's, so it need not be asked. */
  readonly detect: readonly string[];
}

const PATTERN: TextRule = {
  pattern: /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]+$/,
  what: "a relative path pattern without ..",
};
const PROJECT_PREFIX = "${project}/";

/**
 * Reads and checks `folder/tenon.json`. `others` are the ids of further contracts that the builder speaks. Throws file-missing, config-invalid with the JSON path, or
 * contract-mismatch.
 */
export function readBuilderManifest(folder: string, others: readonly string[] = []): BuilderManifest {
  const manifest = readManifest(join(folder, MANIFEST_FILE));
  checkContract(manifest, contract.id, others);
  const files = manifest.capabilities.fs.map((request, index) => {
    const at = new JsonValue(request.path, manifest.file, `$.capabilities.fs[${index}].path`);
    return { ...request, path: readProjectPattern(at) };
  });
  const detect = manifest.extra.get("detect").list();
  return { ...manifest, files, detect: detect.map((pattern) => pattern.text(PATTERN)) };
}

/** `${project}/src/**` -> `src/**`; the pattern must stay in the project. */
export function readProjectPattern(at: JsonValue): string {
  const text = at.text();
  if (!text.startsWith(PROJECT_PREFIX)) return at.refuse(`must start with ${PROJECT_PREFIX}`);
  const pattern = text.slice(PROJECT_PREFIX.length);
  return PATTERN.pattern.test(pattern) ? pattern : at.refuse(`must hold ${PATTERN.what} after ${PROJECT_PREFIX}`);
}

/** A program's name as capabilities and grants write it. */
export function readProgramName(at: JsonValue): string {
  return at.text(PROGRAM_NAME);
}
