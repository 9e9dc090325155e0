// Paths on disk -> the text of WIT files, read within bounds.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { WitError, type WitFiles } from "@tenon/contract";
import { readBounded, statOf } from "./foreign-file.ts";

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
  return statOf(path)?.isDirectory() ? "directory" : "file";
}
