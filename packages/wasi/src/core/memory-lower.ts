// What a lower directory has to nodes of the memory above it, made when they are first asked for.
import { fault, isFault } from "./fault.ts";
import type { MemoryMount } from "./memory-file.ts";
import { type AnyMemoryNode, type LowerFolder, MemoryFile, MemoryFolder, MemoryLink } from "./memory-node.ts";
import { type DirectoryNode, type Entry, type FileNode, READ_ONLY, type Stat } from "./node.ts";

export function isKept(type: Entry["type"]): boolean {
  return type === "file" || type === "directory" || type === "symlink";
}

export function withLower<T>(lower: LowerFolder, act: (directory: DirectoryNode) => T): T {
  const directory = lower.open();
  try {
    return act(directory);
  } finally {
    directory.close();
  }
}

export function fromLower<T>(
  folder: LowerFolder,
  name: string,
  use: (lower: DirectoryNode, stat: Stat) => T,
): T | undefined {
  return withLower(folder, (lower) => {
    let stat: Stat;
    try {
      stat = lower.stat(name);
    } catch (thrown) {
      if (isFault(thrown, "noent")) return undefined;
      throw thrown;
    }
    return isKept(stat.type) ? use(lower, stat) : undefined;
  });
}

export function nodeFor(
  mount: MemoryMount,
  folder: LowerFolder,
  lower: DirectoryNode,
  name: string,
  stat: Stat,
): AnyMemoryNode {
  const node = emptyNodeFor(mount, folder, lower, name, stat);
  node.atime = stat.atime;
  node.mtime = stat.mtime;
  node.ctime = stat.ctime;
  return node;
}

function emptyNodeFor(
  mount: MemoryMount,
  folder: LowerFolder,
  lower: DirectoryNode,
  name: string,
  stat: Stat,
): AnyMemoryNode {
  if (stat.type === "directory") return new MemoryFolder(stat.mtime, folder.below(name));
  if (stat.type === "symlink") return new MemoryLink(lower.readLink(name), stat.mtime);
  const open = (): FileNode =>
    withLower(folder, (directory) => {
      const file = directory.open(name, READ_ONLY);
      if (file.kind === "file") return file;
      file.close();
      throw fault("isdir");
    });
  return new MemoryFile(mount.quota, stat.mtime, { open, size: Number(stat.size) });
}
