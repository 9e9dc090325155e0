// A mounted directory with a guard beside it: what is opened, looked at or changed below it is asked for, and told.
import { fault, isFault } from "./fault.ts";
import type { AccessGuard, AccessMode } from "./guard.ts";
import type { DirectoryNode, Entry, FileNode, NewTimes, OpenHow, Stat } from "./node.ts";

export class GuardedDirectory implements DirectoryNode {
  readonly kind = "directory";
  readonly #inner: DirectoryNode;
  /** The guest's. */
  readonly #path: string;
  readonly #guard: AccessGuard;

  constructor(inner: DirectoryNode, path: string, guard: AccessGuard) {
    this.#inner = inner;
    this.#path = path;
    this.#guard = guard;
  }

  get mount(): object {
    return this.#inner.mount;
  }

  child(name: string): DirectoryNode {
    return this.#wrap(this.#inner.child(name), name);
  }

  open(name: string, how: OpenHow): FileNode | DirectoryNode {
    const mode = how.write || how.create || how.truncate ? "rw" : "r";
    const opened = this.#ask(name, mode, () => this.#inner.open(name, how));
    return opened.kind === "directory" ? this.#wrap(opened, name) : opened;
  }

  again(): DirectoryNode {
    return new GuardedDirectory(this.#inner.again(), this.#path, this.#guard);
  }

  stat(name: string): Stat {
    return this.#ask(name, "r", () => this.#inner.stat(name));
  }

  statSelf(): Stat {
    return this.#inner.statSelf();
  }

  setTimes(name: string, times: NewTimes): void {
    this.#ask(name, "rw", () => this.#inner.setTimes(name, times));
  }

  setTimesSelf(times: NewTimes): void {
    this.#ask("", "rw", () => this.#inner.setTimesSelf(times));
  }

  list(): readonly Entry[] {
    return this.#ask("", "r", () => this.#inner.list());
  }

  readLink(name: string): string {
    return this.#inner.readLink(name);
  }

  makeDirectory(name: string): void {
    this.#ask(name, "rw", () => this.#inner.makeDirectory(name));
  }

  removeDirectory(name: string): void {
    this.#ask(name, "rw", () => this.#inner.removeDirectory(name));
  }

  removeFile(name: string): void {
    this.#ask(name, "rw", () => this.#inner.removeFile(name));
  }

  makeLink(name: string, target: string): void {
    this.#ask(name, "rw", () => this.#inner.makeLink(name, target));
  }

  hardLink(name: string, to: DirectoryNode, toName: string): void {
    // A second name in a writable place is a way to write.
    this.#ask(name, "rw", () => innerOf(to, toName, (inner) => this.#inner.hardLink(name, inner, toName)));
  }

  rename(name: string, to: DirectoryNode, toName: string): void {
    this.#ask(name, "rw", () => innerOf(to, toName, (inner) => this.#inner.rename(name, inner, toName)));
  }

  sync(): void {
    this.#inner.sync();
  }

  close(): void {
    this.#inner.close();
  }

  refused(path: string): void {
    this.#guard.noteFile(joined(this.#path, path), "r", false);
  }

  shortcut<T>(path: string, act: (directory: DirectoryNode) => T): { readonly result: T } | undefined {
    return this.#inner.shortcut?.(path, (directory) => act(this.#wrap(directory, path)));
  }

  keepShortcut(path: string, to: DirectoryNode): boolean {
    return to instanceof GuardedDirectory && this.#inner.keepShortcut?.(path, to.#inner) === true;
  }

  /** As the target of what another directory does. */
  asTarget<T>(name: string, act: (inner: DirectoryNode) => T): T {
    return this.#ask(name, "rw", () => act(this.#inner));
  }

  #wrap(inner: DirectoryNode, name: string): GuardedDirectory {
    return new GuardedDirectory(inner, joined(this.#path, name), this.#guard);
  }

  /** What is not there, or in the way, is no use and no denial. */
  #ask<T>(name: string, mode: AccessMode, act: () => T): T {
    const path = joined(this.#path, name);
    if (!this.#guard.allowsFile(path, mode)) {
      this.#guard.noteFile(path, mode, false);
      throw fault("perm");
    }
    try {
      const result = act();
      this.#guard.noteFile(path, mode, true);
      return result;
    } catch (thrown) {
      if (isFault(thrown, "perm") || isFault(thrown, "rofs")) this.#guard.noteFile(path, mode, false);
      throw thrown;
    }
  }
}

function innerOf<T>(to: DirectoryNode, name: string, act: (inner: DirectoryNode) => T): T {
  return to instanceof GuardedDirectory ? to.asTarget(name, act) : act(to);
}

function joined(path: string, name: string): string {
  if (name === "") return path;
  return path.endsWith("/") ? path + name : `${path}/${name}`;
}
