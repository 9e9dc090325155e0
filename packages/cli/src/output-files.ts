// Texts and bytes -> files on disk, replaced as a whole and only where they changed.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import { TenonError } from "@tenon/contract";

/** How a file on disk stands to the text that it should have. */
export function compareFile(path: string, text: string | Uint8Array): "unchanged" | "differs" | "missing" {
  try {
    return readFileSync(path).equals(Buffer.from(text)) ? "unchanged" : "differs";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw unwritable(path, error);
  }
}

/**
 * Writes beside the file and renames, so that nobody ever reads half of it, however the command ends. A file that has
 * the text already keeps its time stamp. Throws config-invalid with the system's reason.
 */
export function writeChanged(path: string, text: string | Uint8Array, mode = 0o666): "written" | "unchanged" {
  if (compareFile(path, text) === "unchanged") return "unchanged";
  const draft = join(dirname(path), `.tenon-${randomUUID()}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, text, { mode });
    renameSync(draft, path);
    return "written";
  } catch (error) {
    rmSync(draft, { force: true });
    throw unwritable(path, error);
  }
}

/** config-invalid with what the system says about a place to write to. */
export function unwritable(path: string, cause: unknown): TenonError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new TenonError("config-invalid", `${path} cannot be written (${code})`, {
    hint: "choose another folder, or change its rights",
    cause,
    sideEffects: "none",
  });
}
