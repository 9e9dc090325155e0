// Numbers to open things: the descriptor table of one guest.
import type { WasiBudget } from "../core/budget.ts";
import type { WasiContext } from "../core/context.ts";
import { fault } from "../core/fault.ts";
import type { DirectoryNode, Entry, FileNode } from "../core/node.ts";
import type { InputStream, OutputStream } from "../core/streams.ts";
import { INPUT_RIGHTS, mountRights, OUTPUT_RIGHTS } from "./rights.ts";

export const FDFLAG = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;

interface Shared {
  base: number;
  inheriting: number;
  flags: number;
}
export interface OpenFile extends Shared {
  readonly kind: "file";
  readonly file: FileNode;
  position: number;
}
export interface OpenDirectory extends Shared {
  readonly kind: "directory";
  readonly directory: DirectoryNode;
  /** The guest's name of a mount. */
  readonly mountPath?: Uint8Array;
  /** What the last reading from the start found, so that cookies keep their meaning while files come and go. */
  listing?: readonly Entry[];
}
export interface OpenInput extends Shared {
  readonly kind: "input";
  readonly stream: InputStream;
}
export interface OpenOutput extends Shared {
  readonly kind: "output";
  readonly stream: OutputStream;
}
export type Descriptor = OpenFile | OpenDirectory | OpenInput | OpenOutput;

export class Descriptors {
  readonly #table: (Descriptor | undefined)[] = [];
  readonly #budget: WasiBudget;

  constructor(context: WasiContext) {
    this.#budget = context.budget;
    this.add({ kind: "input", stream: context.stdin, base: INPUT_RIGHTS, inheriting: 0, flags: 0 });
    for (const stream of [context.stdout, context.stderr]) {
      this.add({ kind: "output", stream, base: OUTPUT_RIGHTS, inheriting: 0, flags: 0 });
    }
    for (const { path, readOnly, directory } of context.mounts) {
      this.add({
        kind: "directory",
        directory,
        mountPath: new TextEncoder().encode(path),
        ...mountRights(readOnly),
        flags: 0,
      });
    }
  }

  /** Whether one more may be opened; asked before the system is, so that a refusal leaves nothing behind. */
  requireRoom(): void {
    this.#budget.requireFile();
  }

  /** The lowest free number, as POSIX has it. */
  add(descriptor: Descriptor): number {
    let fd = 3;
    // The three streams and the mounts come first and in order.
    if (this.#table.length < 3) fd = this.#table.length;
    else while (this.#table[fd] !== undefined) fd++;
    this.#table[fd] = descriptor;
    this.#budget.call.openFiles += 1;
    return fd;
  }

  /** Throws `badf` for a number that is not open, `notcapable` where `rights` are missing. */
  get(fd: number, rights = 0): Descriptor {
    const descriptor = this.#table[fd >>> 0];
    if (descriptor === undefined) throw fault("badf");
    if ((descriptor.base & rights) !== rights) throw fault("notcapable");
    return descriptor;
  }

  file(fd: number, rights: number): OpenFile {
    const descriptor = this.get(fd);
    if (descriptor.kind === "directory") throw fault("isdir");
    requireRights(descriptor, rights);
    if (descriptor.kind !== "file") throw fault("spipe");
    return descriptor;
  }

  directory(fd: number, rights: number): OpenDirectory {
    const descriptor = this.get(fd);
    if (descriptor.kind !== "directory") throw fault("notdir");
    requireRights(descriptor, rights);
    return descriptor;
  }

  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#table[fd >>> 0] = undefined;
    this.#release(descriptor);
  }

  /** Puts what is open at `from` in the place of what is open at `to`. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    const replaced = this.get(to);
    if (moved === replaced) return;
    this.#table[to >>> 0] = moved;
    this.#table[from >>> 0] = undefined;
    this.#release(replaced);
  }

  closeAll(): void {
    const open = this.#table.splice(0);
    for (const descriptor of open) if (descriptor !== undefined) this.#release(descriptor);
  }

  /** The entries of a directory as they are now, kept for the cookies that follow. */
  list(directory: OpenDirectory): readonly Entry[] {
    this.#budget.releaseEntries(directory.listing?.length ?? 0);
    delete directory.listing;
    const entries = [...DOTS, ...directory.directory.list()];
    this.#budget.holdEntries(entries.length);
    directory.listing = entries;
    return entries;
  }

  #release(descriptor: Descriptor): void {
    this.#budget.releaseFile();
    if (descriptor.kind === "file") descriptor.file.close();
    if (descriptor.kind !== "directory") return;
    this.#budget.releaseEntries(descriptor.listing?.length ?? 0);
    descriptor.directory.close();
  }
}

const DOTS: readonly Entry[] = [
  { name: ".", type: "directory" },
  { name: "..", type: "directory" },
];

function requireRights(descriptor: Descriptor, rights: number): void {
  if ((descriptor.base & rights) !== rights) throw fault("notcapable");
}
