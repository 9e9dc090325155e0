// What an operator grants (a host directory, a directory in memory, an overlay) to a mount that a guest's context can open.
import { statSync } from "node:fs";
import { TenonError } from "@tenon/contract/core";
import { isFault } from "./fault.ts";
import { HostMount } from "./host-mount.ts";
import { openHostRoot } from "./host-directory.ts";
import { MemoryDirectory } from "./memory-directory.ts";
import type { MemoryMount } from "./memory-file.ts";
import { type LowerFolder, MemoryFolder, MemoryQuota } from "./memory-node.ts";
import { type DirectoryNode, type FileNode, READ_ONLY } from "./node.ts";
import { makeDirectoryAt, openAt } from "./paths.ts";

/** A place that can be mounted, more than once and in several guests; each opening gives its own handle. */
export interface Mount {
  readonly readOnly: boolean;
  /** @internal For contexts: the caller closes the handle. */
  open(): DirectoryNode;
}

/** A mount in memory whose files the host can read and write too, before, while and after a guest has it. */
export interface MemoryTree extends Mount {
  /** The bytes at `path` (`a/b`), or undefined where there is no file. */
  readFile(path: string): Uint8Array | undefined;
  /** Makes the directories on the way. Throws `resource-exhausted` when the quota does not hold it. */
  writeFile(path: string, content: string | Uint8Array): void;
  /** The names in a directory, sorted; `.` is the top. */
  list(path?: string): readonly string[];
}

export interface HostDirectoryOptions {
  /** Default true: writing is granted, never assumed. */
  readonly readOnly?: boolean;
  /** Bytes that guests may add in all; nothing is given back when they delete. Default: no limit but the disk's. */
  readonly maxBytes?: number;
}

/**
 * A directory of this machine. Symlinks in it are followed only while they stay inside; devices, FIFOs and sockets cannot be
 * opened. Hard links that somebody made to files outside are files of the directory like any other. On other systems than Linux
 * symlinks are refused altogether, and another process that swaps directories meanwhile can defeat the check.
 * Throws `file-missing` when `path` is no directory.
 */
export function hostDirectory(path: string, options: HostDirectoryOptions = {}): Mount {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new TenonError("file-missing", `${path} is not a directory`);
  }
  const mount = new HostMount(options.readOnly ?? true, options.maxBytes);
  return { readOnly: mount.readOnly, open: () => openHostRoot(mount, path) };
}

export interface MemoryDirectoryOptions {
  /** Path to content; directories are made as needed. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Default false. */
  readonly readOnly?: boolean;
  /** Bytes of all files, with 512 for each file, directory and link. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** A directory that lives in memory, shared by everyone who mounts this value. */
export function memoryDirectory(options: MemoryDirectoryOptions = {}): MemoryTree {
  return memoryTree(options, undefined);
}

/** Shows `lower`, never changes it, and keeps what is written in memory (`maxBytes` also pays for every file copied up). */
export function overlayDirectory(lower: Mount, options: MemoryDirectoryOptions = {}): MemoryTree {
  return memoryTree(options, {
    open: () => lower.open(),
    below: (name) => lowerBelow(() => lower.open(), name),
  });
}

function lowerBelow(openParent: () => DirectoryNode, name: string): LowerFolder {
  const open = (): DirectoryNode => {
    const parent = openParent();
    try {
      return parent.child(name);
    } finally {
      parent.close();
    }
  };
  return { open, below: (next) => lowerBelow(open, next) };
}

const DEFAULT_MEMORY_BYTES = 64 * 1024 * 1024;
let nextDevice = 1n << 32n;

function memoryTree(options: MemoryDirectoryOptions, lower: LowerFolder | undefined): MemoryTree {
  const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
  const quota = new MemoryQuota(options.maxBytes ?? DEFAULT_MEMORY_BYTES);
  const dev = nextDevice++;
  const folder = new MemoryFolder(now(), lower);
  const guests: MemoryMount = { dev, quota, readOnly: options.readOnly ?? false, now };
  const own = new MemoryDirectory({ ...guests, readOnly: false }, folder);
  const writeFile = (path: string, content: string | Uint8Array): void =>
    asHost(path, () =>
      writeWhole(own, path, typeof content === "string" ? new TextEncoder().encode(content) : content),
    );
  for (const [path, content] of Object.entries(options.files ?? {})) writeFile(path, content);
  return {
    readOnly: guests.readOnly,
    open: () => new MemoryDirectory(guests, folder),
    writeFile,
    readFile: (path) => readWhole(own, path),
    list: (path = ".") => asHost(path, () => listNames(own, path)),
  };
}

function asHost<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw hostError(path, thrown);
  }
}

function hostError(path: string, thrown: unknown): unknown {
  if (!isFault(thrown)) return thrown;
  if (thrown.code === "nospc")
    return new TenonError("resource-exhausted", `no room for ${path} in the directory in memory`);
  return new TenonError(
    thrown.code === "noent" ? "file-missing" : "config-invalid",
    `${path} in memory: ${thrown.code}`,
  );
}

function writeWhole(root: DirectoryNode, path: string, content: Uint8Array): void {
  const segments = path.split("/").slice(0, -1);
  for (let count = 1; count <= segments.length; count++) {
    try {
      makeDirectoryAt(root, segments.slice(0, count).join("/"));
    } catch (thrown) {
      if (!isFault(thrown, "exist")) throw thrown;
    }
  }
  const file = openAt(root, path, true, { ...READ_ONLY, write: true, create: true, truncate: true });
  try {
    if (file.kind === "file") file.write(content, 0);
  } finally {
    file.close();
  }
}

function readWhole(root: DirectoryNode, path: string): Uint8Array | undefined {
  let file: FileNode | DirectoryNode;
  try {
    file = openAt(root, path, true, READ_ONLY);
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
  try {
    if (file.kind === "directory") return undefined;
    const bytes = new Uint8Array(Number(file.stat().size));
    return bytes.subarray(0, file.read(bytes, 0));
  } finally {
    file.close();
  }
}

function listNames(root: DirectoryNode, path: string): readonly string[] {
  const directory = openAt(root, path, true, { ...READ_ONLY, directory: true });
  try {
    return directory.kind === "directory"
      ? directory
          .list()
          .map((entry) => entry.name)
          .toSorted()
      : [];
  } finally {
    directory.close();
  }
}
