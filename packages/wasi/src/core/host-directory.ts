// A host directory to the directory handle of the core. On Linux every step starts from an open descriptor, so no swap of a
// directory for a symlink leads outside; elsewhere Node offers no such thing, and symlinks are refused.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { fault, isFault, systemFault } from "./fault.ts";
import { typeOfEntry } from "./host-entries.ts";
import { HostFile } from "./host-file.ts";
import { checkHostName } from "./host-names.ts";
import { createFlags, openFlags, WALK_FLAGS } from "./host-open-flags.ts";
import { attempt, type HostMount } from "./host-mount.ts";
import type { KeptDirectory } from "./host-shortcuts.ts";
import type { DirectoryNode, Entry, FileNode, NewTimes, OpenHow, Stat } from "./node.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Opens the directory that a mount starts at; `path` is the host's own and may be anything that leads to a directory. */
export function openHostRoot(
  mount: HostMount,
  path: string,
  platform: NodeJS.Platform = process.platform,
): DirectoryNode {
  if (platform !== "linux") return new HostDirectory(mount, path, undefined, platform);
  return attempt(() => atDescriptor(mount, openSync(path, WALK_FLAGS)));
}

function atDescriptor(mount: HostMount, fd: number): HostDirectory {
  // Below this name the kernel goes on from the open directory itself, wherever that has been moved to.
  return new HostDirectory(mount, `${ownDescriptors()}/${fd}`, fd, "linux");
}

let descriptors: string | undefined;

/** This process's number where /proc has it: it saves the kernel the link `self` in every path. */
function ownDescriptors(): string {
  const self = String(process.pid);
  descriptors ??= `/proc/${readlinkSync("/proc/self") === self ? self : "self"}/fd`;
  return descriptors;
}

class HostDirectory implements KeptDirectory {
  readonly kind = "directory";
  readonly mount: HostMount;
  readonly #path: string;
  readonly #fd: number | undefined;
  readonly #platform: NodeJS.Platform;
  #isClosed = false;

  constructor(mount: HostMount, base: string, fd: number | undefined, platform: NodeJS.Platform) {
    this.mount = mount;
    this.#path = base;
    this.#fd = fd;
    this.#platform = platform;
  }

