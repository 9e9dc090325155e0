// Texts in a manifest's artifact -> the same with `${plugin}` and `${node}` filled in.
import process from "node:process";
import { TenonError } from "@tenon/contract";
import type { Manifest, ManifestArtifact } from "./manifest.ts";

const PLACEHOLDER = /\$\{(plugin|node)\}/g;
/** Nothing honest is nested deeper. */
const MAX_DEPTH = 32;

/**
 * `${plugin}` is the plugin's folder, `${node}` the running Node. Everything else is the driver's and stays.
 * Throws config-invalid for a path that leaves the plugin's folder.
 */
export function fillPlaceholders(manifest: Manifest, { id, artifact }: ManifestArtifact): Record<string, unknown> {
  const fill = (value: unknown, path: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw invalid(manifest, path, "is nested too deep");
    if (typeof value === "string") return fillText(manifest, value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, `${path}[${index}]`, depth + 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fill(item, `${path}.${key}`, depth + 1)]),
    );
  };
  return fill(artifact, `artifact ${id}`, 0) as Record<string, unknown>;
}

function fillText(manifest: Manifest, text: string, path: string): string {
  if (text.includes("${plugin}") && text.split(/[\\/]/).includes(".."))
    throw invalid(manifest, path, "leaves the plugin's folder by ..");
  return text.replace(PLACEHOLDER, (_, name: string) => (name === "plugin" ? manifest.folder : process.execPath));
}

function invalid(manifest: Manifest, path: string, what: string): TenonError {
  return new TenonError("config-invalid", `plugin ${manifest.id}: ${path} ${what}`, {
    plugin: manifest.id,
    sideEffects: "none",
  });
}
