// A plan -> the steps into namespaces of users, mounts, processes, networks and messages, with a root made of what is seen.
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { filterBytes, hasFilters } from "./filter.ts";
import { encodeSteps, PERL, SCRIPT, type Argument, type Step } from "./launcher.ts";
import { LIMITS, PROCESSES, type Limit } from "./limits.ts";
import type { Mechanism, SandboxPlan, Seen } from "./mechanism.ts";
import type { Syscall } from "./syscalls.ts";
import { DEVICES } from "./view.ts";

/** linux/sched.h: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const ALL_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000;
/** sys/mount.h */
const MS = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, BIND: 4096, REC: 16384, PRIVATE: 1 << 18 };
const MNT_DETACH = 2;
const AT_FDCWD = -100;
const AT_RECURSIVE = 0x8000;
const O_CREAT = 0o100;
const O_CLOEXEC = 0o2000000;
/** linux/prctl.h */
const PR_SET_PDEATHSIG = 1;
const PR_SET_SECUREBITS = 28;
const PR_SET_NO_NEW_PRIVS = 38;
/** linux/securebits.h: being root gives nothing, for good. */
const NO_ROOT = 0xef;
const SIGKILL = 9;

/** Of each of its temporary folders, which are in memory. */
export const TEMPORARY_BYTES: number = 64 * 1024 * 1024;
const TEMPORARY = `mode=700,size=${TEMPORARY_BYTES},nr_inodes=16384`;
export const HOME = "/tmp";

export const namespaces: Mechanism = {
  id: "namespaces",
  title: "namespaces",
  remedy:
    "install perl, and allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, " +
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container, its seccomp profile)",
  missing: () =>
    hasFilters ? (existsSync(PERL) ? undefined : `there is no ${PERL}`) : `not written for ${process.arch} processors`,
  serves: () => true,
  home: () => HOME,
  launch: (plan) => ({ program: PERL, args: ["-e", SCRIPT], inputs: [encodeSteps(stepsOf(plan))] }),
};

const call = (what: string, name: Syscall, ...args: readonly Argument[]): Step => ({ do: "call", what, name, args });
const may = (what: string, name: Syscall, ...args: readonly Argument[]): Step => {
  return { do: "call", what, name, args, may: true };
};

