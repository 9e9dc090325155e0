// A guest's path to a parent directory and one last name, one segment at a time: the only place where paths are resolved.
import { fault, isFault } from "./fault.ts";
import type { DirectoryNode } from "./node.ts";

/** Bytes of one path, as Linux has it. */
const MAX_PATH = 4096;
/** Symlinks expanded for one path, as Linux has it. */
const MAX_LINKS = 40;
/** Directories held open at once for one path: each is a descriptor of the host while the walk lasts. */
const MAX_DEPTH = 256;

/** Where a path ends: the directory that holds it, open while the walk lasts, and the name in it (`.` for that directory itself). */
export interface Place {
  readonly parent: DirectoryNode;
  readonly name: string;
  /** The path ended with a slash, so only a directory will do. */
  readonly wantsDirectory: boolean;
  /** How many directories below the start `parent` is. */
  readonly depth: number;
}

/**
 * Runs `act` where `path` ends. Absolute paths and those that leave `root` are `notcapable`, more than 40 symlinks `loop`, an
 * empty path `noent`, a NUL `ilseq`. With `follow` (and after a trailing slash with `slashFollows`) `act` is run again behind
 * the symlink whenever it throws `loop`, so that the usual case costs no look for a link beforehand.
 */
export function walk<T>(
  root: DirectoryNode,
  path: string,
  options: { readonly follow: boolean; readonly slashFollows?: boolean },
  act: (place: Place) => T,
): T {
  try {
    return takeWalk(root, path, options, act);
  } catch (thrown) {
    if (root.refused !== undefined && isFault(thrown, "notcapable")) root.refused(path);
    throw thrown;
  }
}

function takeWalk<T>(
  root: DirectoryNode,
  path: string,
  options: { readonly follow: boolean; readonly slashFollows?: boolean },
  act: (place: Place) => T,
): T {
  const known = takeShortcut(root, path, act);
  if (known !== undefined) return known.result;
  const walker = new Walker(root, path);
  try {
    walker.advance();
    for (;;) {
      try {
        return act(walker);
      } catch (thrown) {
        const follows = options.follow || (options.slashFollows === true && walker.wantsDirectory);
        if (!follows || walker.name === "." || !isFault(thrown, "loop")) throw thrown;
      }
      walker.expand();
    }
  } finally {
    walker.close();
  }
}

/** Undefined where the path has to be walked: no such shortcut, or a symlink at its end. */
function takeShortcut<T>(
  root: DirectoryNode,
  path: string,
  act: (place: Place) => T,
): { readonly result: T } | undefined {
  const slash = path.lastIndexOf("/");
  if (slash <= 0 || path.length > MAX_PATH || root.shortcut === undefined) return undefined;
  const name = path.slice(slash + 1);
  if (name === "" || name === "." || name === ".." || name.includes("\0")) return undefined;
  const above = path.slice(0, slash);
  try {
    return root.shortcut(above, (parent) => act({ parent, name, wantsDirectory: false, depth: depthOf(above) }));
  } catch (thrown) {
    if (isFault(thrown, "loop")) return undefined;
    throw thrown;
  }
}

function depthOf(path: string): number {
  let depth = 1;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) depth++;
  return depth;
}

class Walker implements Place {
  name = ".";
  wantsDirectory = false;
  readonly #root: DirectoryNode;
  readonly #path: string;
  readonly #below: DirectoryNode[] = [];
  /** What is still to come, last first. */
  readonly #pending: string[] = [];
  #links = 0;

  constructor(root: DirectoryNode, path: string) {
    if (path === "") throw fault("noent");
    this.#root = root;
    this.#path = path;
    this.#push(path);
  }

  get parent(): DirectoryNode {
    return this.#below.at(-1) ?? this.#root;
  }

  get depth(): number {
    return this.#below.length;
  }

  advance(): void {
    this.name = ".";
    for (let segment = this.#pending.pop(); segment !== undefined; segment = this.#pending.pop()) {
      if (segment === "" || segment === ".") continue;
      if (segment === "..") this.#leave();
      else if (this.#pending.length === 0) {
        this.name = segment;
        return;
      } else this.#enter(segment);
    }
  }

  /** Goes on behind the symlink at `name`. */
  expand(): void {
    this.#push(this.#linkAt(this.name) ?? raise("loop"));
    this.advance();
  }

  close(): void {
    this.#keepShortcut();
    for (const directory of this.#below) directory.close();
    this.#below.length = 0;
  }

  /** Only for plain names all the way: with a symlink, `.` or `..` among them the depth is another. */
  #keepShortcut(): void {
    const slash = this.#path.lastIndexOf("/");
    if (slash <= 0 || this.#links > 0 || this.#pending.length > 0) return;
    const above = this.#path.slice(0, slash);
    if (depthOf(above) !== this.#below.length || this.name === ".") return;
    if (this.#root.keepShortcut?.(above, this.parent) === true) this.#below.pop();
  }

  #push(path: string): void {
    if (path.length > MAX_PATH) throw fault("nametoolong");
    if (path.includes("\0")) throw fault("ilseq");
    if (path.startsWith("/")) throw fault("notcapable");
    const segments = path.split("/");
    const isLast = this.#pending.length === 0;
    while (segments.length > 1 && segments.at(-1) === "") {
      segments.pop();
      if (isLast) this.wantsDirectory = true;
    }
    for (let at = segments.length - 1; at >= 0; at--) this.#pending.push(segments[at]!);
  }

  #leave(): void {
    const left = this.#below.pop();
    if (left === undefined) throw fault("notcapable");
    left.close();
  }

  #enter(segment: string): void {
    if (this.#below.length >= MAX_DEPTH) throw fault("nametoolong");
    try {
      this.#below.push(this.parent.child(segment));
    } catch (thrown) {
      if (!isFault(thrown, "notdir") && !isFault(thrown, "loop")) throw thrown;
      const target = this.#linkAt(segment);
      if (target === undefined) throw fault("notdir");
      this.#push(target);
    }
  }

  #linkAt(name: string): string | undefined {
    if (++this.#links > MAX_LINKS) throw fault("loop");
    try {
      return this.parent.readLink(name);
    } catch (thrown) {
      if (isFault(thrown, "inval")) return undefined;
      throw thrown;
    }
  }
}

function raise(code: "loop"): never {
  throw fault(code);
}
