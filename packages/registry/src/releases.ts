// A plugin's folder -> the other releases of the plugin in the folders beside it, by their manifests alone.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import minVersion from "semver/ranges/min-version.js";
import type { PluginRelease } from "@tenon/host";
import type { ContractEntry } from "./contracts.ts";
import { MANIFEST_FILE, readManifest, type Manifest } from "./manifest.ts";

/**
 * What `PluginOptions.releases` takes: every plugin of the same id in a folder beside `manifest.folder`. What its artifacts
 * were built for is `built`, or the oldest version that the entry's range admits. Folders that cannot be read, and manifests
 * with mistakes, are no releases.
 */
export function releasesBeside({ id, folder }: Pick<Manifest, "id" | "folder">): readonly PluginRelease[] {
  const parent = dirname(folder);
  return foldersOf(parent)
    .map((name) => join(parent, name))
    .filter((path) => path !== folder)
    .flatMap((path) => {
      const manifest = manifestIn(path);
      if (manifest?.id !== id) return [];
      return [{ version: manifest.version, contracts: manifest.contracts.map(stampOf) }];
    });
}

function foldersOf(parent: string): readonly string[] {
  try {
    const entries = readdirSync(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // It was there a moment ago, or may not be listed: then nothing is known.
    return [];
  }
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return readManifest(join(folder, MANIFEST_FILE));
  } catch {
    // No plugin, or none that could be taken.
    return undefined;
  }
}

function stampOf({ package: name, world, range, built }: ContractEntry): string {
  if (built !== undefined) return built.abi;
  const oldest = range === undefined ? undefined : minVersion(range)?.version;
  return `${name}/${world}${oldest === undefined ? "" : `@${oldest}`}`;
}
