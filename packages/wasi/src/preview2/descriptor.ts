// A descriptor of wasi:filesystem@0.2: an open file or directory with what it may be used for.
import { fault } from "../core/fault.ts";
import type { DirectoryNode, FileNode, NewTimes, NodeType, Stat } from "../core/node.ts";
import { openAt, statAt } from "../core/paths.ts";
import { adopt, type ComponentGuest, release } from "./component-guest.ts";

export interface DescriptorFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly fileIntegritySync?: boolean;
  readonly dataIntegritySync?: boolean;
  readonly requestedWriteSync?: boolean;
  readonly mutateDirectory?: boolean;
}
export interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}
export type NewTimestamp =
  | { readonly tag: "no-change" }
  | { readonly tag: "now" }
  | { readonly tag: "timestamp"; readonly val: Datetime };

const NS = 1_000_000_000n;

export class Descriptor {
  readonly guest: ComponentGuest;
  readonly node: FileNode | DirectoryNode;
  readonly flags: DescriptorFlags;

  constructor(guest: ComponentGuest, node: FileNode | DirectoryNode, flags: DescriptorFlags) {
    this.guest = guest;
    this.node = adopt(guest, node);
    this.flags = flags;
  }

  /** For reading or writing what is in it; directories are `is-directory`, a missing flag is `bad-descriptor`. */
  file(use: "read" | "write" | "facts"): FileNode {
    if (this.node.kind === "directory") throw fault("isdir");
    if (use !== "facts" && this.flags[use] !== true) throw fault("badf");
    return this.node;
  }

  directory(use: "look" | "change"): DirectoryNode {
    if (this.node.kind === "file") throw fault("notdir");
    if (use === "change" && this.flags.mutateDirectory !== true) throw fault("perm");
    return this.node;
  }

  openAt(follow: boolean, path: string, open: OpenFlags, flags: DescriptorFlags): Descriptor {
    const isChange = open.create === true || open.truncate === true || flags.write === true;
    const directory = this.directory(isChange ? "change" : "look");
    const node = openAt(directory, path, follow, {
      read: flags.read === true,
      write: flags.write === true,
      create: open.create === true,
      exclusive: open.exclusive === true,
      truncate: open.truncate === true,
      directory: open.directory === true,
      sync: syncOf(flags),
    });
    // What may be changed below is settled by the mount; a guest need not ask for it at each step.
    const mutateDirectory = node.kind === "directory" && this.flags.mutateDirectory === true;
    return new Descriptor(this.guest, node, { ...flags, mutateDirectory });
  }

  stat(): Stat {
    return this.node.kind === "file" ? this.node.stat() : this.node.statSelf();
  }

  statAt(follow: boolean, path: string): Stat {
    return statAt(this.directory("look"), path, follow);
  }

  [Symbol.dispose](): void {
    release(this.guest, this.node);
  }
}

export function newTimes(now: () => bigint, atime: NewTimestamp, mtime: NewTimestamp): NewTimes {
  const nanoseconds = (time: NewTimestamp): bigint | undefined => {
    if (time.tag === "no-change") return undefined;
    return time.tag === "now" ? now() : time.val.seconds * NS + BigInt(time.val.nanoseconds);
  };
  return { atime: nanoseconds(atime), mtime: nanoseconds(mtime) };
}

export function datetimeOf(nanoseconds: bigint): Datetime {
  // Times before 1970 cannot be told in this interface.
  const positive = nanoseconds < 0n ? 0n : nanoseconds;
  return { seconds: positive / NS, nanoseconds: Number(positive % NS) };
}

export const DESCRIPTOR_TYPE: Readonly<Record<NodeType, string>> = {
  unknown: "unknown",
  "block-device": "block-device",
  "character-device": "character-device",
  directory: "directory",
  fifo: "fifo",
  symlink: "symbolic-link",
  file: "regular-file",
  socket: "socket",
};

export function descriptorStat(stat: Stat): object {
  return {
    type: DESCRIPTOR_TYPE[stat.type],
    linkCount: stat.nlink,
    size: stat.size,
    dataAccessTimestamp: datetimeOf(stat.atime),
    dataModificationTimestamp: datetimeOf(stat.mtime),
    statusChangeTimestamp: datetimeOf(stat.ctime),
  };
}

function syncOf(flags: DescriptorFlags): "none" | "data" | "all" {
  if (flags.fileIntegritySync === true || flags.requestedWriteSync === true) return "all";
  return flags.dataIntegritySync === true ? "data" : "none";
}
