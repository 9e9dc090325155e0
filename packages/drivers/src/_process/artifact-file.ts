// The path of an artifact -> its bytes. What lies there is foreign: it may be a pipe that nobody writes, or a device without end.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted } from "./exhausted.ts";

/** Twice what the command line reads; a larger file is a mistake or an attack. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * `what` names the artifact in errors ("library"). Rejects with file-missing, artifact-invalid for what is no ordinary
 * file, or resource-exhausted for more than 512 MiB, or where the host has no descriptors left.
 */
export async function readArtifactFile(file: string | URL, what: string): Promise<Buffer> {
  const path = typeof file === "string" && file.startsWith("file:") ? new URL(file) : file;
  try {
    // Opening a pipe that nobody writes would else take a thread of libuv's pool for ever.
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw new TenonError("artifact-invalid", `${what} ${shown(path)} is no ordinary file`, SAFE);
    if (stat.size > MAX_BYTES)
      throw new TenonError("resource-exhausted", `${what} ${shown(path)} has more than ${MAX_BYTES} bytes`, SAFE);
    return await handle.readFile();
  } catch (thrown) {
    if (thrown instanceof TenonError) throw thrown;
    throw descriptorsExhausted(thrown, `read the ${what}`) ?? missing(`${what} ${shown(path)}`, thrown);
  }
}

const SAFE = { sideEffects: "none" } as const;

function missing(what: string, cause: unknown): TenonError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === "ENOENT" || code === "ENOTDIR")
    return new TenonError("file-missing", `${what} is not there`, {
      ...SAFE,
      hint: "check the path, or build the plugin first",
      cause,
    });
  return new TenonError("file-missing", `${what} cannot be read (${code})`, { ...SAFE, cause });
}

function shown(path: string | URL): string {
  return path instanceof URL ? path.href : path;
}
