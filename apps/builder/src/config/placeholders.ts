// Texts in a manifest's artifact -> the same with `${plugin}`, `${node}` and `${bin:NAME}` filled in.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import type { Manifest, ManifestArtifact } from "./manifest.ts";

const PLACEHOLDER = /\$\{(plugin|node|bin:([A-Za-z0-9._-]+))\}/g;
/** Nothing honest is nested deeper. */
const MAX_DEPTH = 32;

/**
 * `${plugin}` is the plugin's folder, `${node}` the running Node, `${bin:NAME}` a program of an npm package, looked up in
 * `node_modules/.bin` from the plugin's folder upwards. Other `${...}` are the driver's and stay. Throws config-invalid.
 */
export function fillPlaceholders(manifest: Manifest, { id, artifact }: ManifestArtifact): Record<string, unknown> {
  const fill = (value: unknown, path: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw invalid(manifest, path, "is nested too deep");
    if (typeof value === "string") return fillText(manifest, value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, `${path}[${index}]`, depth + 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, `${path}.${key}`, depth + 1)]));
  };
  return fill(artifact, `artifact ${id}`, 0) as Record<string, unknown>;
}

function fillText(manifest: Manifest, text: string, path: string): string {
  if (text.includes("${plugin}") && text.split(/[\\/]/).includes("..")) throw invalid(manifest, path, "leaves the plugin's folder by ..");
  return text.replace(PLACEHOLDER, (_, name: string, bin: string | undefined) => {
    if (name === "plugin") return manifest.folder;
    if (name === "node") return process.execPath;
    return findBin(manifest, bin!, path);
  });
}

function findBin(manifest: Manifest, name: string, path: string): string {
  const suffix = process.platform === "win32" ? ".cmd" : "";
  for (let folder = manifest.folder; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", ".bin", name + suffix);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) throw invalid(manifest, path, `needs the program ${name} of an npm package that is not installed`);
  }
}

function invalid(manifest: Manifest, path: string, what: string): TenonError {
  return new TenonError("config-invalid", `plugin ${manifest.id}: ${path} ${what}`, { plugin: manifest.id, sideEffects: "none" });
}
