// What this system can confine processes with -> findings, each tried for real or read from the kernel.
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { mechanismReports } from "@tenon/drivers/sandbox";
import { found, missing, output, type Finding, type Question } from "./finding.ts";

export async function sandboxFindings(): Promise<readonly Finding[]> {
  switch (process.platform) {
    case "linux":
      return [...mechanisms(), cgroups()];
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

/** Those that boundaries use, by the same probes. */
function mechanisms(): readonly Finding[] {
  return mechanismReports().map(({ id, title, works, detail, remedy }) => {
    const question: Question = { ...ABOUT, id, title, remedy };
    return works ? found(question, detail) : missing(question, detail);
  });
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
