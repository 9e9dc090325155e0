// Times that a guest set, kept to the nanosecond: Node's own calls round them to a microsecond on the way to the disk.
import type { Stat } from "./node.ts";

/** Files remembered at once; the oldest is forgotten first and then shows what the disk has. */
const MAX_FILES = 4096;

interface Kept {
  readonly shown: bigint;
  /** What the disk had right after; any other value since then means that somebody else has set it. */
  readonly onDisk: bigint;
}

export class ExactTimes {
  readonly #files = new Map<string, { readonly atime: Kept; readonly mtime: Kept }>();

  remember(asked: { readonly atime: bigint; readonly mtime: bigint }, onDisk: Stat): void {
    const key = `${onDisk.dev}:${onDisk.ino}`;
    this.#files.delete(key);
    this.#files.set(key, {
      atime: { shown: asked.atime, onDisk: onDisk.atime },
      mtime: { shown: asked.mtime, onDisk: onDisk.mtime },
    });
    if (this.#files.size <= MAX_FILES) return;
    for (const oldest of this.#files.keys()) {
      this.#files.delete(oldest);
      break;
    }
  }

  apply(stat: Stat): Stat {
    if (this.#files.size === 0) return stat;
    const kept = this.#files.get(`${stat.dev}:${stat.ino}`);
    if (kept === undefined) return stat;
    return {
      ...stat,
      atime: stat.atime === kept.atime.onDisk ? kept.atime.shown : stat.atime,
      mtime: stat.mtime === kept.mtime.onDisk ? kept.mtime.shown : stat.mtime,
    };
  }
}
