// Read access to WIT files for tests, over the real file system.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { WitFiles } from "@tenon/contract";

export const nodeFiles: WitFiles = {
  readDirectory: (path) =>
    readdirSync(path).map((name) => ({
      name,
      kind: statSync(`${path}/${name}`).isDirectory() ? ("directory" as const) : ("file" as const),
    })),
  readText: (path) => readFileSync(path, "utf8"),
};

/** Path of something beside the tests. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
}

/** A Resolve as another program would read it. */
export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
