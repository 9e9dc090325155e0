// A script's file -> a call each time somebody saved it; for development.
import { watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; the last one counts. */
const QUIET_MS = 40;

/** Watches the folder, because editors often replace the file. Returns what ends it; it keeps no program alive. */
export function watchFile(path: string, onSave: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name !== null && name !== basename(path)) return;
    clearTimeout(timer);
    timer = setTimeout(onSave, QUIET_MS).unref();
  });
  // A folder that goes away ends the watching, and nothing else.
  watcher.on("error", () => watcher.close());
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
