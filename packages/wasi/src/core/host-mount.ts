// One mounted host directory: what may be done below it, how many bytes may be added, and how Node's facts read as ours.
import { type BigIntStats, constants } from "node:fs";
import { ExactTimes } from "./exact-times.ts";
import { fault, systemFault } from "./fault.ts";
import { HostShortcuts } from "./host-shortcuts.ts";
import type { NewTimes, NodeType, Stat } from "./node.ts";

/** Charged for each new file, directory or link under a quota, so that empty ones are not free. */
const ENTRY_BYTES = 512;

export class HostMount {
  readonly readOnly: boolean;
  readonly times: ExactTimes = new ExactTimes();
  readonly shortcuts: HostShortcuts = new HostShortcuts();
  readonly hasQuota: boolean;
  #left: number;

  constructor(readOnly: boolean, maxBytes: number | undefined) {
    this.readOnly = readOnly;
    this.hasQuota = maxBytes !== undefined;
    this.#left = maxBytes ?? 0;
  }

  requireWritable(): void {
    if (this.readOnly) throw fault("perm");
  }

  /** Takes `bytes` of the quota, or throws `nospc`. */
  charge(bytes: number): void {
    if (!this.hasQuota || bytes <= 0) return;
    if (bytes > this.#left) throw fault("nospc");
    this.#left -= bytes;
  }

  chargeEntry(): void {
    this.charge(ENTRY_BYTES);
  }

  toStat(stats: BigIntStats): Stat {
    return this.times.apply(rawStat(stats));
  }

  /** Sets times through `set` (seconds, as Node takes them), and remembers what was asked. `look` reads the disk. */
  setTimes(look: () => BigIntStats, times: NewTimes, set: (atime: number, mtime: number) => void): void {
    this.requireWritable();
    const before = this.toStat(look());
    const asked = { atime: times.atime ?? before.atime, mtime: times.mtime ?? before.mtime };
    attempt(() => set(Number(asked.atime) / 1e9, Number(asked.mtime) / 1e9));
    this.times.remember(asked, rawStat(look()));
  }
}

/** Runs one or more system calls; their errors become faults. */
export function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw systemFault(thrown);
  }
}

function rawStat(stats: BigIntStats): Stat {
  return {
    type: typeOfMode(Number(stats.mode)),
    dev: stats.dev,
    ino: stats.ino,
    nlink: stats.nlink,
    size: stats.size,
    atime: stats.atimeNs,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
  };
}

const TYPES = new Map<number, NodeType>([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFCHR, "character-device"],
  [constants.S_IFBLK, "block-device"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
]);

function typeOfMode(mode: number): NodeType {
  return TYPES.get(mode & constants.S_IFMT) ?? "unknown";
}
