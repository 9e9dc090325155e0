// Nodes in memory to directory handles; with a lower directory below, the same is an overlay.
import { fault } from "./fault.ts";
import { type MemoryMount, OpenMemoryFile, setNodeTimes } from "./memory-file.ts";
import { fromLower, isKept, nodeFor, withLower } from "./memory-lower.ts";
import { type AnyMemoryNode, checkMemoryName, MemoryFile, MemoryFolder, MemoryLink } from "./memory-node.ts";
import type { DirectoryNode, Entry, FileNode, NewTimes, OpenHow, Stat } from "./node.ts";

export class MemoryDirectory implements DirectoryNode {
  readonly kind = "directory";
  readonly mount: MemoryMount;
  readonly #folder: MemoryFolder;

  constructor(mount: MemoryMount, folder: MemoryFolder) {
    this.mount = mount;
    this.#folder = folder;
  }

  child(name: string): DirectoryNode {
    const node = this.#get(name);
    if (node.type !== "directory") throw fault("notdir");
    return new MemoryDirectory(this.mount, node);
  }

  open(name: string, how: OpenHow): FileNode | DirectoryNode {
    if (how.write || how.truncate || how.create) this.#requireWritable();
    let node = this.#find(name);
    if (node === undefined) {
      if (!how.create) throw fault("noent");
      node = new MemoryFile(this.mount.quota, this.mount.now());
      this.#add(name, node);
    } else if (how.create && how.exclusive) throw fault("exist");
    if (node.type === "symlink") throw fault("loop");
    if (node.type === "directory") {
      if (how.write || how.truncate || how.create) throw fault("isdir");
      return new MemoryDirectory(this.mount, node);
    }
    if (how.directory) throw fault("notdir");
    if (how.truncate) node.resize(0);
    return new OpenMemoryFile(this.mount, node, how.write);
  }

  again(): DirectoryNode {
    return new MemoryDirectory(this.mount, this.#folder);
  }

  stat(name: string): Stat {
    return this.#get(name).stat(this.mount.dev);
  }

  statSelf(): Stat {
    return this.#folder.stat(this.mount.dev);
  }

  setTimes(name: string, times: NewTimes): void {
    this.#requireWritable();
    setNodeTimes(this.#get(name), times, this.mount.now());
  }

  setTimesSelf(times: NewTimes): void {
    this.#requireWritable();
    setNodeTimes(this.#folder, times, this.mount.now());
  }

  list(): readonly Entry[] {
    const types = new Map<string, Entry["type"]>();
    if (this.#folder.lower !== undefined) {
      withLower(this.#folder.lower, (lower) => {
        for (const entry of lower.list()) if (isKept(entry.type)) types.set(entry.name, entry.type);
      });
    }
    for (const [name, node] of this.#folder.entries) {
      if (node === null) types.delete(name);
      else types.set(name, node.type);
    }
    return Array.from(types, ([name, type]) => ({ name, type }));
  }

  readLink(name: string): string {
    const node = this.#get(name);
    if (node.type !== "symlink") throw fault("inval");
    return node.target;
  }

  makeDirectory(name: string): void {
    this.#requireWritable();
    if (this.#find(name) !== undefined) throw fault("exist");
    this.#add(name, new MemoryFolder(this.mount.now()));
  }

  removeDirectory(name: string): void {
    this.#requireWritable();
    const node = this.#get(name);
    if (node.type !== "directory") throw fault("notdir");
    if (new MemoryDirectory(this.mount, node).list().length > 0) throw fault("notempty");
    this.#remove(name, node);
  }

  removeFile(name: string): void {
    this.#requireWritable();
    const node = this.#get(name);
    if (node.type === "directory") throw fault("isdir");
    this.#remove(name, node);
  }

  makeLink(name: string, target: string): void {
    this.#requireWritable();
    if (this.#find(name) !== undefined) throw fault("exist");
    const node = new MemoryLink(target, this.mount.now());
    this.mount.quota.charge(node.size());
    this.#add(name, node);
  }

  hardLink(name: string, to: DirectoryNode, toName: string): void {
    this.#requireWritable();
    const node = this.#get(name);
    if (node.type === "directory") throw fault("perm");
    const target = own(to);
    if (target.#find(toName) !== undefined) throw fault("exist");
    checkMemoryName(toName);
    target.#folder.entries.set(toName, node);
    node.nlink++;
    target.#touch();
  }

  rename(name: string, to: DirectoryNode, toName: string): void {
    this.#requireWritable();
    const node = this.#get(name);
    const target = own(to);
    checkMemoryName(toName);
    const there = target.#find(toName);
    if (there === node) return;
    if (node.type === "directory" && isWithin(target.#folder, node)) throw fault("inval");
    if (there !== undefined) {
      if (node.type === "directory" && there.type !== "directory") throw fault("notdir");
      if (there.type === "directory") {
        if (node.type !== "directory") throw fault("isdir");
        target.removeDirectory(toName);
      } else target.removeFile(toName);
    }
    this.#hide(name);
    target.#folder.entries.set(toName, node);
    if (node.type === "directory") node.parent = target.#folder;
    this.#touch();
    target.#touch();
  }

  sync(): void {}

  close(): void {}

  #requireWritable(): void {
    if (this.mount.readOnly) throw fault("perm");
  }

  #touch(): void {
    this.#folder.mtime = this.#folder.ctime = this.mount.now();
  }

  #add(name: string, node: AnyMemoryNode): void {
    checkMemoryName(name);
    this.mount.quota.chargeNode();
    this.#folder.entries.set(name, node);
    if (node.type === "directory") node.parent = this.#folder;
    this.#touch();
  }

  #remove(name: string, node: AnyMemoryNode): void {
    this.#hide(name);
    if (node.type === "file") node.unlinked();
    else this.mount.quota.releaseNode();
    this.#touch();
  }

  /** A name that the lower directory has needs a mark in its place; others get none, or marks would pile up uncharged. */
  #hide(name: string): void {
    const { entries, lower } = this.#folder;
    entries.delete(name);
    if (lower !== undefined && fromLower(lower, name, () => true) === true) entries.set(name, null);
  }

  #get(name: string): AnyMemoryNode {
    const node = this.#find(name);
    if (node === undefined) throw fault("noent");
    return node;
  }

  #find(name: string): AnyMemoryNode | undefined {
    const node = this.#folder.entries.get(name);
    if (node !== undefined || this.#folder.lower === undefined) return node ?? undefined;
    const folder = this.#folder.lower;
    const found = fromLower(folder, name, (lower, stat) => {
      this.mount.quota.chargeNode();
      return nodeFor(this.mount, folder, lower, name, stat);
    });
    if (found === undefined) return undefined;
    this.#folder.entries.set(name, found);
    if (found.type === "directory") found.parent = this.#folder;
    return found;
  }
}

function own(directory: DirectoryNode): MemoryDirectory {
  // The walker has compared the mounts, and every directory of such a mount is of this class.
  return directory as MemoryDirectory;
}

function isWithin(folder: MemoryFolder, above: MemoryFolder): boolean {
  for (let at: MemoryFolder | undefined = folder; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}
