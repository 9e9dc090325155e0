// An open host file to the file handle of the core: positional reads and writes, with the mount's quota.
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { fault } from "./fault.ts";
import { attempt, type HostMount } from "./host-mount.ts";
import type { FileNode, NewTimes, Stat } from "./node.ts";

export class HostFile implements FileNode {
  readonly kind = "file";
  readonly #mount: HostMount;
  #open: number;
  #appendFd: number | undefined;

  constructor(mount: HostMount, fd: number) {
    this.#mount = mount;
    this.#open = fd;
  }

  read(into: Uint8Array, at: number): number {
    return attempt(() => readSync(this.#fd, into, 0, into.length, at));
  }

  write(from: Uint8Array, at: number): number {
    this.#chargeGrowth(at + from.length);
    return attempt(() => writeSync(this.#fd, from, 0, from.length, at));
  }

  append(from: Uint8Array): number {
    const end = Number(attempt(() => fstatSync(this.#fd, { bigint: true }).size));
    this.#mount.charge(from.length);
    return attempt(() => {
      if (process.platform !== "linux") return writeSync(this.#fd, from, 0, from.length, end);
      // The kernel finds the end itself then, whoever else is writing; a guest may switch the mode on and off at any time.
      this.#appendFd ??= openSync(`/proc/self/fd/${this.#fd}`, constants.O_WRONLY | constants.O_APPEND);
      return writeSync(this.#appendFd, from, 0, from.length, null);
    });
  }

  stat(): Stat {
    return this.#mount.toStat(attempt(() => fstatSync(this.#fd, { bigint: true })));
  }

  resize(size: number): void {
    this.#mount.requireWritable();
    this.#chargeGrowth(size);
    attempt(() => ftruncateSync(this.#fd, size));
  }

  setTimes(times: NewTimes): void {
    const look = () => attempt(() => fstatSync(this.#fd, { bigint: true }));
    this.#mount.setTimes(look, times, (atime, mtime) => futimesSync(this.#fd, atime, mtime));
  }

  sync(dataOnly: boolean): void {
    attempt(() => (dataOnly ? fdatasyncSync(this.#fd) : fsyncSync(this.#fd)));
  }

  close(): void {
    const fds = [this.#open, this.#appendFd ?? -1].filter((fd) => fd >= 0);
    this.#open = -1;
    this.#appendFd = undefined;
    for (const fd of fds) attempt(() => closeSync(fd));
  }

  /** The number of a closed descriptor may by now be another file's, of this guest or of the host. */
  get #fd(): number {
    if (this.#open < 0) throw fault("badf");
    return this.#open;
  }

  #chargeGrowth(end: number): void {
    if (!Number.isSafeInteger(end)) throw fault("fbig");
    if (!this.#mount.hasQuota) return;
    this.#mount.charge(end - Number(attempt(() => fstatSync(this.#fd, { bigint: true }).size)));
  }
}
