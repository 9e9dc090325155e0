// A project folder -> a call for every change of its sources, debounced. Folders that builds produce are not watched.
import { statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "./list-files.ts";

/** Editors write a file in several steps. */
const DEBOUNCE_MS = 80;
/** Where the system offers no events, and for what events miss. */
const POLL_MS = 1000;

export interface ProjectWatch extends Disposable {
  close(): void;
}

/** `onChange` gets the paths that changed, were added or removed. `project` is a real path. */
export function watchProject(project: string, onChange: (paths: readonly string[]) => void): ProjectWatch {
  let known = snapshot(project);
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = snapshot(project);
    const changed = difference(known, now);
    known = now;
    refresh();
    if (changed.length > 0) onChange(changed);
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, DEBOUNCE_MS);
  };
  const refresh = (): void => {
    const folders = foldersOf(known.keys());
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) if (!watchers.has(folder)) open(folder);
  };
  const open = (folder: string): void => {
    try {
      const watcher = watch(join(project, folder), soon);
      // A watched folder that is removed reports an error; the next look sees that it is gone.
      watcher.on("error", soon);
      watchers.set(folder, watcher);
    } catch {
      // No watch to be had (a limit, a file system without events): polling goes on.
    }
  };
  refresh();
  const poll = setInterval(look, POLL_MS);
  const close = (): void => {
    clearTimeout(timer);
    clearInterval(poll);
    for (const watcher of watchers.values()) watcher.close();
  };
  return { close, [Symbol.dispose]: close };
}

/** What tells one state of each file from another. */
function snapshot(project: string): Map<string, string> {
  const states = new Map<string, string>();
  for (const file of listFilesNow(project)) {
    const stat = statSync(join(project, file), { throwIfNoEntry: false });
    if (stat !== undefined) states.set(file, `${stat.mtimeMs} ${stat.size} ${stat.ino}`);
  }
  return states;
}

function listFilesNow(project: string): readonly string[] {
  try {
    return listFiles(project, "").files;
  } catch {
    // A folder vanished while it was being listed; the next look sees the rest.
    return [];
  }
}

function foldersOf(files: Iterable<string>): Set<string> {
  const folders = new Set([""]);
  for (const file of files) {
    for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  return folders;
}

function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((file) => before.get(file) !== after.get(file)).sort();
}
