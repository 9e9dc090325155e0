// Paths on disk -> the text of WIT files, read within bounds.
import { closeSync, openSync, readSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { TenonError, WitError, type WitFiles } from "@tenon/contract";

/** The largest WIT packages known are some hundred KiB. */
const MAX_WIT_BYTES = 16 * 1024 * 1024;

/** The WIT reader over the file system. Its errors say which file and why. */
export const diskFiles: WitFiles = {
  readDirectory(path) {
    return readdirSync(path).map((name) => ({ name, kind: kindOf(join(path, name)) }));
  },
  readText(path) {
    const bytes = readBounded(path, MAX_WIT_BYTES);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      // The decoder does not say where; a decoder that replaces does, by its first replacement.
      const before = new TextDecoder("utf-8").decode(bytes).split("\ufffd", 1)[0] ?? "";
      const line = before.split("\n");
      const place = { line: line.length, column: (line.at(-1) ?? "").length + 1 };
      throw new WitError([{ file: path, ...place, message: "this is not UTF-8 text", frame: "" }]);
    }
  },
};

/** A broken link counts as a file, so that reading it says what is wrong. */
function kindOf(path: string): "file" | "directory" {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? "directory" : "file";
}

/** The bytes of a file, pipe or device; throws file-missing or resource-exhausted, never fills the memory. */
export function readBounded(path: string, maxBytes: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(256 * 1024);
      const length = readSync(fd, chunk);
      if (length === 0) return Buffer.concat(chunks);
      total += length;
      if (total > maxBytes) throw tooLarge(path, maxBytes);
      chunks.push(chunk.subarray(0, length));
    }
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    closeSync(fd);
  }
}

function tooLarge(path: string, maxBytes: number): TenonError {
  const what = `${path} is larger than ${maxBytes / 1024 / 1024} MiB`;
  return new TenonError("resource-exhausted", what, {
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
  return new TenonError("file-missing", what, { hint, cause, sideEffects: "none" });
}
