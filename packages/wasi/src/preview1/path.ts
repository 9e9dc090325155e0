// Paths below a descriptor number (wasi_snapshot_preview1 path_*): rights here, everything else in core/paths.ts.
import { fault } from "../core/fault.ts";
import {
  hardLinkAt,
  makeDirectoryAt,
  makeLinkAt,
  openAt,
  readLinkAt,
  removeDirectoryAt,
  removeFileAt,
  renameAt,
  setTimesAt,
  statAt,
} from "../core/paths.ts";
import { type Descriptor, FDFLAG } from "./descriptors.ts";
import { newTimes, writeStat } from "./fd-state.ts";
import type { Guest, Operations } from "./guest.ts";
import { RIGHT, rightsFor } from "./rights.ts";

const FOLLOW = 1;
const OFLAG = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const WRITES = RIGHT.fdWrite | RIGHT.fdAllocate | RIGHT.fdFilestatSetSize;

export function paths(guest: Guest): Operations {
  const { memory, descriptors } = guest;
  const at = (fd: number, rights: number) => descriptors.directory(fd, rights).directory;
  return {
    path_open: (...args: OpenArguments) => pathOpen(guest, args),
    path_create_directory(fd: number, path: number, length: number) {
      makeDirectoryAt(at(fd, RIGHT.pathCreateDirectory), memory.text(path, length));
    },
    path_remove_directory(fd: number, path: number, length: number) {
      removeDirectoryAt(at(fd, RIGHT.pathRemoveDirectory), memory.text(path, length));
    },
    path_unlink_file(fd: number, path: number, length: number) {
      removeFileAt(at(fd, RIGHT.pathUnlinkFile), memory.text(path, length));
    },
    path_filestat_get(fd: number, lookup: number, path: number, length: number, result: number) {
      memory.slice(result, 64);
      writeStat(
        memory,
        result,
        statAt(at(fd, RIGHT.pathFilestatGet), memory.text(path, length), (lookup & FOLLOW) !== 0),
      );
    },
    path_filestat_set_times(
      fd: number,
      lookup: number,
      path: number,
      length: number,
      atime: bigint,
      mtime: bigint,
      flags: number,
    ) {
      const directory = at(fd, RIGHT.pathFilestatSetTimes);
      setTimesAt(directory, memory.text(path, length), (lookup & FOLLOW) !== 0, newTimes(guest, atime, mtime, flags));
    },
    path_readlink(fd: number, path: number, length: number, buffer: number, size: number, used: number) {
      memory.slice(used, 4);
      const target = new TextEncoder().encode(readLinkAt(at(fd, RIGHT.pathReadlink), memory.text(path, length)));
      const part = target.subarray(0, size >>> 0);
      memory.slice(buffer, part.length).set(part);
      memory.setU32(used, part.length);
    },
    path_symlink(target: number, targetLength: number, fd: number, path: number, length: number) {
      const directory = at(fd, RIGHT.pathSymlink);
      makeLinkAt(directory, memory.text(path, length), memory.text(target, targetLength));
    },
    path_link(
      fd: number,
      lookup: number,
      path: number,
      length: number,
      toFd: number,
      toPath: number,
      toLength: number,
    ) {
      // Following here would let the walk and the link see different files; Wasmtime refuses it too.
      if ((lookup & FOLLOW) !== 0) throw fault("inval");
      const from = at(fd, RIGHT.pathLinkSource);
      hardLinkAt(from, memory.text(path, length), at(toFd, RIGHT.pathLinkTarget), memory.text(toPath, toLength));
    },
    path_rename(fd: number, path: number, length: number, toFd: number, toPath: number, toLength: number) {
      const from = at(fd, RIGHT.pathRenameSource);
      renameAt(from, memory.text(path, length), at(toFd, RIGHT.pathRenameTarget), memory.text(toPath, toLength));
    },
  };
}

type OpenArguments = [
  fd: number,
  lookup: number,
  path: number,
  length: number,
  oflags: number,
  base: bigint,
  inheriting: bigint,
  fdflags: number,
  result: number,
];

function pathOpen(
  guest: Guest,
  [fd, lookup, path, length, oflags, base, inheriting, fdflags, result]: OpenArguments,
): void {
  const { memory, descriptors } = guest;
  memory.slice(result, 4);
  const parent = descriptors.directory(fd, RIGHT.pathOpen);
  const asked = Number(BigInt.asUintN(30, base));
  // Other rights that the directory cannot give are left out; a file that cannot be read or written as asked is no use.
  if ((asked & (RIGHT.fdRead | RIGHT.fdWrite) & ~parent.inheriting) !== 0) throw fault("notcapable");
  if ((oflags & OFLAG.create) !== 0 && (parent.base & RIGHT.pathCreateFile) === 0) throw fault("notcapable");
  if ((oflags & OFLAG.truncate) !== 0 && (parent.base & RIGHT.pathFilestatSetSize) === 0) throw fault("notcapable");
  const given = asked & parent.inheriting;
  descriptors.requireRoom();
  const node = openAt(parent.directory, memory.text(path, length), (lookup & FOLLOW) !== 0, {
    read: (given & (RIGHT.fdRead | RIGHT.fdReaddir)) !== 0,
    write: (given & WRITES) !== 0,
    create: (oflags & OFLAG.create) !== 0,
    exclusive: (oflags & OFLAG.exclusive) !== 0,
    truncate: (oflags & OFLAG.truncate) !== 0,
    directory: (oflags & OFLAG.directory) !== 0,
    sync: syncOf(fdflags),
  });
  const shared = {
    base: rightsFor(node.kind, given),
    inheriting: Number(BigInt.asUintN(30, inheriting)) & parent.inheriting,
    flags: fdflags & 31,
  };
  const opened: Descriptor =
    node.kind === "file"
      ? { kind: "file", file: node, position: 0, ...shared }
      : { kind: "directory", directory: node, ...shared };
  memory.setU32(result, descriptors.add(opened));
}

function syncOf(fdflags: number): "none" | "data" | "all" {
  if ((fdflags & (FDFLAG.sync | FDFLAG.rsync)) !== 0) return "all";
  return (fdflags & FDFLAG.dsync) !== 0 ? "data" : "none";
}
