// How something is opened to the flags of open(2) that say so; systems that lack one do without.
import { constants } from "node:fs";
import type { OpenHow } from "./node.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC } =
  constants;
const SYNC_FLAGS = { none: 0, data: constants.O_DSYNC ?? constants.O_SYNC ?? 0, all: constants.O_SYNC ?? 0 };
/** Linux's O_PATH, which Node does not name: a handle to walk from that neither reads nor triggers anything. */
const O_PATH = 0o10000000;

export const WALK_FLAGS: number = O_PATH | O_DIRECTORY;

/** Never follows a symlink. */
export function openFlags(how: OpenHow): number {
  return (
    (how.write ? (how.read ? O_RDWR : O_WRONLY) : O_RDONLY) |
    (O_NOFOLLOW ?? 0) |
    // A FIFO that stands there must not stop the host; files do not care.
    (O_NONBLOCK ?? 0) |
    (O_NOCTTY ?? 0) |
    (how.directory ? (O_DIRECTORY ?? 0) : 0) |
    (how.truncate ? O_TRUNC : 0) |
    SYNC_FLAGS[how.sync]
  );
}

export function createFlags({ exclusive }: { readonly exclusive: boolean } = { exclusive: false }): number {
  return O_CREAT | (exclusive ? O_EXCL : 0);
}
