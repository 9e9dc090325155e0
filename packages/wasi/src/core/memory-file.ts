// A file node in memory to the handle that one opener has.
import { fault } from "./fault.ts";
import type { AnyMemoryNode, MemoryFile, MemoryQuota } from "./memory-node.ts";
import type { FileNode, NewTimes, Stat } from "./node.ts";

/** What all handles of one mount share. */
export interface MemoryMount {
  readonly dev: bigint;
  readonly quota: MemoryQuota;
  readonly readOnly: boolean;
  readonly now: () => bigint;
}

export function setNodeTimes(node: AnyMemoryNode, times: NewTimes, now: bigint): void {
  node.atime = times.atime ?? node.atime;
  node.mtime = times.mtime ?? node.mtime;
  node.ctime = now;
}

export class OpenMemoryFile implements FileNode {
  readonly kind = "file";
  readonly #mount: MemoryMount;
  readonly #file: MemoryFile;
  readonly #writes: boolean;
  #isOpen = true;

  constructor(mount: MemoryMount, file: MemoryFile, writes: boolean) {
    this.#mount = mount;
    this.#file = file;
    this.#writes = writes;
    file.opened();
  }

  read(into: Uint8Array, at: number): number {
    return this.#file.read(into, at);
  }

  write(from: Uint8Array, at: number): number {
    if (!this.#writes) throw fault("badf");
    const written = this.#file.write(from, at);
    this.#file.mtime = this.#file.ctime = this.#mount.now();
    return written;
  }

  append(from: Uint8Array): number {
    return this.write(from, this.#file.size());
  }

  stat(): Stat {
    return this.#file.stat(this.#mount.dev);
  }

  resize(size: number): void {
    if (!this.#writes) throw fault("inval");
    this.#file.resize(size);
    this.#file.mtime = this.#file.ctime = this.#mount.now();
  }

  setTimes(times: NewTimes): void {
    if (this.#mount.readOnly) throw fault("perm");
    setNodeTimes(this.#file, times, this.#mount.now());
  }

  sync(): void {}

  close(): void {
    if (this.#isOpen) this.#file.closed();
    this.#isOpen = false;
  }
}
