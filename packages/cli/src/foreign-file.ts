// Paths that a command line or a plugin names -> open files and bytes. What lies there is foreign: reading it ends.
// Imports the errors alone, because `tenon run` starts without the WIT front end.
import { closeSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { TenonError } from "@tenon/contract/core";

const MiB = 1024 * 1024;

/** What a path leads to, through links; undefined for nothing. Throws file-missing where that cannot be known. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Opens an ordinary file, or what a shell hands over under /dev (`<(...)`, /dev/stdin). Throws file-missing, also for a
 * named pipe: opening one that nobody writes would never return.
 */
export function openForeign(path: string): number {
  const stat = statOf(path);
  if (stat?.isFIFO() && !/^\/(dev|proc)\//.test(path)) throw missing(`${path} is a named pipe`, "name a file");
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The bytes of a file, pipe or device; throws file-missing or resource-exhausted, never fills the memory. */
export function readBounded(path: string, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  readChunks(path, (chunk) => {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    chunks.push(Buffer.from(chunk));
  });
  return Buffer.concat(chunks);
}

/** Hands over all that is in it, bit by bit; a chunk is overwritten by the next one. Throws what `take` throws, and file-missing. */
export function readChunks(path: string, take: (chunk: Buffer) => void): void {
  const fd = openForeign(path);
  const chunk = Buffer.allocUnsafe(MiB);
  try {
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) take(chunk.subarray(0, length));
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    closeSync(fd);
  }
}

/** That a file has more than it may. */
export function tooLarge(path: string, maxBytes: number): TenonError {
  return new TenonError("resource-exhausted", `${path} is larger than ${maxBytes / MiB} MiB`, {
    hint: "check that it is the file you mean",
    sideEffects: "none",
  });
}

/** What the system says about a path, as one sentence. */
export function unreadable(path: string, cause: unknown): TenonError {
  if (cause instanceof TenonError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  const reasons: Readonly<Record<string, readonly [what: string, hint: string]>> = {
    ENOENT: [`${path} is not there`, "check the path"],
    ENOTDIR: [`a part of the path ${path} is not a folder`, "check the path"],
    EACCES: [`${path} may not be read by this user`, "change its rights, or use another user"],
    EISDIR: [`${path} is a folder`, "name a file in it"],
    ELOOP: [`${path} is a link that leads to itself`, "mend the link"],
  };
  const [what, hint] = reasons[code ?? ""] ?? [`${path} cannot be read (${code ?? String(cause)})`, "check the path"];
  return missing(what, hint, cause);
}

function missing(what: string, hint: string, cause?: unknown): TenonError {
  return new TenonError("file-missing", what, { hint, cause, sideEffects: "none" });
}
