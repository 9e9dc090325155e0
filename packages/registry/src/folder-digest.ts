// A plugin's folder -> one digest of all that it has, so that trust can be for exactly these bytes.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { TenonError } from "@tenon/contract";

const MAX_FILES = 20_000;
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * `sha256:` and 64 hexadecimal digits over the path, the executable bit and the bytes of every file, in the order of the paths.
 * Throws file-missing, artifact-invalid for links and other things that are no files (what they lead to could change), and
 * resource-exhausted beyond 20,000 files or 512 MiB.
 */
export function folderDigest(folder: string): string {
  const hash = createHash("sha256").update("tenon-folder-1\n");
  let bytes = 0;
  for (const path of filesOf(folder)) {
    const file = join(folder, path);
    const stat = lstatSync(file);
    bytes += stat.size;
    if (bytes > MAX_BYTES) throw tooLarge(folder, `more than ${MAX_BYTES} bytes`);
    const own = createHash("sha256").update(readFileSync(file)).digest("hex");
    hash.update(`${JSON.stringify(path.split(sep).join("/"))} ${(stat.mode & 0o111) === 0 ? "-" : "x"} ${own}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}

function filesOf(folder: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new TenonError("file-missing", `${folder} cannot be read`, { cause, sideEffects: "none" });
  }
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(folder.replace(/[\\/]$/, "").length + 1);
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) {
      throw new TenonError("artifact-invalid", `${path} in ${folder} is no ordinary file, so it has no digest`, {
        hint: "put the file itself there",
        sideEffects: "none",
      });
    }
    if (files.push(path) > MAX_FILES) throw tooLarge(folder, `more than ${MAX_FILES} files`);
  }
  return files.sort((a, b) => (a < b ? -1 : 1));
}

function tooLarge(folder: string, what: string): TenonError {
  return new TenonError("resource-exhausted", `${folder} has ${what}`, {
    hint: "trust a smaller folder: only what the plugin needs to run",
    sideEffects: "none",
  });
}
