// A program that a plugin cannot start without -> what is wrong with it here, and what to do.
import { spawnSync } from "node:child_process";
import { terminalSafe } from "@tenon/contract";
import type { BuilderManifest } from "../config/manifest.ts";
import { findProgram } from "./tool-functions.ts";

type Requirement = BuilderManifest["requires"][number];

/** A first download of libraries may take minutes; one that hangs is none. */
const PROBE_MS = 300_000;

/** Undefined where nothing is wrong. Without `folder`, the plugin's, only whether the program is there is looked at. */
export function lackOf({ program, hint, probe }: Requirement, folder: string | undefined): string | undefined {
  const file = findProgram(program);
  if (file === undefined) return hint;
  if (probe === undefined || folder === undefined) return undefined;
  const { status, stderr, error } = spawnSync(file, probe, {
    cwd: folder,
    encoding: "utf8",
    timeout: PROBE_MS,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status === 0) return undefined;
  const said = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  return `it says ${JSON.stringify(terminalSafe(said).slice(0, 300))}; ${hint}`;
}
