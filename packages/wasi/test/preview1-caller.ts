// Calls of preview1's imports from a test, with a real guest memory in between: texts and results by name instead of pointers.
import { createPreview1, type Preview1, type WasiOptions } from "@tenon/wasi";
import { engine } from "./engine.ts";

/** A module with two pages of memory and nothing else. */
export const MEMORY_ONLY = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 2, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0,
]);

/** Which arguments of a function are i64, by position; all others are i32. */
export const WIDE_ARGUMENTS: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    clock_time_get: [1],
    fd_advise: [1, 2],
    fd_allocate: [1, 2],
    fd_fdstat_set_rights: [1, 2],
    fd_filestat_set_size: [1],
    fd_filestat_set_times: [1, 2],
    fd_pread: [3],
    fd_pwrite: [3],
    fd_readdir: [3],
    fd_seek: [1],
    path_filestat_set_times: [4, 5],
    path_open: [5, 6],
  }),
);

const NAMES = new Map<number, string>(
  Object.entries({
    ok: 0,
    acces: 2,
    again: 6,
    badf: 8,
    busy: 10,
    exist: 20,
    fault: 21,
    fbig: 22,
    ilseq: 25,
    inval: 28,
    io: 29,
    isdir: 31,
    loop: 32,
    mfile: 33,
    mlink: 34,
    nametoolong: 37,
    noent: 44,
    nospc: 51,
    nosys: 52,
    notdir: 54,
    notempty: 55,
    notsock: 57,
    notsup: 58,
    nxio: 60,
    overflow: 61,
    perm: 63,
    pipe: 64,
    rofs: 69,
    spipe: 70,
    txtbsy: 74,
    xdev: 75,
    notcapable: 76,
  }).map(([name, number]) => [number, name]),
);

export interface HowToOpen {
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  readonly directory?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
  readonly nofollow?: boolean;
}

const RESULT = 0;
const TEXT = 1024;
const OTHER_TEXT = 40_000;
const DATA = 80_000;

export class Caller {
  readonly wasi: Preview1;
  readonly memory: { readonly buffer: ArrayBuffer };

  constructor(options: WasiOptions) {
    this.wasi = createPreview1(options);
    const instance = new engine.Instance(new engine.Module(MEMORY_ONLY));
    this.memory = instance.exports["memory"] as { readonly buffer: ArrayBuffer };
    this.wasi.bind(instance);
  }

  /** The error's name, `ok` for none. */
  call(name: string, ...args: readonly (number | bigint)[]): string {
    const result = this.wasi.imports.wasi_snapshot_preview1[name]!(...args);
    return NAMES.get(result) ?? `errno ${result}`;
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  text(text: string | Uint8Array, at: number = TEXT): readonly [number, number] {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    new Uint8Array(this.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }

  /** A descriptor, or the error's name. */
  open(fd: number, path: string | Uint8Array, how: HowToOpen = {}): number | string {
    const flags = [how.create, how.directory, how.exclusive, how.truncate];
    const oflags = flags.reduce((bits, flag, index) => bits | (flag === true ? 1 << index : 0), 0);
    const rights = how.write === true ? 0x1fffffffn : how.directory === true ? 0x1fbfeefdn & ~0x40n : 0x1dbfc03en;
    const follow = how.nofollow === true ? 0 : 1;
    const append = how.append === true ? 1 : 0;
    const result = this.call("path_open", fd, follow, ...this.text(path), oflags, rights, 0x1fffffffn, append, RESULT);
    return result === "ok" ? this.view.getUint32(RESULT, true) : result;
  }

  read(fd: number, length = 1000, offset?: bigint): string {
    this.vector(DATA, length);
    const result =
      offset === undefined
        ? this.call("fd_read", fd, RESULT + 16, 1, RESULT)
        : this.call("fd_pread", fd, RESULT + 16, 1, offset, RESULT);
    if (result !== "ok") return result;
    return `read ${new TextDecoder().decode(new Uint8Array(this.memory.buffer, DATA, this.view.getUint32(RESULT, true)))}`;
  }

  write(fd: number, text: string, offset?: bigint): string {
    const [at, length] = this.text(text, DATA);
    this.vector(at, length);
    return offset === undefined
      ? this.call("fd_write", fd, RESULT + 16, 1, RESULT)
      : this.call("fd_pwrite", fd, RESULT + 16, 1, offset, RESULT);
  }

  close(fd: number): string {
    return this.call("fd_close", fd);
  }

  /** One path: mkdir, rmdir, unlink and the like by preview1's own name. */
  path(name: string, fd: number, path: string | Uint8Array): string {
    return this.call(name, fd, ...this.text(path));
  }

  symlink(target: string, fd: number, path: string): string {
    return this.call("path_symlink", ...this.text(target, OTHER_TEXT), fd, ...this.text(path));
  }

  link(fd: number, path: string, toFd: number, toPath: string): string {
    return this.call("path_link", fd, 0, ...this.text(path), toFd, ...this.text(toPath, OTHER_TEXT));
  }

  rename(fd: number, path: string, toFd: number, toPath: string): string {
    return this.call("path_rename", fd, ...this.text(path), toFd, ...this.text(toPath, OTHER_TEXT));
  }

  /** `directory`, `file` or `symlink` with the size, or the error's name. */
  stat(fd: number, path: string, follow = true): string {
    const result = this.call("path_filestat_get", fd, follow ? 1 : 0, ...this.text(path), DATA);
    if (result !== "ok") return result;
    const type = new Map([
      [3, "directory"],
      [4, "file"],
      [7, "symlink"],
    ]).get(this.view.getUint8(DATA + 16));
    return type === "file" ? `file ${this.view.getBigUint64(DATA + 32, true)}` : (type ?? "unknown");
  }

  setTimes(fd: number, path: string, mtime: bigint): string {
    return this.call("path_filestat_set_times", fd, 1, ...this.text(path), 0n, mtime, 4);
  }

  modified(fd: number, path: string): bigint {
    this.stat(fd, path);
    return this.view.getBigUint64(DATA + 48, true);
  }

  /** Names in a directory, read with a buffer that is too small for all of them at once. */
  list(fd: number, bytes = 120): readonly string[] {
    const names: string[] = [];
    for (let cookie = 0n; ;) {
      const result = this.call("fd_readdir", fd, DATA, bytes, cookie, RESULT);
      if (result !== "ok") return [result];
      const used = this.view.getUint32(RESULT, true);
      let at = 0;
      while (at + 24 <= used) {
        const length = this.view.getUint32(DATA + at + 16, true);
        if (at + 24 + length > used) break;
        names.push(new TextDecoder().decode(new Uint8Array(this.memory.buffer, DATA + at + 24, length)));
        cookie = this.view.getBigUint64(DATA + at, true);
        at += 24 + length;
      }
      if (used < bytes) return names;
    }
  }

  vector(at: number, length: number): void {
    this.view.setUint32(RESULT + 16, at, true);
    this.view.setUint32(RESULT + 20, length, true);
  }
}
