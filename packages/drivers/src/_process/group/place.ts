// This process -> the group of the kernel (cgroup v2) below which its plugins can have groups of their own, if one was handed to it.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { leftIn, ownName } from "../temporary.ts";

export interface GroupReport {
  readonly works: boolean;
  /** Why not, or what was seen. */
  readonly detail: string;
  readonly remedy: string;
}

/** `delegated` says that a root's own group was handed to it: there, being allowed to make groups does not say so. */
export const GROUPS_VARIABLE = "TENON_CGROUP";
const NEEDED = ["memory", "pids"];
/** What the host moves itself to: a group that hands out controllers has no processes of its own. */
const LEAF = /^tenon-host-/;
const REMEDY =
  "start the host, alone, by systemd-run --user --scope -p Delegate=yes; for root, without --user and with TENON_CGROUP=delegated";

let tried: { readonly place?: string; readonly report: GroupReport } | undefined;

/** Absolute; undefined where groups do not work here. Found out once. */
export function groupPlace(): string | undefined {
  return tryGroups().place;
}

/** For `decide`: whether a plugin in a sandbox is kept to `limits.memoryMiB` on this machine. */
export function hasMemoryBound(): boolean {
  return groupPlace() !== undefined;
}

export function groupReport(): GroupReport {
  return tryGroups().report;
}

function tryGroups(): NonNullable<typeof tried> {
  if (tried !== undefined) return tried;
  try {
    const place = findPlace();
    removeLeft(place);
    tryOne(place);
    const detail = `a process was put into a group with limits below ${place}`;
    return (tried = { place, report: { works: true, detail, remedy: REMEDY } });
  } catch (error) {
    return (tried = { report: { works: false, detail: (error as Error).message, remedy: REMEDY } });
  }
}

/** Throws the reason why there is none. */
function findPlace(): string {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no such groups`);
  const own = ownGroup();
  const place = LEAF.test(basename(own)) ? dirname(own) : own;
  const offered = words(join(place, "cgroup.controllers"));
  const lacking = NEEDED.filter((name) => !offered.includes(name));
  if (lacking.length > 0) throw new Error(`the group of this process has no controller for ${lacking.join(" and ")}`);
  const on = words(join(place, "cgroup.subtree_control"));
  if (!NEEDED.every((name) => on.includes(name))) handOut(place);
  return place;
}

function ownGroup(): string {
  const path = /^0::(.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  // mount(s) by proc_pid_mountinfo(5): the root within the file system is the fourth field, the place the fifth.
  const mount = /^\S+ \S+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(read("/proc/self/mountinfo") ?? "");
  if (path === undefined || mount === null) throw new Error("there is no hierarchy of cgroup v2");
  const [, root = "/", at = ""] = mount;
  const below = relative(root, path);
  if (below.startsWith("..")) throw new Error("the group of this process is not shown to it");
  return join(at, below);
}

/** Lets groups below have limits. Only the very root may have processes beside them; elsewhere this one moves to a leaf. */
function handOut(place: string): void {
  const set = (): void =>
    writeFileSync(join(place, "cgroup.subtree_control"), NEEDED.map((name) => `+${name}`).join(" "));
  if (!existsSync(join(place, "cgroup.type"))) return set();
  if (process.geteuid?.() === 0 && process.env[GROUPS_VARIABLE] !== "delegated")
    throw new Error(`root may make groups below ${place}, which does not say that they were delegated`);
  const members = words(join(place, "cgroup.procs")).map(Number);
  const others = members.filter((pid) => pid !== process.pid && parentOf(pid) !== process.pid);
  if (others.length > 0) throw new Error(`other processes are in the group of this one, such as ${others[0]}`);
  const leaf = join(place, newName("host"));
  mkdirSync(leaf);
  try {
    for (const pid of members) writeFileSync(join(leaf, "cgroup.procs"), String(pid));
    set();
  } catch (error) {
    for (const pid of members) writeFileSync(join(place, "cgroup.procs"), String(pid));
    rmdirSync(leaf);
    throw error;
  }
}

/** A process has to get in by itself, as every plugin's does. */
function tryOne(place: string): void {
  const group = join(place, newName("probe"));
  mkdirSync(group);
  try {
    for (const [file, text] of [
      ["memory.max", "1G"],
      ["pids.max", "8"],
    ] as const)
      writeFileSync(join(group, file), text);
    const { status, stderr, error } = spawnSync("/bin/sh", ["-c", 'echo 0 >"$1"', "sh", join(group, "cgroup.procs")], {
      encoding: "utf8",
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`no process can be put into a group below ${place}: ${stderr.trim()}`);
  } finally {
    rmdirSync(group);
  }
}

/** Of hosts that were killed, with whatever is still in them. */
function removeLeft(place: string): void {
  for (const group of leftIn(place)) {
    try {
      if (!LEAF.test(basename(group))) writeFileSync(join(group, "cgroup.kill"), "1");
      rmdirSync(group);
    } catch {
      // Its processes are about to end; the next start finds it empty.
    }
  }
}

/** Throws where the system does not say who this process is. */
export function newName(use: string): string {
  const name = ownName(use);
  if (name === undefined) throw new Error("this process has no name for its groups");
  return name + randomBytes(3).toString("hex");
}

/** proc_pid_stat(5): the fourth field. */
function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function words(path: string): readonly string[] {
  return (read(path) ?? "").split(/\s+/).filter((word) => word !== "");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not on this kernel, or not for us: the caller says what that means.
    return undefined;
  }
}
