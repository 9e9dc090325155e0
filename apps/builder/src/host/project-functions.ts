// The contract's `project` interface: files of the project, inside its folder and within the plugin's grants.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import process from "node:process";
import type { FileError, PluginImports } from "../generated/plugin.ts";
import { resolveFs, type FsAccess } from "@tenon/policy";
import { fileGrant, inProject } from "../config/grants.ts";
import { isInside, locate } from "../project/containment.ts";
import { listFiles } from "../project/list-files.ts";
import type { BuildContext } from "./build-context.ts";

type ProjectFunctions = PluginImports["project"];

/** Above any source file, below what would hurt. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** A refusal on its way out of a function; `attempt` makes the contract's error value of it. */
class Refusal {
  readonly error: FileError;
  constructor(error: FileError) {
    this.error = error;
  }
}

/** `context` gives the build that the plugin is busy with right now. */
export function projectFunctions(context: () => BuildContext): ProjectFunctions {
  const find = (path: string, mode: "r" | "w"): Found => locateGranted(context(), path, mode);
  return {
    listFiles: (folder) =>
      attempt(() => {
        const now = context();
        const root = rootOf(now, `list ${folder}`);
        const located = locate(root, folder);
        if (located.kind === "outside") throw denied(now, `list ${folder}`, `${folder} ${located.why}`, undefined);
        return listFiles(root, located.name).files.filter(
          (file) => resolveFs(now.grants, inProject(file), "r").isAllowed,
        );
      }),
    readFile: (path) => attempt(() => new Uint8Array(readWhole(find(path, "r")))),
    writeFile: (path, data) => attempt(() => writeWhole(find(path, "w"), data)),
    remove: (path) =>
      attempt(() => {
        const { root, real, isOutput } = find(path, "w");
        if (real === root) throw new Refusal({ tag: "denied", val: "the folder itself is not to be removed" });
        if (!isOutput) checkAllBelow(context(), root, real);
        rmSync(real, { recursive: true });
        return undefined;
      }),
  };
}

function attempt<T>(work: () => T): { tag: "ok"; val: T } | { tag: "err"; val: FileError } {
  try {
    return { tag: "ok", val: work() };
  } catch (error) {
    if (error instanceof Refusal) return { tag: "err", val: error.error };
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === "ENOENT" || code === "ENOTDIR") return { tag: "err", val: { tag: "not-found" } };
    // Without the path: a plugin need not learn where the project lies.
    return { tag: "err", val: { tag: "failed", val: message.split(",")[0]! } };
  }
}

function rootOf(context: BuildContext, what: string): string {
  return context.project ?? raise(denied(context, what, "no project is being built", undefined));
}

interface Found {
  /** The project, or the output folder. */
  readonly root: string;
  readonly real: string;
  readonly isOutput: boolean;
}

function locateGranted(context: BuildContext, path: string, mode: "r" | "w"): Found {
  const what = `${mode === "r" ? "read" : "write"} ${path}`;
  const output = locateOutput(context, path, what);
  if (output !== undefined) return output;
  const root = rootOf(context, what);
  const located = locate(root, path);
  if (located.kind === "outside") throw denied(context, what, `${path} ${located.why}`, undefined);
  // The grant is asked for where a link leads, not for the link's own name.
  checkGrant(context, what, located.name, mode === "r" ? "r" : "rw");
  return { root, real: located.real, isOutput: false };
}

/** Plugins that reach no file by themselves put their artifacts into `staging` through these functions. */
function locateOutput(context: BuildContext, path: string, what: string): Found | undefined {
  const { staging } = context;
  if (staging === undefined || !(path.startsWith(`${staging}/`) || path.startsWith(`${staging}${sep}`)))
    return undefined;
  const located = locate(staging, path.slice(staging.length + 1));
  if (located.kind === "outside") throw denied(context, what, `${path} ${located.why}`, undefined);
  return { root: staging, real: located.real, isOutput: true };
}

/** A folder may only go when everything in it may. */
function checkAllBelow(context: BuildContext, root: string, real: string): void {
  if (!lstatSync(real).isDirectory()) return;
  for (const name of readdirSync(real, { recursive: true, encoding: "utf8" })) {
    const path = relative(root, join(real, name)).split(sep).join("/");
    checkGrant(context, `remove ${path}`, path, "rw");
  }
}

/** `path` is canonical. Every question is a line of the audit log. */
function checkGrant(context: BuildContext, what: string, path: string, mode: FsAccess["mode"]): void {
  const verdict = resolveFs(context.grants, inProject(path), mode);
  context.audit("fs", `${mode} ${inProject(path)}`, verdict);
  if (verdict.isAllowed) return;
  const grant = fileGrant(path, mode);
  throw denied(context, what, `the plugin has no grant ${grant}`, grant);
}

function denied(context: BuildContext, what: string, why: string, grant: string | undefined): Refusal {
  context.sink.denied({ plugin: context.plugin, what, grant });
  return new Refusal({ tag: "denied", val: why });
}

function raise(refusal: Refusal): never {
  throw refusal;
}

/** The last part must not have become a link, and a pipe must not block the host, between the check and the opening. */
const SAFE = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function readWhole({ root, real }: Found): Buffer {
  const fd = openSync(real, constants.O_RDONLY | SAFE);
  try {
    checkOpened(fd, root);
    const { size } = fstatSync(fd);
    if (size > MAX_FILE_BYTES)
      throw new Refusal({
        tag: "unsuitable",
        val: `the file has ${size} bytes, at most ${MAX_FILE_BYTES} are let through`,
      });
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeWhole({ root, real }: Found, data: Uint8Array): undefined {
  mkdirSync(dirname(real), { recursive: true });
  const fd = openSync(real, constants.O_WRONLY | constants.O_CREAT | SAFE, 0o666);
  try {
    checkOpened(fd, root);
    // Cut only after the check: before it, this could have been somebody else's file.
    writeFileSync(fd, data);
    ftruncateSync(fd, data.length);
  } finally {
    closeSync(fd);
  }
}

/** On Linux the descriptor itself says where it is, whatever happened to the folders on the way. */
function checkOpened(fd: number, root: string): void {
  if (!fstatSync(fd).isFile()) throw new Refusal({ tag: "unsuitable", val: "it is no ordinary file" });
  if (process.platform !== "linux") return;
  if (!isInside(root, readlinkSync(`/proc/self/fd/${fd}`)))
    throw new Refusal({ tag: "denied", val: "it left the project while it was opened" });
}
