// A plan -> a command line of bubblewrap, for machines that let only that program make namespaces.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { filterBytes, hasFilters } from "./filter.ts";
import { FAILED_WITH, LAUNCHER_FAILED } from "./launcher.ts";
import { LIMITS } from "./limits.ts";
import type { Mechanism, SandboxPlan, Seen } from "./mechanism.ts";
import { HOME, TEMPORARY_BYTES } from "./namespaces.ts";

const SHELL = "/bin/sh";

export const bubblewrap: Mechanism = {
  id: "bubblewrap",
  title: "bubblewrap",
  remedy: "install bubblewrap (apt-get install bubblewrap), and allow user namespaces or install it setuid root",
  missing: () =>
    !hasFilters
      ? `not written for ${process.arch} processors`
      : found() === undefined
        ? "there is no bwrap in PATH"
        : undefined,
  serves: ({ network }) => !network,
  home: () => HOME,
  launch: (plan) => ({
    program: SHELL,
    // Limits are the shell's to set; the options come by a descriptor, or everybody could read the plugin's variables.
    args: [
      "-c",
      `${enter(plan)}${LIMITS.flatMap(limited).join("; ")}; exec "$@"`,
      plan.entrance ?? "sh",
      found() ?? "bwrap",
      "--args",
      "3",
      "--",
      plan.file,
      ...plan.args,
    ],
    inputs: [
      Buffer.from(
        optionsOf(plan)
          .map((option) => `${option}\0`)
          .join(""),
      ),
      filterBytes({ processes: plan.needs.processes, isShared: false }),
    ],
  }),
};

/** `$0` is the entrance. */
function enter({ entrance }: SandboxPlan): string {
  return entrance === undefined
    ? ""
    : `echo 0 >"$0" || { echo "${FAILED_WITH}enter its group" >&2; exit ${LAUNCHER_FAILED}; }; `;
}

function limited({ shell, value }: (typeof LIMITS)[number]): readonly string[] {
  return shell === undefined ? [] : [`ulimit -${shell.letter} ${Math.floor(value / shell.unit)}`];
}

function optionsOf({ env, cwd, seen }: SandboxPlan): readonly string[] {
  return [
    ...["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
    ...["--die-with-parent", "--cap-drop", "ALL", "--clearenv"],
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...[
      "--proc",
      "/proc",
      "--remount-ro",
      "/proc",
      "--dev",
      "/dev",
      "--size",
      String(TEMPORARY_BYTES),
      "--tmpfs",
      HOME,
    ],
    ...seen.flatMap(shown),
    ...["--remount-ro", "/", "--chdir", cwd, "--seccomp", "4"],
  ];
}

function shown({ path, is, target = "" }: Seen): readonly string[] {
  if (is === "link") return ["--symlink", target, path];
  return [is === "writable" ? "--bind" : "--ro-bind", path, path];
}

function found(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => join(folder, "bwrap")).find((file) => existsSync(file) && isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}