/** Whoever waits for a process that is gone would wait for ever. */
export const dieWithParent: Step = call("tie its life to the host's", "prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
export const giveUpRights: readonly Step[] = [
  // Only who has rights may say so; nobody else needs to.
  may("give up root's rights", "prctl", PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0),
  call("give up new rights", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
];
export const closeOthers: Step = call("close the host's files", "close_range", 3, 0x7fffffff, 0);
export const limitSteps: readonly Step[] = LIMITS.map(limitStep);

function limitStep({ what, number, value }: Limit): Step {
  return may(`limit its ${what}`, "prlimit64", 0, number, pair(value), 0);
}

/** First: limits are for all that follows. */
export function enterSteps({ entrance }: SandboxPlan): readonly Step[] {
  return entrance === undefined ? [] : [{ do: "write", what: "enter its group", path: entrance, text: "0" }];
}

function stepsOf(plan: SandboxPlan): readonly Step[] {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  return [
    ...enterSteps(plan),
    call("make namespaces", "unshare", ALL_NAMESPACES),
    { do: "write", what: "keep its groups", path: "/proc/self/setgroups", text: "deny" },
    { do: "write", what: "keep its user", path: "/proc/self/uid_map", text: `${uid} ${uid} 1` },
    { do: "write", what: "keep its group", path: "/proc/self/gid_map", text: `${gid} ${gid} 1` },
    dieWithParent,
    closeOthers,
    ...limitSteps,
    // Counted in these namespaces alone.
    limitStep(PROCESSES),
    { do: "fork", what: "start its first process" },
    dieWithParent,
    ...rootSteps(plan),
    closeOthers,
    ...giveUpRights,
    ...relaySteps(plan),
    { do: "fork", what: "start a process" },
    { do: "chdir", what: `enter ${plan.cwd}`, path: plan.cwd },
    {
      do: "filter",
      what: "limit its calls of the kernel",
      program: filterBytes({ processes: plan.needs.processes, isShared: false }),
    },
    {
      do: "exec",
      what: `start ${plan.file}`,
      file: plan.file,
      args: plan.args,
      env: { ...proxied(plan), ...plan.env },
    },
  ];
}

/** On a machine that has no other network, any port will do; this one is what proxies have. */
const PROXY_PORT = 3128;

function relaySteps({ proxy }: SandboxPlan): readonly Step[] {
  return proxy === undefined ? [] : [{ do: "relay", what: "reach the proxy", port: PROXY_PORT, socket: proxy }];
}

/** As programs look for proxies: most of them in these variables, Node (from 24 on) if it is told to. */
function proxied({ proxy }: SandboxPlan): Readonly<Record<string, string>> {
  if (proxy === undefined) return {};
  const url = `http://127.0.0.1:${PROXY_PORT}`;
  return { http_proxy: url, https_proxy: url, HTTP_PROXY: url, HTTPS_PROXY: url, NODE_USE_ENV_PROXY: "1" };
}

/** A root in memory, below which the old one is for a moment. */
function rootSteps({ seen }: SandboxPlan): readonly Step[] {
  const made = new Set<string>(["/"]);
  const folder = (path: string): readonly Step[] => {
    if (made.has(path)) return [];
    made.add(path);
    return [...folder(dirname(path)), may(`make ${path}`, "mkdirat", AT_FDCWD, path, 0o755)];
  };
  const temporary = (path: string): readonly Step[] => [
    ...folder(path),
    call(`make ${path}`, "mount", "tmpfs", path, "tmpfs", MS.NOSUID | MS.NODEV, TEMPORARY),
  ];
  const readOnlyProc = MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.RDONLY;
  return [
    call("keep its mounts to itself", "mount", "none", "/", "", MS.REC | MS.PRIVATE, ""),
    call("make a root", "mount", "tmpfs", "/tmp", "tmpfs", MS.NOSUID | MS.NODEV, "mode=755,size=1m"),
    call("make a root", "mkdirat", AT_FDCWD, "/tmp/.old", 0o755),
    call("change the root", "pivot_root", "/tmp", "/tmp/.old"),
    { do: "chdir", what: "enter the root", path: "/" },
    ...folder("/proc"),
    // Writable, the machine's own switches would be root's to turn, whatever it gave up.
    call("show its processes", "mount", "proc", "/proc", "proc", readOnlyProc, ""),
    ...folder("/dev"),
    ...DEVICES.flatMap((name) => bound(`/dev/${name}`, false, folder)),
    ...["fd", "stdin", "stdout", "stderr"].map((name, index) =>
      call("make /dev", "symlinkat", `/proc/self/fd${index === 0 ? "" : `/${index - 1}`}`, AT_FDCWD, `/dev/${name}`),
    ),
    ...temporary("/dev/shm"),
    ...temporary(HOME),
    ...seen.flatMap((one) => shown(one, folder)),
    call("leave the old root", "umount2", "/.old", MNT_DETACH),
    call("leave the old root", "unlinkat", AT_FDCWD, "/.old", 0x200),
    call("close the root", "mount_setattr", AT_FDCWD, "/", 0, readOnly(false), 32),
  ];
}

function shown({ path, is, target = "" }: Seen, folder: (path: string) => readonly Step[]): readonly Step[] {
  if (is === "link") return [...folder(dirname(path)), may(`show ${path}`, "symlinkat", target, AT_FDCWD, path)];
  return [
    ...bound(path, isFolder(path), folder),
    call(`protect ${path}`, "mount_setattr", AT_FDCWD, path, AT_RECURSIVE, readOnly(is === "writable"), 32),
  ];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The path of the old root, at the same place. */
function bound(path: string, isFolder: boolean, folder: (path: string) => readonly Step[]): readonly Step[] {
  const place = isFolder
    ? folder(path)
    : [...folder(dirname(path)), may(`make ${path}`, "openat", AT_FDCWD, path, O_CREAT | O_CLOEXEC, 0o600)];
  return [...place, call(`show ${path}`, "mount", `/.old${path}`, path, "", MS.BIND | MS.REC, "")];
}

/** `struct mount_attr`: what to set, what to clear, how to share, whose users. */
function readOnly(isWritable: boolean): Uint8Array {
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64LE(BigInt(MS.NOSUID | MS.NODEV | (isWritable ? 0 : MS.RDONLY)));
  return bytes;
}

/** `struct rlimit64` with both of its numbers. */
function pair(value: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(value));
  bytes.writeBigUInt64LE(BigInt(value), 8);
  return bytes;
}
