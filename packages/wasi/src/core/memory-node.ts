// The nodes of a file system in memory: what a directory, a file and a symlink are before anybody opens them.
import { fault } from "./fault.ts";
import type { DirectoryNode, FileNode, Stat } from "./node.ts";

/** Charged for each node, roughly what one costs the heap, so that empty files are not free. */
const NODE_BYTES = 512;
/** Bytes of one name, as on Linux. */
const MAX_NAME = 255;

/** Bytes that one mount may keep in memory. */
export class MemoryQuota {
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  charge(bytes: number): void {
    if (bytes > this.#left) throw fault("nospc");
    this.#left -= bytes;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }

  chargeNode(): void {
    this.charge(NODE_BYTES);
  }

  releaseNode(): void {
    this.release(NODE_BYTES);
  }
}

let nextInode = 1n;

abstract class MemoryNode {
  abstract readonly type: Stat["type"];
  readonly ino: bigint = nextInode++;
  nlink = 1n;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;

  constructor(now: bigint) {
    this.atime = now;
    this.mtime = now;
    this.ctime = now;
  }

  abstract size(): number;

  stat(dev: bigint): Stat {
    const { type, ino, nlink, atime, mtime, ctime } = this;
    return { type, dev, ino, nlink, size: BigInt(this.size()), atime, mtime, ctime };
  }
}

export class MemoryLink extends MemoryNode {
  readonly type = "symlink";
  readonly target: string;

  constructor(target: string, now: bigint) {
    super(now);
    this.target = target;
  }

  size(): number {
    return Buffer.byteLength(this.target);
  }
}

export type AnyMemoryNode = MemoryLink | MemoryFile | MemoryFolder;

/** A file: its bytes, or the lower file that still has them. */
export class MemoryFile extends MemoryNode {
  readonly type = "file";
  readonly #quota: MemoryQuota;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #openCount = 0;
  #lower: { readonly open: () => FileNode; readonly size: number; handle?: FileNode | undefined } | undefined;

  constructor(quota: MemoryQuota, now: bigint, lower?: { readonly open: () => FileNode; readonly size: number }) {
    super(now);
    this.#quota = quota;
    this.#lower = lower === undefined ? undefined : { ...lower };
  }

  size(): number {
    return this.#lower?.size ?? this.#length;
  }

  opened(): void {
    this.#openCount++;
  }

  /** Gives the memory back with the last handle of a file that has no name any more. */
  closed(): void {
    if (--this.#openCount > 0) return;
    this.#closeLower();
    if (this.nlink === 0n) this.#forget();
  }

  unlinked(): void {
    this.nlink--;
    if (this.nlink === 0n && this.#openCount === 0) this.#forget();
  }

  read(into: Uint8Array, at: number): number {
    if (this.#lower !== undefined) return this.#lowerHandle().read(into, at);
    const from = this.#bytes.subarray(Math.min(at, this.#length), Math.min(at + into.length, this.#length));
    into.set(from);
    return from.length;
  }

  write(from: Uint8Array, at: number): number {
    if (from.length === 0) return 0;
    this.copyUp();
    this.resize(Math.max(this.#length, at + from.length));
    this.#bytes.set(from, at);
    return from.length;
  }

  resize(size: number): void {
    if (size === 0) this.#dropLower();
    else this.copyUp();
    if (size > this.#bytes.length) {
      const capacity = Math.max(size, Math.min(this.#bytes.length * 2, this.#bytes.length + 2 ** 24), 64);
      this.#quota.charge(capacity - this.#bytes.length);
      const grown = allocate(capacity);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    } else if (size < this.#length) this.#bytes.fill(0, size, this.#length);
    this.#length = size;
  }

  /** Takes the lower file's bytes over, before the first write. */
  copyUp(): void {
    if (this.#lower === undefined) return;
    const { size } = this.#lower;
    this.#quota.charge(size);
    const bytes = allocate(size);
    let read = 0;
    for (let got = -1; got !== 0 && read < size; read += got)
      got = this.#lowerHandle().read(bytes.subarray(read), read);
    this.#dropLower();
    this.#bytes = bytes;
    this.#length = read;
  }

  #lowerHandle(): FileNode {
    const lower = this.#lower!;
    lower.handle ??= lower.open();
    return lower.handle;
  }

  #closeLower(): void {
    this.#lower?.handle?.close();
    if (this.#lower !== undefined) this.#lower.handle = undefined;
  }

  #dropLower(): void {
    this.#closeLower();
    this.#lower = undefined;
  }

  #forget(): void {
    this.#quota.release(this.#bytes.length);
    this.#quota.releaseNode();
    this.#dropLower();
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}

function allocate(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch {
    // A quota above what the engine can allocate in one piece.
    throw fault("nospc");
  }
}

/** What a lower directory still holds for a folder above it. */
export interface LowerFolder {
  open(): DirectoryNode;
  below(name: string): LowerFolder;
}

export class MemoryFolder extends MemoryNode {
  readonly type = "directory";
  /** `null` hides a name of the lower directory. */
  readonly entries: Map<string, AnyMemoryNode | null> = new Map();
  readonly lower: LowerFolder | undefined;
  parent: MemoryFolder | undefined;

  constructor(now: bigint, lower?: LowerFolder) {
    super(now);
    this.lower = lower;
  }

  size(): number {
    return this.entries.size;
  }
}

export function checkMemoryName(name: string): void {
  if (name.length > MAX_NAME || Buffer.byteLength(name) > MAX_NAME) throw fault("nametoolong");
}
