// `tenon.json` -> a checked manifest: what a plugin is, which artifact serves which boundary, what it asks for.
import { isAbsolute, join, resolve, sep } from "node:path";
import { TenonError } from "@tenon/contract";
import type { Limits } from "@tenon/host";
import { shape, type Shape } from "./shape.ts";

/** One request of a capability; `why` is shown to the person who grants it. */
export interface CapabilityRequest {
  readonly why: string;
}
export interface FsRequest extends CapabilityRequest {
  /** A glob below a root such as `${project}` or `${out}`. */
  readonly path: string;
  readonly mode: "r" | "rw";
}
export interface ExecRequest extends CapabilityRequest {
  /** The program's name, as `run-tool` is given it. */
  readonly command: string;
}
export interface EnvRequest extends CapabilityRequest {
  readonly name: string;
}

/** What the plugin may ever ask for; nothing here is granted by being written. */
export interface CapabilityRequests {
  readonly fs?: readonly FsRequest[];
  readonly exec?: readonly ExecRequest[];
  readonly env?: readonly EnvRequest[];
}

/** The plugin's bytes for one boundary. The other keys are the driver's own, with `./` paths made absolute. */
export interface ArtifactEntry {
  readonly id: string;
  readonly boundary: string;
  readonly [key: string]: unknown;
}

export interface ContractEntry {
  /** `tenon:builder/plugin@0.1.0`. */
  readonly id: string;
  /** The digest the plugin was built for; the artifact's own word counts more. */
  readonly digest?: string;
  /** A WIT file or folder beside the manifest, for tools that load the plugin without knowing its contract. */
  readonly wit?: string;
}

export interface Manifest {
  readonly schema: 1;
  /** `namespace/name`, lower case. */
  readonly id: string;
  readonly version: string;
  readonly title?: string;
  readonly description?: string;
  readonly license?: string;
  readonly contracts: readonly ContractEntry[];
  /** In the author's order of preference. */
  readonly artifacts: readonly ArtifactEntry[];
  readonly capabilities: CapabilityRequests;
  readonly limits: Partial<Limits>;
  /** The folder that `./` paths are relative to; not part of the file. */
  readonly folder: string;
}

/** A manifest is a page of text; more is an attack or a mistake. */
const MAX_MANIFEST_BYTES = 64 * 1024;
const ID = /^[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9-]{0,63}$/;
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

const text: Shape = shape.text;
const MANIFEST: Shape = shape.record({
  schema: shape.literal(1),
  id: shape.match(ID, "namespace/name in lower case"),
  version: shape.match(VERSION, "a semantic version such as 1.4.2"),
  title: shape.optional(text),
  description: shape.optional(text),
  license: shape.optional(text),
  contracts: shape.list(shape.record({ id: text, digest: shape.optional(text), wit: shape.optional(text) }), 1),
  artifacts: shape.list(shape.open({ id: text, boundary: text }), 1),
  capabilities: shape.optional(
    shape.record({
      fs: shape.optional(shape.list(shape.record({ path: text, mode: shape.oneOf("r", "rw"), why: text }))),
      exec: shape.optional(shape.list(shape.record({ command: text, why: text }))),
      env: shape.optional(shape.list(shape.record({ name: text, why: text }))),
    }),
  ),
  limits: shape.optional(shape.numbers),
});

/**
 * Reads the text of a manifest that lies in `folder`. Throws config-invalid naming the place, such as
 * `tenon.json: artifacts[0].boundary: expected text, got number`.
 */
export function parseManifest(source: string, folder: string, file = "tenon.json"): Manifest {
  const fail = (what: string): never => {
    throw new TenonError("config-invalid", `${file}: ${what}`, {
      hint: "mend the manifest at the place named",
      sideEffects: "none",
    });
  };
  if (source.length > MAX_MANIFEST_BYTES) fail(`is longer than ${MAX_MANIFEST_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    fail(`is not JSON: ${(error as Error).message}`);
  }
  const misfit = MANIFEST(json, "");
  if (misfit !== undefined) fail(misfit);
  const raw = json as Omit<Manifest, "folder" | "capabilities" | "limits"> & {
    capabilities?: CapabilityRequests;
    limits?: Partial<Limits>;
  };
  const base = resolve(folder);
  return {
    ...raw,
    contracts: raw.contracts.map((entry) =>
      entry.wit === undefined ? entry : { ...entry, wit: inside(base, entry.wit, fail) },
    ),
    artifacts: raw.artifacts.map((entry) => resolvePaths(entry, base, fail)),
    capabilities: raw.capabilities ?? {},
    limits: raw.limits ?? {},
    folder: base,
  };
}

/** The artifact for `boundary`, or the author's first choice among `available` boundaries. Throws config-invalid. */
export function selectArtifact(manifest: Manifest, available: readonly string[], boundary?: string): ArtifactEntry {
  const wanted = boundary === undefined ? available : [boundary];
  const found = manifest.artifacts.find((artifact) => wanted.includes(artifact.boundary));
  if (found !== undefined && available.includes(found.boundary)) return found;
  const has = manifest.artifacts.map((artifact) => artifact.boundary).join(", ");
  const what =
    boundary === undefined
      ? `none of the boundaries of this host (${available.join(", ")})`
      : `no artifact for boundary ${boundary}`;
  throw new TenonError("config-invalid", `plugin ${manifest.id} has ${what}`, {
    hint: `it has artifacts for ${has}`,
    plugin: manifest.id,
    sideEffects: "none",
  });
}

/** The keys of an artifact whose texts may be paths. */
const PATH_KEYS: ReadonlySet<string> = new Set(["module", "program", "command", "cwd"]);

function resolvePaths(entry: ArtifactEntry, folder: string, fail: (what: string) => never): ArtifactEntry {
  const fix = (value: unknown): unknown => {
    if (typeof value === "string")
      return value.startsWith("./") || value.startsWith("../") ? inside(folder, value, fail) : value;
    return Array.isArray(value) ? value.map(fix) : value;
  };
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, PATH_KEYS.has(key) ? fix(value) : value]),
  ) as ArtifactEntry;
}

function inside(folder: string, path: string, fail: (what: string) => never): string {
  const full = join(folder, path);
  if (isAbsolute(path) || !(full + sep).startsWith(folder + sep))
    fail(`path ${JSON.stringify(path)} leaves the plugin's folder`);
  return full;
}
