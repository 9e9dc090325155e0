// A command and what policy left of the plugin's requests -> the command that starts it in a sandbox.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract/core";
import type { Granted, OpenContext } from "@tenon/host/driver";
import { grantedFolders } from "@tenon/policy";
import type { Command } from "../command.ts";
import { Group } from "../group/group.ts";
import { temporaryPrefix } from "../temporary.ts";
import { mechanismFor } from "./available.ts";
import type { Mechanism, SandboxPlan, Seen } from "./mechanism.ts";
import { NetworkProxy } from "./proxy.ts";
import { confinedProgram } from "./program.ts";
import { arranged, isBelow, isSeen, realPath, seenAt, SYSTEM_PATH, systemView } from "./view.ts";

/** What a boundary itself has to show to a program, beside what the plugin was granted. */
export interface Shown {
  readonly readable?: readonly string[];
  readonly writable?: readonly string[];
}

/** What each sandbox makes anew. */
const OWN = ["/proc", "/dev", "/sys"];

/**
 * The command as it is where the decision has no sandbox. Else one that starts it in a sandbox: with the system's programs
 * and libraries, the plugin's own folder and the boundary's files to read, the granted folders, and nothing else. Throws
 * capability-unenforceable where no mechanism works, and what starting the program would throw.
 */
export function confined(
  command: Command,
  { folder, granted, limits }: Pick<OpenContext, "folder" | "granted" | "limits">,
  shown: Shown = {},
): Command {
  const needs = granted?.sandbox;
  if (granted === undefined || needs === undefined) return command;
  const mechanism = mechanismFor(needs);
  if (mechanism === undefined) throw unavailable();
  const { file, seen, path } = confinedProgram(command, command.cwd ?? folder ?? process.cwd());
  const all = arranged([
    ...systemView(),
    ...seen,
    ...(folder === undefined ? [] : seenAt(folder)),
    ...(shown.readable ?? []).flatMap((path) => seenAt(path)),
    ...foldersOf(granted),
    ...(shown.writable ?? []).flatMap((path) => seenAt(path, "writable")),
  ]);
  const env = { PATH: [...SYSTEM_PATH, ...path].join(":"), ...command.env };
  const { memoryMiB } = limits;
  return started(mechanism, { ...command, program: file, env }, { seen: all, needs, memoryMiB }, granted);
}

function started(
  mechanism: Mechanism,
  { program, args, cwd, env }: Command,
  { seen, needs, memoryMiB }: Pick<SandboxPlan, "seen" | "needs"> & { readonly memoryMiB: number },
  granted: Granted,
): Command {
  const group = makeGroup(memoryMiB);
  const folder = makeFolder();
  let proxy: NetworkProxy | undefined;
  const release = (): void => {
    proxy?.close();
    removeFolder(folder);
    if (group !== undefined) removeGroup(group);
  };
  try {
    const own = join(folder, "own");
    mkdirSync(own, { mode: 0o700 });
    const home = mechanism.home(own);
    if (cwd !== undefined && !isSeen(realPath(cwd), seen)) throw hidden(cwd);
    const socket = needs.network ? proxySocket(folder) : undefined;
    if (socket !== undefined) proxy = new NetworkProxy(socket, granted);
    const { inputs, ...launch } = mechanism.launch({
      file: program,
      args,
      env: { HOME: home, TMPDIR: home, ...(env as Record<string, string>) },
      cwd: cwd ?? home,
      seen: socket === undefined ? seen : [...seen, { path: dirname(socket), is: "readable" }],
      folder: own,
      needs,
      proxy: socket,
      entrance: group?.entrance,
    });
    const paths = inputs.map((bytes, index) => {
      const path = join(folder, String(index));
      writeFileSync(path, bytes, { mode: 0o600 });
      return path;
    });
    return { ...launch, cwd: "/", env: {}, inputs: paths, release, exhausted: () => group?.exhausted() };
  } catch (error) {
    release();
    throw error;
  }
}

/** In a folder of its own, which the plugin sees. The address of such a socket has room for 107 bytes (unix(7)). */
function proxySocket(folder: string): string {
  const place = join(folder, "net");
  mkdirSync(place, { mode: 0o700 });
  const path = join(place, "proxy");
  if (path.length <= 107) return path;
  throw new TenonError("config-invalid", `the folder for sockets has a path of ${path.length} bytes`, {
    hint: "set TMPDIR to a shorter folder",
    sideEffects: "none",
  });
}

/** Granted folders as they are now; a root that is a link to elsewhere leads there. */
function foldersOf({ grants, roots }: Granted): readonly Seen[] {
  return grantedFolders(grants).flatMap(({ root, path, mode }) => {
    const base = Object.hasOwn(roots, root) ? roots[root] : undefined;
    if (base === undefined) return [];
    const place = join(base, path);
    if (isSystem(realPath(place)) || realPath(place) === "/")
      throw new TenonError("capability-unenforceable", `a sandbox cannot show ${place} to a plugin`, {
        hint: "grant a folder below it",
        sideEffects: "none",
      });
    return seenAt(place, mode === "rw" ? "writable" : "readable");
  });
}

function isSystem(path: string): boolean {
  return OWN.some((folder) => isBelow(path, folder));
}

function unavailable(): TenonError {
  return new TenonError("capability-unenforceable", "no sandbox that this plugin needs works on this machine", {
    hint: "tenon doctor says why; or place the plugin on a boundary that needs none",
    sideEffects: "none",
  });
}

function hidden(cwd: string): TenonError {
  return new TenonError("config-invalid", `artifact.cwd is ${cwd}, which the plugin's sandbox does not show`, {
    hint: "name a folder of the plugin or one that it was granted, or leave it out for a private one",
    sideEffects: "none",
  });
}

/** Of starts that are under way or run; a host that just ends does not release them. */
const folders = new Set<string>();
const groups = new Set<Group>();

function makeGroup(memoryMiB: number): Group | undefined {
  const group = Group.make(memoryMiB);
  if (group === undefined) return undefined;
  if (groups.size === 0) process.on("exit", removeGroups);
  groups.add(group);
  return group;
}

function removeGroup(group: Group): void {
  group.remove();
  groups.delete(group);
  if (groups.size === 0) process.off("exit", removeGroups);
}

function removeGroups(): void {
  for (const group of groups) group.remove();
}

function makeFolder(): string {
  if (folders.size === 0) process.on("exit", removeFolders);
  const folder = realpathSync(mkdtempSync(temporaryPrefix("box")));
  folders.add(folder);
  return folder;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeFolders);
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
