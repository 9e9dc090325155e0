// What this system can confine processes with -> findings, each tried for real or read from the kernel.
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { found, missing, output, type Finding, type Question } from "./finding.ts";

export async function sandboxFindings(): Promise<readonly Finding[]> {
  switch (process.platform) {
    case "linux":
      return Promise.all([bubblewrap(), userNamespaces(), landlock(), Promise.resolve(cgroups())]);
    case "darwin":
      return [await seatbelt()];
    default:
      return [
        missing(
          { ...ABOUT, id: "sandbox", title: "sandboxes", remedy: "run hosts of untrusted plugins in a container" },
          `none known for ${process.platform}`,
        ),
      ];
  }
}

const ABOUT = { group: "sandboxes", purpose: "confining plugins that are processes" } as const;

async function bubblewrap(): Promise<Finding> {
  const question: Question = {
    ...ABOUT,
    id: "bwrap",
    title: "bubblewrap",
    remedy: "apt-get install bubblewrap, and allow user namespaces",
  };
  if ((await output("bwrap", ["--version"])) === undefined) return missing(question, "not installed");
  const works = (await output("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"])) !== undefined;
  return works ? found(question, "works") : missing(question, "installed, but the system does not let it start");
}

async function userNamespaces(): Promise<Finding> {
  const question: Question = {
    ...ABOUT,
    id: "user-namespaces",
    title: "user namespaces",
    remedy: "sysctl kernel.unprivileged_userns_clone=1, or another container runtime",
  };
  if ((await output("unshare", ["--user", "--map-root-user", "true"])) !== undefined)
    return found(question, "one was made");
  const max = read("/proc/sys/user/max_user_namespaces")?.trim();
  return missing(question, max === undefined ? "none could be made" : `none could be made (the kernel allows ${max})`);
}

/** landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) gives the version of the interface: landlock(7). */
const LANDLOCK_PROBE = "import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))";

async function landlock(): Promise<Finding> {
  const question: Question = {
    ...ABOUT,
    id: "landlock",
    title: "Landlock",
    remedy: "a kernel of 5.13 or later with landlock in its lsm= list",
  };
  const abi = Number(await output("python3", ["-c", LANDLOCK_PROBE]));
  if (abi >= 1) return found(question, `version ${abi} of its interface`);
  if (Number.isInteger(abi)) return missing(question, "the kernel refuses it");
  const modules = read("/sys/kernel/security/lsm");
  if (modules === undefined)
    return missing(question, "could not be asked for: no python3, and /sys/kernel/security cannot be read");
  return modules.includes("landlock")
    ? found(question, "in the kernel's list")
    : missing(question, "not in the kernel's list");
}

/** A group made below our own, and removed: what a limit on memory or processes needs. */
function cgroups(): Finding {
  const question: Question = {
    ...ABOUT,
    id: "cgroups",
    title: "cgroup delegation",
    purpose: "capping the memory and processes of a plugin",
    remedy: "run under systemd-run --user --scope -p Delegate=yes",
  };
  const own = /^0::(.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  if (own === undefined) return missing(question, "no unified cgroup hierarchy");
  const group = join("/sys/fs/cgroup", own, `tenon-doctor-${process.pid}`);
  try {
    mkdirSync(group);
    rmdirSync(group);
    return found(question, "a group was made and removed");
  } catch (error) {
    return missing(question, `no group can be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function seatbelt(): Promise<Finding> {
  const question: Question = { ...ABOUT, id: "seatbelt", title: "sandbox-exec", remedy: "it comes with macOS" };
  const works = (await output("sandbox-exec", ["-p", "(version 1)(allow default)", "/usr/bin/true"])) !== undefined;
  return works ? found(question, "works") : missing(question, "does not start");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not on this kernel, or not for us: the caller says what that means.
    return undefined;
  }
}