  child(name: string): DirectoryNode {
    const path = this.#at(name);
    if (this.#fd !== undefined) {
      try {
        return atDescriptor(this.mount, openSync(path, WALK_FLAGS | O_NOFOLLOW));
      } catch (thrown) {
        throw systemFault(thrown);
      }
    }
    if (this.stat(name).type !== "directory") throw fault("notdir");
    return new HostDirectory(this.mount, path, undefined, this.#platform);
  }

  open(name: string, how: OpenHow): FileNode | DirectoryNode {
    if (how.write || how.truncate || how.create) this.mount.requireWritable();
    if (this.#fd === undefined) this.#refuseLink(name);
    const fd = this.#openDescriptor(name, how);
    try {
      return this.#handle(name, fd, how);
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  again(): DirectoryNode {
    if (this.#fd === undefined) return new HostDirectory(this.mount, this.#base, undefined, this.#platform);
    return atDescriptor(
      this.mount,
      attempt(() => openSync(`${this.#base}/.`, WALK_FLAGS)),
    );
  }

  stat(name: string): Stat {
    return this.mount.toStat(attempt(() => lstatSync(this.#at(name), { bigint: true })));
  }

  statSelf(): Stat {
    return this.mount.toStat(attempt(() => this.#lookSelf()));
  }

  setTimes(name: string, times: NewTimes): void {
    const path = this.#at(name);
    if (this.#fd === undefined) this.#refuseLink(name);
    const look = () => attempt(() => lstatSync(path, { bigint: true }));
    this.mount.setTimes(look, times, (atime, mtime) => lutimesSync(path, atime, mtime));
  }

  setTimesSelf(times: NewTimes): void {
    const look = () => attempt(() => this.#lookSelf());
    this.mount.setTimes(look, times, (atime, mtime) => utimesSync(this.#base, atime, mtime));
  }

  list(): readonly Entry[] {
    const found = attempt(() => readdirSync(this.#base, { withFileTypes: true }));
    return found.map((entry) => ({ name: entry.name, type: typeOfEntry(entry) }));
  }

  readLink(name: string): string {
    if (this.#fd !== undefined) return attempt(() => readlinkSync(this.#at(name)));
    this.#refuseLink(name);
    throw fault("inval");
  }

  makeDirectory(name: string): void {
    this.#prepareEntry();
    attempt(() => mkdirSync(this.#at(name)));
  }

  removeDirectory(name: string): void {
    this.mount.requireWritable();
    attempt(() => rmdirSync(this.#at(name)));
  }

  removeFile(name: string): void {
    this.mount.requireWritable();
    attempt(() => unlinkSync(this.#at(name)));
  }

  makeLink(name: string, target: string): void {
    this.#prepareEntry();
    if (this.#fd === undefined) throw fault("notsup");
    this.mount.charge(Buffer.byteLength(target));
    attempt(() => symlinkSync(target, this.#at(name)));
  }

  hardLink(name: string, to: DirectoryNode, toName: string): void {
    this.#prepareEntry();
    if (this.#fd === undefined) this.#refuseLink(name);
    attempt(() => linkSync(this.#at(name), ownPath(to, toName)));
  }

  rename(name: string, to: DirectoryNode, toName: string): void {
    this.mount.requireWritable();
    attempt(() => renameSync(this.#at(name), ownPath(to, toName)));
  }

  sync(): void {
    if (this.#fd === undefined) return;
    attempt(() => {
      const fd = openSync(`${this.#base}/.`, O_RDONLY | O_DIRECTORY);
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    });
  }

  get descriptorPath(): string | undefined {
    return this.#fd === undefined || this.#isClosed ? undefined : this.#path;
  }

  shortcut<T>(path: string, act: (directory: DirectoryNode) => T): { readonly result: T } | undefined {
    return this.mount.shortcuts.use(this, path, act);
  }

  keepShortcut(path: string, to: DirectoryNode): boolean {
    return to instanceof HostDirectory && this.#fd !== undefined && this.mount.shortcuts.keep(this, path, to);
  }

  close(): void {
    this.mount.shortcuts.forget(this);
    const fd = this.#fd;
    if (fd !== undefined && !this.#isClosed) attempt(() => closeSync(fd));
    this.#isClosed = true;
  }

  /** The number of a closed descriptor may by now be another directory's. */
  get #base(): string {
    if (this.#isClosed) throw fault("badf");
    return this.#path;
  }

  static pathIn(directory: HostDirectory, name: string): string {
    return directory.#at(name);
  }

  #at(name: string): string {
    checkHostName(name, this.#platform);
    return this.#fd === undefined ? join(this.#base, name) : `${this.#base}/${name}`;
  }

  #lookSelf() {
    const base = this.#base;
    return this.#fd === undefined ? lstatSync(base, { bigint: true }) : fstatSync(this.#fd, { bigint: true });
  }

  #prepareEntry(): void {
    this.mount.requireWritable();
    this.mount.chargeEntry();
  }

  #refuseLink(name: string): void {
    try {
      if (this.stat(name).type === "symlink") throw fault("notcapable");
    } catch (thrown) {
      if (!isFault(thrown, "noent")) throw thrown;
    }
  }

  #openDescriptor(name: string, how: OpenHow): number {
    const path = this.#at(name);
    const flags = openFlags(how);
    try {
      if (!how.create) return attempt(() => openSync(path, flags));
      if (this.mount.hasQuota && !how.exclusive) return this.#openOrCreate(path, flags);
      this.mount.chargeEntry();
      return attempt(() => openSync(path, flags | createFlags(how), 0o666));
    } catch (thrown) {
      if (isFault(thrown, "nxio")) throw fault("perm");
      if (how.directory && isFault(thrown, "notdir") && this.stat(name).type === "symlink") throw fault("loop");
      throw thrown;
    }
  }

  #openOrCreate(path: string, flags: number): number {
    try {
      return attempt(() => openSync(path, flags));
    } catch (thrown) {
      if (!isFault(thrown, "noent")) throw thrown;
    }
    this.mount.chargeEntry();
    return attempt(() => openSync(path, flags | createFlags(), 0o666));
  }

  #handle(name: string, fd: number, how: OpenHow): FileNode | DirectoryNode {
    const stats = attempt(() => fstatSync(fd));
    if (stats.isFile()) return how.directory ? raise("notdir") : new HostFile(this.mount, fd);
    // Devices, FIFOs and sockets are no files of this mount: they reach something else.
    if (!stats.isDirectory()) return raise("perm");
    if (how.write || how.truncate || how.create) return raise("isdir");
    if (this.#fd !== undefined) return atDescriptor(this.mount, fd);
    const directory = this.child(name);
    closeSync(fd);
    return directory;
  }
}

function ownPath(directory: DirectoryNode, name: string): string {
  // The walker has compared the mounts, and every directory of a host mount is of this class.
  return HostDirectory.pathIn(directory as HostDirectory, name);
}

function raise(code: "notdir" | "perm" | "isdir"): never {
  throw fault(code);
}
