// This machine -> what of it every program in a sandbox sees: what programs are made of, and nothing that is anybody's.
import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import type { Seen } from "./mechanism.ts";

/** Programs, libraries, and the few files that libraries read. No accounts, hosts or keys: those say whose machine it is. */
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
  "/gnu/store",
  "/etc/alternatives",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/ld-musl-x86_64.path",
  "/etc/ld-musl-aarch64.path",
  "/etc/localtime",
  "/etc/nsswitch.conf",
  "/etc/mime.types",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/ca-certificates",
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
];

/** Where programs are looked for in a sandbox. */
export const SYSTEM_PATH: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/** Files of devices that have nothing of the machine in them. */
export const DEVICES: readonly string[] = ["null", "zero", "full", "random", "urandom"];

let system: readonly Seen[] | undefined;

/** Looked up once in each process. */
export function systemView(): readonly Seen[] {
  return (system ??= SYSTEM.filter((path) => existsSync(path)).flatMap((path) => seenAt(path)));
}

/** Whether the path is below something that is seen. */
export function isSeen(path: string, seen: readonly Seen[]): boolean {
  return seen.some((one) => one.is !== "link" && isBelow(path, one.path));
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}

/**
 * A path with the links on the way to it, so that it leads to the same in the sandbox. What is no file and no folder is left
 * out, and so is what is not there.
 */
export function seenAt(path: string, is: "readable" | "writable" = "readable"): readonly Seen[] {
  const seen: Seen[] = [];
  let rest = path;
  // As many links as the kernel follows.
  for (let links = 0; links < 40; links++) {
    const link = firstLink(rest);
    if (link === undefined) return existsSync(rest) ? [...seen, { path: rest, is }] : [];
    const target = readlinkSync(link);
    seen.push({ path: link, is: "link", target });
    rest = resolve(dirname(link), target) + rest.slice(link.length);
  }
  return [];
}

function firstLink(path: string): string | undefined {
  for (let end = path.indexOf(sep, 1); ; end = path.indexOf(sep, end + 1)) {
    const part = end < 0 ? path : path.slice(0, end);
    if (lstatSync(part, { throwIfNoEntry: false })?.isSymbolicLink() === true) return part;
    if (end < 0) return undefined;
  }
}

/** Each path once, folders before what is in them; the wider of two rights. What a folder shows already is left out. */
export function arranged(seen: readonly Seen[]): readonly Seen[] {
  const byPath = new Map<string, Seen>();
  for (const one of seen) if (byPath.get(one.path)?.is !== "writable") byPath.set(one.path, one);
  const sorted = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.filter((one) => {
    const above = sorted
      .filter((other) => other !== one && other.is !== "link" && isBelow(one.path, other.path))
      .at(-1);
    if (above === undefined) return true;
    return one.is === "writable" && above.is === "readable";
  });
}

/** The path without links; itself where it is not there. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
