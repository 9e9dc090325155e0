// What a mount offers: directories and files as open handles. Names are single segments; whole paths are core/walk.ts.

export type NodeType =
  | "directory"
  | "file"
  | "symlink"
  | "character-device"
  | "block-device"
  | "fifo"
  | "socket"
  | "unknown";

/** Times are nanoseconds since 1970. */
export interface Stat {
  readonly type: NodeType;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: bigint;
  readonly size: bigint;
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

/** Nanoseconds since 1970; absent means: leave as it is. */
export interface NewTimes {
  readonly atime?: bigint | undefined;
  readonly mtime?: bigint | undefined;
}

export interface OpenHow {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Only a directory will do. */
  readonly directory: boolean;
  readonly sync: "none" | "data" | "all";
}

export const READ_ONLY: OpenHow = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
  sync: "none",
};

export interface Entry {
  readonly name: string;
  readonly type: NodeType;
}

/** An open file. Offsets are in bytes and never negative; the position belongs to the caller. */
export interface FileNode {
  readonly kind: "file";
  /** Bytes read, 0 at the end. */
  read(into: Uint8Array, at: number): number;
  write(from: Uint8Array, at: number): number;
  /** Writes at the end, wherever that is by then. */
  append(from: Uint8Array): number;
  stat(): Stat;
  resize(size: number): void;
  setTimes(times: NewTimes): void;
  sync(dataOnly: boolean): void;
  close(): void;
}

/**
 * An open directory: the capability to reach what is below it. `name` is one segment, never empty, `.` or `..`, and without
 * `/` and NUL; no operation follows a symlink (`open` and `child` throw `loop` or `notdir` on one). Only the walker calls these.
 */
export interface DirectoryNode {
  readonly kind: "directory";
  /** Renames and hard links stay within one mount. */
  readonly mount: object;
  child(name: string): DirectoryNode;
  open(name: string, how: OpenHow): FileNode | DirectoryNode;
  /** A second handle for this same directory. */
  again(): DirectoryNode;
  stat(name: string): Stat;
  statSelf(): Stat;
  setTimes(name: string, times: NewTimes): void;
  setTimesSelf(times: NewTimes): void;
  list(): readonly Entry[];
  /** Throws `inval` when `name` is no symlink. */
  readLink(name: string): string;
  makeDirectory(name: string): void;
  removeDirectory(name: string): void;
  removeFile(name: string): void;
  makeLink(name: string, target: string): void;
  /** `to` is a directory of the same mount. */
  hardLink(name: string, to: DirectoryNode, toName: string): void;
  rename(name: string, to: DirectoryNode, toName: string): void;
  sync(): void;
  close(): void;
  /** A walk from here was refused because `path` leads out. */
  refused?(path: string): void;
  /** Runs `act` in the directory at `path`, plain names with `/` between them, if that is known without a walk; else undefined. */
  shortcut?<T>(path: string, act: (directory: DirectoryNode) => T): { readonly result: T } | undefined;
  /** A walk by the plain names of `path` has ended at `to`; true when that is kept, and no longer the walk's to close. */
  keepShortcut?(path: string, to: DirectoryNode): boolean;
}
