// This machine -> which mechanisms of sandboxes work on it, each found out by confining a program with it.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { SandboxNeeds } from "@tenon/policy";
import { temporaryPrefix } from "../temporary.ts";
import { bubblewrap } from "./bubblewrap.ts";
import { landlock } from "./landlock.ts";
import type { Mechanism, SandboxLaunch } from "./mechanism.ts";
import { namespaces } from "./namespaces.ts";
import { seenAt, systemView } from "./view.ts";

/** The first that works and serves is taken; decision 0014 has the figures. */
export const MECHANISMS: readonly Mechanism[] = [namespaces, bubblewrap, landlock];

/** What became of trying one. */
export interface MechanismReport {
  readonly id: Mechanism["id"];
  readonly title: string;
  readonly works: boolean;
  /** Whether what it starts with is here, so that only the kernel stands in its way. */
  readonly isInstalled: boolean;
  /** Why not, or what was seen. */
  readonly detail: string;
  readonly remedy: string;
}

/** Names of mechanisms, with commas: no others are used. `none` turns sandboxes off, and with them what needs one. */
export const SANDBOX_VARIABLE = "TENON_SANDBOX";

/** Far more than it takes: what a busy machine is judged by stays for the life of the process. */
const PROBE_MS = 20_000;
/** Without a fork but for the last line, which must fail: a shell whose fork fails ends. */
const PROBE = `command exec 5<"$1" && echo "saw what it must not see"
command exec 6<"$2" && echo "saw what it was shown"
(:)
echo "started a process"`;

const reports = new Map<Mechanism["id"], MechanismReport>();

/** Tries each mechanism once in a process, in about ten milliseconds; asked again it knows. */
export function mechanismReports(): readonly MechanismReport[] {
  return MECHANISMS.map(reportOf);
}

/** The mechanism for what a sandbox has to do; undefined where none works. */
export function mechanismFor(needs: SandboxNeeds): Mechanism | undefined {
  const allowed = process.env[SANDBOX_VARIABLE]?.split(",").map((name) => name.trim());
  return MECHANISMS.find(
    (one) => (allowed === undefined || allowed.includes(one.id)) && one.serves(needs) && reportOf(one).works,
  );
}

/** For `decide`: whether a plugin with these needs gets a sandbox on this machine. */
export function hasSandbox(needs: SandboxNeeds): boolean {
  return mechanismFor(needs) !== undefined;
}

function reportOf(mechanism: Mechanism): MechanismReport {
  const known = reports.get(mechanism.id);
  if (known !== undefined) return known;
  const { id, title, remedy } = mechanism;
  const missing = process.platform === "linux" ? mechanism.missing() : `not for ${process.platform}`;
  const failure = missing ?? attempt(mechanism);
  const report = {
    id,
    title,
    works: failure === undefined,
    isInstalled: missing === undefined,
    detail: failure ?? "a program was confined",
    remedy,
  };
  reports.set(id, report);
  return report;
}

/** Undefined where it confined a program, else what went wrong. */
function attempt(mechanism: Mechanism): string | undefined {
  const root = mkdtempSync(temporaryPrefix("probe"));
  try {
    const [secret = "", shown = "", folder = ""] = ["secret", "shown", "own"].map((name) => join(root, name));
    for (const file of [secret, shown]) writeFileSync(file, "");
    mkdirSync(folder);
    const launch = mechanism.launch({
      file: "/bin/sh",
      args: ["-c", PROBE, "sh", secret, shown],
      env: {},
      cwd: "/",
      seen: [...systemView(), ...seenAt(shown)],
      folder,
      needs: { processes: false, network: false },
    });
    return judged(run(launch, root));
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function run({ program, args, inputs }: SandboxLaunch, folder: string): ReturnType<typeof spawnSync> {
  const files = inputs.map((input, index) => {
    const path = join(folder, `input-${index}`);
    writeFileSync(path, input, { mode: 0o600 });
    return openSync(path, "r");
  });
  try {
    return spawnSync(program, [...args], {
      stdio: ["ignore", "pipe", "pipe", ...files],
      env: {},
      cwd: "/",
      timeout: PROBE_MS,
      killSignal: "SIGKILL",
    });
  } finally {
    for (const file of files) closeSync(file);
  }
}

function judged({ stdout, stderr, error }: ReturnType<typeof spawnSync>): string | undefined {
  if (error !== undefined) return error.message;
  const said = String(stdout).trim();
  if (said === "saw what it was shown") return undefined;
  const why =
    said === ""
      ? (String(stderr).trim().split("\n", 1)[0] ?? "")
      : `a confined program ${said.split("\n").join(" and ")}`;
  return [why || "a confined program did not start", ...hindrances()].join("; ");
}

/** Switches of the kernel that keep users from making namespaces, by what they are set to here. */
const SWITCHES: readonly (readonly [path: string, hindering: string, mended: string])[] = [
  ["kernel/unprivileged_userns_clone", "0", "1"],
  ["user/max_user_namespaces", "0", "10000"],
  ["kernel/apparmor_restrict_unprivileged_userns", "1", "0"],
];

function hindrances(): readonly string[] {
  return SWITCHES.filter(([path, hindering]) => read(`/proc/sys/${path}`) === hindering).map(
    ([path, hindering, mended]) =>
      `${path.replaceAll("/", ".")} is ${hindering}; sysctl -w ${path.replaceAll("/", ".")}=${mended}`,
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // Not on this kernel.
    return undefined;
  }
}
