// What this system can confine processes with -> findings, each tried for real or read from the kernel.
import process from "node:process";
import { groupReport, mechanismReports } from "@tenon/drivers/sandbox";
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

/** Tried as plugins have them: a group with limits, and a process in it. */
function cgroups(): Finding {
  const { works, detail, remedy } = groupReport();
  const purpose = "capping the memory and processes of a plugin in a sandbox";
  const question: Question = { ...ABOUT, id: "cgroups", title: "cgroup delegation", purpose, remedy };
  return works ? found(question, detail) : missing(question, detail);
}

async function seatbelt(): Promise<Finding> {
  const question: Question = { ...ABOUT, id: "seatbelt", title: "sandbox-exec", remedy: "it comes with macOS" };
  const works = (await output("sandbox-exec", ["-p", "(version 1)(allow default)", "/usr/bin/true"])) !== undefined;
  return works ? found(question, "works") : missing(question, "does not start");
}
