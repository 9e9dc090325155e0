// What a descriptor number stands for, its rights, flags, times and directory entries (wasi_snapshot_preview1 fd_*).
import { fault } from "../core/fault.ts";
import type { Entry, NewTimes, NodeType, Stat } from "../core/node.ts";
import { type Descriptor, FDFLAG, type OpenDirectory } from "./descriptors.ts";
import type { Guest, Operations } from "./guest.ts";
import type { Memory } from "./memory.ts";
import { FILETYPE, RIGHT } from "./rights.ts";

const SYNC_FLAGS = FDFLAG.dsync | FDFLAG.rsync | FDFLAG.sync;
const ALL_FLAGS = FDFLAG.append | FDFLAG.nonblock | SYNC_FLAGS;
const DIRENT_BYTES = 24;

export function fdState(guest: Guest): Operations {
  const { memory, descriptors } = guest;
  return {
    fd_close: (fd: number) => descriptors.close(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_fdstat_get(fd: number, result: number) {
      const descriptor = descriptors.get(fd);
      memory.slice(result, 24).fill(0);
      memory.setU8(result, FILETYPE[typeOf(descriptor)]);
      memory.setU16(result + 2, descriptor.flags);
      memory.setU64(result + 8, BigInt(descriptor.base));
      memory.setU64(result + 16, BigInt(descriptor.inheriting));
    },
    fd_fdstat_set_flags(fd: number, flags: number) {
      const descriptor = descriptors.get(fd, RIGHT.fdFdstatSetFlags);
      // How a file is synchronised was settled when it was opened, as with fcntl on Linux.
      if ((flags & ~ALL_FLAGS) !== 0 || ((flags ^ descriptor.flags) & SYNC_FLAGS) !== 0) throw fault("inval");
      descriptor.flags = flags;
    },
    fd_fdstat_set_rights(fd: number, base: bigint, inheriting: bigint) {
      const descriptor = descriptors.get(fd);
      const isMore = (asked: bigint, has: number): boolean => (BigInt.asUintN(64, asked) & ~BigInt(has)) !== 0n;
      if (isMore(base, descriptor.base) || isMore(inheriting, descriptor.inheriting)) throw fault("notcapable");
      descriptor.base = Number(base);
      descriptor.inheriting = Number(inheriting);
    },
    fd_filestat_get(fd: number, result: number) {
      writeStat(memory, result, statOf(descriptors.get(fd, RIGHT.fdFilestatGet)));
    },
    fd_filestat_set_times(fd: number, atime: bigint, mtime: bigint, flags: number) {
      const descriptor = descriptors.get(fd, RIGHT.fdFilestatSetTimes);
      const times = newTimes(guest, atime, mtime, flags);
      if (descriptor.kind === "file") descriptor.file.setTimes(times);
      else if (descriptor.kind === "directory") descriptor.directory.setTimesSelf(times);
      else throw fault("badf");
    },
    fd_prestat_get(fd: number, result: number) {
      const { length } = mountPathOf(descriptors.get(fd));
      memory.slice(result, 8).fill(0);
      memory.setU32(result + 4, length);
    },
    fd_prestat_dir_name(fd: number, path: number, length: number) {
      const mountPath = mountPathOf(descriptors.get(fd));
      if (length >>> 0 < mountPath.length) throw fault("nametoolong");
      memory.slice(path, mountPath.length).set(mountPath);
    },
    fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, used: number) {
      memory.slice(used, 4);
      const directory = descriptors.directory(fd, RIGHT.fdReaddir);
      memory.setU32(used, writeEntries(guest, directory, memory.slice(buffer, length), BigInt.asUintN(64, cookie)));
    },
  };
}

export function writeStat(memory: Memory, result: number, stat: Stat): void {
  memory.slice(result, 64).fill(0);
  const fields = [stat.nlink, stat.size, stat.atime, stat.mtime, stat.ctime];
  memory.setU64(result, stat.dev);
  memory.setU64(result + 8, stat.ino);
  memory.setU8(result + 16, FILETYPE[stat.type]);
  for (const [index, value] of fields.entries()) memory.setU64(result + 24 + index * 8, value);
}

/** `fstflags` of preview1: for each time, a value or the clock's, not both. */
export function newTimes(guest: Guest, atime: bigint, mtime: bigint, flags: number): NewTimes {
  if ((flags & ~15) !== 0 || (flags & 3) === 3 || (flags & 12) === 12) throw fault("inval");
  const now = guest.context.clocks.now();
  const pick = (bits: number, value: bigint): bigint | undefined => {
    if (bits === 0) return undefined;
    return bits === 1 ? BigInt.asUintN(64, value) : now;
  };
  return { atime: pick(flags & 3, atime), mtime: pick((flags >> 2) & 3, mtime) };
}

function typeOf(descriptor: Descriptor): NodeType {
  if (descriptor.kind === "file" || descriptor.kind === "directory") return descriptor.kind;
  return descriptor.stream.isTerminal ? "character-device" : "unknown";
}

function statOf(descriptor: Descriptor): Stat {
  if (descriptor.kind === "file") return descriptor.file.stat();
  if (descriptor.kind === "directory") return descriptor.directory.statSelf();
  return { type: typeOf(descriptor), dev: 0n, ino: 0n, nlink: 1n, size: 0n, atime: 0n, mtime: 0n, ctime: 0n };
}

function mountPathOf(descriptor: Descriptor): Uint8Array {
  if (descriptor.kind !== "directory" || descriptor.mountPath === undefined) throw fault("badf");
  return descriptor.mountPath;
}

/** Fills `into` with entries from `cookie` on, the last one cut where the buffer ends; returns the bytes used. */
function writeEntries(guest: Guest, directory: OpenDirectory, into: Uint8Array, cookie: bigint): number {
  const listing = cookie === 0n ? undefined : directory.listing;
  const entries = listing ?? guest.descriptors.list(directory);
  const encoder = new TextEncoder();
  let used = 0;
  for (let index = cookie > entries.length ? entries.length : Number(cookie); index < entries.length; index++) {
    const entry = entries[index]!;
    const name = encoder.encode(entry.name);
    const record = new Uint8Array(DIRENT_BYTES + name.length);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(index + 1), true);
    view.setBigUint64(8, inodeOf(directory, entry), true);
    view.setUint32(16, name.length, true);
    view.setUint8(20, FILETYPE[entry.type]);
    record.set(name, DIRENT_BYTES);
    const part = record.subarray(0, into.length - used);
    into.set(part, used);
    used += part.length;
    if (part.length < record.length) break;
  }
  return used;
}

function inodeOf({ directory }: OpenDirectory, { name }: Entry): bigint {
  try {
    // What is above a directory is none of a guest's business, and zero would make wasi-libc ask for it.
    return name === "." || name === ".." ? directory.statSelf().ino : directory.stat(name).ino;
  } catch {
    // Gone since the listing was made.
    return 0n;
  }
}
