// The rights of wasi_snapshot_preview1 as bits, and which of them each kind of descriptor can have.
import type { NodeType } from "../core/node.ts";

/** Bit 0 to 29 in the order of the specification: all fit a number's bits, though the wire has 64. */
export const RIGHT = {
  fdDatasync: 0x00000001,
  fdRead: 0x00000002,
  fdSeek: 0x00000004,
  fdFdstatSetFlags: 0x00000008,
  fdSync: 0x00000010,
  fdTell: 0x00000020,
  fdWrite: 0x00000040,
  fdAdvise: 0x00000080,
  fdAllocate: 0x00000100,
  pathCreateDirectory: 0x00000200,
  pathCreateFile: 0x00000400,
  pathLinkSource: 0x00000800,
  pathLinkTarget: 0x00001000,
  pathOpen: 0x00002000,
  fdReaddir: 0x00004000,
  pathReadlink: 0x00008000,
  pathRenameSource: 0x00010000,
  pathRenameTarget: 0x00020000,
  pathFilestatGet: 0x00040000,
  pathFilestatSetSize: 0x00080000,
  pathFilestatSetTimes: 0x00100000,
  fdFilestatGet: 0x00200000,
  fdFilestatSetSize: 0x00400000,
  fdFilestatSetTimes: 0x00800000,
  pathSymlink: 0x01000000,
  pathRemoveDirectory: 0x02000000,
  pathUnlinkFile: 0x04000000,
  pollFdReadwrite: 0x08000000,
  sockShutdown: 0x10000000,
  sockAccept: 0x20000000,
} as const;

/** What changes something in a directory or its files; a read-only mount has none of it, nor the source of a hard link. */
const CHANGES =
  RIGHT.fdWrite |
  RIGHT.fdAllocate |
  RIGHT.fdFilestatSetSize |
  RIGHT.fdFilestatSetTimes |
  RIGHT.pathCreateDirectory |
  RIGHT.pathCreateFile |
  RIGHT.pathLinkSource |
  RIGHT.pathLinkTarget |
  RIGHT.pathRenameSource |
  RIGHT.pathRenameTarget |
  RIGHT.pathFilestatSetSize |
  RIGHT.pathFilestatSetTimes |
  RIGHT.pathSymlink |
  RIGHT.pathRemoveDirectory |
  RIGHT.pathUnlinkFile;

export const DIRECTORY_RIGHTS: number =
  RIGHT.pathCreateDirectory |
  RIGHT.pathCreateFile |
  RIGHT.pathLinkSource |
  RIGHT.pathLinkTarget |
  RIGHT.pathOpen |
  RIGHT.fdReaddir |
  RIGHT.pathReadlink |
  RIGHT.pathRenameSource |
  RIGHT.pathRenameTarget |
  RIGHT.pathFilestatGet |
  RIGHT.pathFilestatSetSize |
  RIGHT.pathFilestatSetTimes |
  RIGHT.fdFilestatGet |
  RIGHT.fdFilestatSetTimes |
  RIGHT.fdSync |
  RIGHT.fdDatasync |
  RIGHT.pathSymlink |
  RIGHT.pathRemoveDirectory |
  RIGHT.pathUnlinkFile;

const FILE_RIGHTS: number =
  RIGHT.fdDatasync |
  RIGHT.fdRead |
  RIGHT.fdSeek |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdSync |
  RIGHT.fdTell |
  RIGHT.fdWrite |
  RIGHT.fdAdvise |
  RIGHT.fdAllocate |
  RIGHT.fdFilestatGet |
  RIGHT.fdFilestatSetSize |
  RIGHT.fdFilestatSetTimes |
  RIGHT.pollFdReadwrite;

const STREAM_RIGHTS: number = RIGHT.fdFdstatSetFlags | RIGHT.fdFilestatGet | RIGHT.pollFdReadwrite;
export const INPUT_RIGHTS: number = STREAM_RIGHTS | RIGHT.fdRead;
export const OUTPUT_RIGHTS: number = STREAM_RIGHTS | RIGHT.fdWrite;

/** What a mounted directory starts with: for itself, and for what is opened below it. */
export function mountRights(readOnly: boolean): { readonly base: number; readonly inheriting: number } {
  const mask = readOnly ? ~CHANGES : ~0;
  return { base: DIRECTORY_RIGHTS & mask, inheriting: (DIRECTORY_RIGHTS | FILE_RIGHTS) & mask };
}

/** What of `asked` an opened file or directory can have at all. */
export function rightsFor(type: "file" | "directory", asked: number): number {
  // A file keeps the path rights that it was asked for: they mean nothing there, and guests compare what they get.
  return asked & (type === "directory" ? DIRECTORY_RIGHTS : FILE_RIGHTS | DIRECTORY_RIGHTS);
}

/** `filetype` of preview1; it has no number for a FIFO. */
export const FILETYPE: Readonly<Record<NodeType, number>> = {
  unknown: 0,
  "block-device": 1,
  "character-device": 2,
  directory: 3,
  file: 4,
  socket: 6,
  symlink: 7,
  fifo: 0,
};
