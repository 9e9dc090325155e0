// Directories that walks came through again and again, kept open: a path to the same place takes one look in place of an opening
// for each segment.
import { readlinkSync } from "node:fs";
import type { DirectoryNode } from "./node.ts";

/** A directory of the host whose descriptor can be asked where it is. */
export interface KeptDirectory extends DirectoryNode {
  readonly descriptorPath: string | undefined;
}
interface Shortcut {
  readonly from: KeptDirectory;
  readonly path: string;
  readonly to: KeptDirectory;
  /** Where the system said it was when it was kept: right below where `from` was. */
  readonly place: string;
  readonly untilMs: number;
  users: number;
  isDropped: boolean;
}

/** Each is a descriptor of the host; a mount has no more than this, whatever its guests open. */
const MAX_SHORTCUTS = 16;
/** A file system that somebody mounts over a directory does not show in where the directory is. */
const MAX_AGE_MS = 1000;

/**
 * The shortcuts of one mount. A shortcut is taken only while the kernel says that its directory is where the path leads, by the
 * names from the top: renamed, removed or replaced by a symlink, it is not, and the path is walked. Whatever happens, it is a
 * directory that a walk within the mount has reached, which a guest might have kept open just as well.
 */
export class HostShortcuts {
  readonly #kept: Shortcut[] = [];
  #missed: { readonly from: DirectoryNode; readonly path: string } | undefined;

  /** Runs `act` in the directory at `path` below `from`, if that is known; else undefined. The directory stays open meanwhile. */
  use<T>(from: KeptDirectory, path: string, act: (directory: DirectoryNode) => T): { readonly result: T } | undefined {
    const shortcut = this.#find(from, path);
    if (shortcut === undefined) return undefined;
    shortcut.users++;
    try {
      return { result: act(shortcut.to) };
    } finally {
      shortcut.users--;
      if (shortcut.isDropped && shortcut.users === 0) shortcut.to.close();
    }
  }

  /** Takes `to` over, to which the plain names of `path` have led, when this is not the first time; says whether it did. */
  keep(from: KeptDirectory, path: string, to: KeptDirectory): boolean {
    const isAgain = this.#missed?.from === from && this.#missed.path === path;
    this.#missed = { from, path };
    if (!isAgain) return false;
    const [above, place] = [placeOf(from), placeOf(to)];
    // Something moved since the walk.
    if (above === undefined || place !== `${above === "/" ? "" : above}/${path}`) return false;
    if (this.#kept.length >= MAX_SHORTCUTS) this.#drop(this.#kept[0]!);
    this.#kept.push({ from, path, to, place, untilMs: performance.now() + MAX_AGE_MS, users: 0, isDropped: false });
    return true;
  }

  /** `from` is being closed. */
  forget(from: DirectoryNode): void {
    for (const shortcut of this.#kept.filter((one) => one.from === from)) this.#drop(shortcut);
    if (this.#missed?.from === from) this.#missed = undefined;
  }

  #find(from: KeptDirectory, path: string): Shortcut | undefined {
    for (const shortcut of this.#kept) {
      if (shortcut.from !== from || shortcut.path !== path) continue;
      if (performance.now() < shortcut.untilMs && placeOf(shortcut.to) === shortcut.place) return shortcut;
      this.#drop(shortcut);
      return undefined;
    }
    return undefined;
  }

  #drop(shortcut: Shortcut): void {
    this.#kept.splice(this.#kept.indexOf(shortcut), 1);
    shortcut.isDropped = true;
    if (shortcut.users === 0) shortcut.to.close();
  }
}

/** proc_pid_fd(5): the names from the root down to what is open, and ` (deleted)` behind what has none. */
function placeOf({ descriptorPath }: KeptDirectory): string | undefined {
  try {
    return descriptorPath === undefined ? undefined : readlinkSync(descriptorPath);
  } catch {
    // Without /proc there are no shortcuts.
    return undefined;
  }
}
