// The artifacts of a manifest -> what each boundary's driver is given, with the placeholders filled; and the choice of one.
import { join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import type { JsonValue, TextRule } from "./json.ts";
import type { Manifest } from "./manifest.ts";

/** The plugin's bytes for one boundary. */
export interface ArtifactEntry {
  /** Unique in the manifest. */
  readonly id: string;
  readonly boundary: string;
  /** The other keys: what the boundary's driver takes, with absolute paths where the placeholders were. */
  readonly artifact: Readonly<Record<string, unknown>>;
}

const NAME: TextRule = { pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, what: "a name of a-z, 0-9 and -" };
const PLACEHOLDER = /\$\{(plugin|node)\}/g;
/** Nothing honest is nested deeper. */
const MAX_DEPTH = 32;

export function readArtifacts(at: JsonValue, folder: string): readonly ArtifactEntry[] {
  const items = at.list();
  if (items.length === 0) at.refuse("must have at least one entry");
  const ids = new Set<string>();
  return items.map((item) => {
    const entry = readArtifact(item, folder);
    if (ids.has(entry.id)) item.get("id").refuse("must not be the id of another artifact");
    ids.add(entry.id);
    return entry;
  });
}

function readArtifact(at: JsonValue, folder: string): ArtifactEntry {
  const id = at.get("id").text(NAME);
  const boundary = at.get("boundary").text(NAME);
  const filled = fillPlaceholders(at, folder, 0) as Readonly<Record<string, unknown>>;
  const { id: _id, boundary: _boundary, ...own } = filled;
  return { id, boundary, artifact: own };
}

/** `${plugin}` is the plugin's folder, `${node}` the running Node. All other text is the driver's and stays. */
function fillPlaceholders(at: JsonValue, folder: string, depth: number): unknown {
  const { value } = at;
  if (depth > MAX_DEPTH) at.refuse("is nested too deep");
  if (typeof value === "string") return fillText(at, value, folder);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return at.list(Infinity).map((item) => fillPlaceholders(item, folder, depth + 1));
  return Object.fromEntries(at.entries().map(([key, item]) => [key, fillPlaceholders(item, folder, depth + 1)]));
}

function fillText(at: JsonValue, text: string, folder: string): string {
  if (text.includes("${plugin}")) {
    // `${plugin}-other` would be a neighbour, and so would `${plugin}/../other`.
    if (/\$\{plugin\}(?!$|[\\/])/.test(text)) at.refuse("must have a / after ${plugin}, or nothing");
    if (/(?:^|[\\/:;,=\s])\.\.(?:$|[\\/:;,\s])/.test(text)) at.refuse("leaves the plugin's folder by ..");
  }
  return text.replace(PLACEHOLDER, (_, name: string) => (name === "plugin" ? folder : process.execPath));
}

/** A path that is written `${plugin}/...`, absolute. */
export function pathInPlugin(at: JsonValue, folder: string): string {
  return join(
    fillText(at, at.text({ pattern: /^\$\{plugin\}\/[^/]/, what: "a path that starts with ${plugin}/" }), folder),
  );
}

/**
 * The artifact for `boundary`, or the author's first choice among the boundaries that the host has. Throws config-invalid
 * where the plugin has none, and driver-missing where the host lacks the boundary that was asked for.
 */
export function selectArtifact(
  manifest: Pick<Manifest, "id" | "artifacts">,
  available: readonly string[],
  boundary?: string,
): ArtifactEntry {
  const { id: plugin, artifacts } = manifest;
  const found = artifacts.find((one) =>
    boundary === undefined ? available.includes(one.boundary) : one.boundary === boundary,
  );
  if (found !== undefined && available.includes(found.boundary)) return found;
  const has = [...new Set(artifacts.map((one) => one.boundary))].join(", ");
  const host = `this host has ${available.join(", ") || "no boundary"}`;
  if (found !== undefined) {
    const what = `plugin ${plugin} has an artifact for boundary ${found.boundary}, but there is no driver for it`;
    throw new TenonError("driver-missing", what, { hint: host, plugin, sideEffects: "none" });
  }
  const what = `plugin ${plugin} has no artifact for ${boundary === undefined ? "any boundary of this host" : `boundary ${boundary}`}`;
  const hint = `it has artifacts for ${has}${boundary === undefined ? `; ${host}` : ""}`;
  throw new TenonError("config-invalid", what, { hint, plugin, sideEffects: "none" });
}
