// A directory and a guest's path to one operation on what is there: what both faces offer, with POSIX's rules for trailing slashes.
import { fault, isFault } from "./fault.ts";
import type { DirectoryNode, FileNode, NewTimes, OpenHow, Stat } from "./node.ts";
import { type Place, walk } from "./walk.ts";

const LAST_LINK_STAYS = { follow: false } as const;

export function openAt(root: DirectoryNode, path: string, follow: boolean, how: OpenHow): FileNode | DirectoryNode {
  // POSIX: with O_CREAT and O_EXCL a symlink in the last place is in the way, dangling or not.
  const follows = follow && !(how.create && how.exclusive);
  return walk(root, path, { follow: follows, slashFollows: true }, (place) => {
    if (how.create && (how.directory || place.wantsDirectory)) throw fault(how.directory ? "inval" : "isdir");
    if (place.name !== ".")
      return place.parent.open(place.name, { ...how, directory: how.directory || place.wantsDirectory });
    if (how.create && how.exclusive) throw fault("exist");
    if (how.write || how.truncate || how.create) throw fault("isdir");
    return place.parent.again();
  });
}

export function statAt(root: DirectoryNode, path: string, follow: boolean): Stat {
  return walk(root, path, { follow, slashFollows: true }, (place) => {
    if (place.name === ".") return place.parent.statSelf();
    const stat = place.parent.stat(place.name);
    if (stat.type === "symlink" && (follow || place.wantsDirectory)) throw fault("loop");
    if (place.wantsDirectory && stat.type !== "directory") throw fault("notdir");
    return stat;
  });
}

export function setTimesAt(root: DirectoryNode, path: string, follow: boolean, times: NewTimes): void {
  walk(root, path, { follow, slashFollows: true }, (place) => {
    if (place.name === ".") return place.parent.setTimesSelf(times);
    if (follow || place.wantsDirectory) {
      const { type } = place.parent.stat(place.name);
      if (type === "symlink") throw fault("loop");
      if (place.wantsDirectory && type !== "directory") throw fault("notdir");
    }
    return place.parent.setTimes(place.name, times);
  });
}

export function readLinkAt(root: DirectoryNode, path: string): string {
  return walk(root, path, LAST_LINK_STAYS, (place) => {
    if (place.name === "." || place.wantsDirectory) throw fault("inval");
    return place.parent.readLink(place.name);
  });
}

export function makeDirectoryAt(root: DirectoryNode, path: string): void {
  walk(root, path, LAST_LINK_STAYS, ({ parent, name }) => {
    if (name === ".") throw fault("exist");
    parent.makeDirectory(name);
  });
}

export function removeDirectoryAt(root: DirectoryNode, path: string): void {
  walk(root, path, LAST_LINK_STAYS, ({ parent, name }) => {
    if (name === ".") throw fault("inval");
    parent.removeDirectory(name);
  });
}

export function removeFileAt(root: DirectoryNode, path: string): void {
  walk(root, path, LAST_LINK_STAYS, (place) => {
    if (place.name === ".") throw fault("isdir");
    if (place.wantsDirectory) throw fault(place.parent.stat(place.name).type === "directory" ? "isdir" : "notdir");
    place.parent.removeFile(place.name);
  });
}

/**
 * Makes a symlink with the text `target`. Absolute targets are refused, and those that lead out of `root` by their text: this
 * host would not follow them anyway, but other programs that later work in the directory might.
 */
export function makeLinkAt(root: DirectoryNode, path: string, target: string): void {
  if (target === "") throw fault("noent");
  if (target.includes("\0")) throw fault("ilseq");
  if (target.startsWith("/")) throw fault("notcapable");
  walk(root, path, LAST_LINK_STAYS, (place) => {
    let depth = place.depth;
    for (const segment of target.split("/")) {
      if (segment === "..") depth--;
      else if (segment !== "" && segment !== ".") depth++;
      if (depth < 0) throw fault("notcapable");
    }
    checkNewName(place);
    place.parent.makeLink(place.name, target);
  });
}

export function hardLinkAt(root: DirectoryNode, path: string, toRoot: DirectoryNode, toPath: string): void {
  walk(root, path, LAST_LINK_STAYS, (from) => {
    if (from.name === ".") throw fault("perm");
    if (from.wantsDirectory) checkDirectory(from);
    walk(toRoot, toPath, LAST_LINK_STAYS, (to) => {
      checkNewName(to);
      if (from.parent.mount !== to.parent.mount) throw fault("xdev");
      from.parent.hardLink(from.name, to.parent, to.name);
    });
  });
}

export function renameAt(root: DirectoryNode, path: string, toRoot: DirectoryNode, toPath: string): void {
  walk(root, path, LAST_LINK_STAYS, (from) => {
    if (from.name === ".") throw fault("busy");
    walk(toRoot, toPath, LAST_LINK_STAYS, (to) => {
      if (to.name === ".") throw fault("busy");
      if (from.parent.mount !== to.parent.mount) throw fault("xdev");
      if (from.wantsDirectory || to.wantsDirectory) checkDirectory(from);
      if (to.wantsDirectory) checkDirectoryIfThere(to);
      from.parent.rename(from.name, to.parent, to.name);
    });
  });
}

/** A slash after a name that is to be made of something that is no directory: `noent`, or what stands there already. */
function checkNewName(place: Place): void {
  if (place.name === ".") throw fault("exist");
  if (place.wantsDirectory) throw fault(place.parent.stat(place.name).type === "directory" ? "exist" : "notdir");
}

function checkDirectory({ parent, name }: Place): void {
  if (parent.stat(name).type !== "directory") throw fault("notdir");
}

function checkDirectoryIfThere(place: Place): void {
  try {
    checkDirectory(place);
  } catch (thrown) {
    if (!isFault(thrown, "noent")) throw thrown;
  }
}
