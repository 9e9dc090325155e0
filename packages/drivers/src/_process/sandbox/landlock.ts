// A plan -> the steps into a domain of Landlock, for machines that let nobody make namespaces.
import { existsSync, statSync } from "node:fs";
import process from "node:process";
import type { SandboxNeeds } from "@tenon/policy";
import { filterBytes, hasFilters } from "./filter.ts";
import { encodeSteps, PERL, SCRIPT, type Step } from "./launcher.ts";
import type { Mechanism, SandboxPlan } from "./mechanism.ts";
import { closeOthers, dieWithParent, enterSteps, giveUpRights, limitSteps } from "./namespaces.ts";
import { DEVICES } from "./view.ts";

/** linux/landlock.h, version 6 of its interface, which is the first that keeps signals inside. */
const FS = {
  EXECUTE: 1 << 0,
  WRITE_FILE: 1 << 1,
  READ_FILE: 1 << 2,
  READ_DIR: 1 << 3,
  TRUNCATE: 1 << 14,
  IOCTL_DEV: 1 << 15,
};
const FS_ALL = 0xffff;
const FS_OF_FILES = FS.EXECUTE | FS.WRITE_FILE | FS.READ_FILE | FS.TRUNCATE | FS.IOCTL_DEV;
const READ = FS.EXECUTE | FS.READ_FILE | FS.READ_DIR;
/** Making devices is nobody's business. */
const WRITE = FS_ALL & ~((1 << 6) | (1 << 11) | FS.IOCTL_DEV);
const NET_ALL = 0b11;
const SCOPED_ALL = 0b11;

/** What runtimes read of the kernel about themselves and the machine; never what it says of others. */
const KERNEL = [
  "/proc/self",
  "/proc/cpuinfo",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/version",
  "/sys/devices/system/cpu",
];

export const landlock: Mechanism = {
  id: "landlock",
  title: "Landlock",
  remedy: "install perl, on Linux 6.12 or later with landlock in its lsm= list",
  missing: () =>
    hasFilters ? (existsSync(PERL) ? undefined : `there is no ${PERL}`) : `not written for ${process.arch} processors`,
  // Nothing here would end what left its process group, and no host can be reached from a process without sockets.
  serves: ({ processes, network }: SandboxNeeds) => !processes && !network,
  home: (folder) => folder,
  launch: (plan) => ({ program: PERL, args: ["-e", SCRIPT], inputs: [encodeSteps(stepsOf(plan))] }),
};

function stepsOf(plan: SandboxPlan): readonly Step[] {
  const { file, args, env, cwd, seen, folder } = plan;
  const attributes = Buffer.alloc(24);
  for (const [index, handled] of [FS_ALL, NET_ALL, SCOPED_ALL].entries())
    attributes.writeBigUInt64LE(BigInt(handled), index * 8);
  return [
    ...enterSteps(plan),
    closeOthers,
    ...limitSteps,
    { do: "ruleset", what: "use Landlock as of Linux 6.12", attributes },
    ...seen
      .filter(({ is }) => is !== "link")
      .map(({ path, is }) => allowed(path, is === "writable" ? READ | WRITE : READ)),
    allowed(folder, READ | WRITE),
    ...KERNEL.map((path) => allowed(path, FS.READ_FILE | FS.READ_DIR)),
    ...DEVICES.map((name) => allowed(`/dev/${name}`, FS.READ_FILE | FS.WRITE_FILE)),
    { do: "chdir", what: `enter ${cwd}`, path: cwd },
    ...giveUpRights,
    { do: "restrict", what: "restrict itself" },
    { do: "filter", what: "limit its calls of the kernel", program: filterBytes({ processes: false, isShared: true }) },
    dieWithParent,
    { do: "exec", what: `start ${file}`, file, args, env },
  ];
}

function allowed(path: string, rights: number): Step {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(isFolder ? rights : rights & FS_OF_FILES));
  return { do: "allow", what: `show ${path}`, path, rights: bytes };
}
