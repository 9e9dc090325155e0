// The path of a file of lines -> its text: what an operator names may be anything, and reading it ends.
import { readFileSync, statSync } from "node:fs";
import { TenonError } from "@tenon/contract";

/** Beyond what any text of Node's may have. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Throws what the system says (ENOENT and so on), config-invalid for what is neither a file nor a pipe that a shell handed
 * over (`/dev/stdin`; a named pipe may never be written), and resource-exhausted.
 */
export function readText(file: string): string {
  const stat = statSync(file);
  const isPipe = stat.isFIFO() && /^\/(dev|proc)\//.test(file);
  if (!stat.isFile() && !isPipe)
    throw new TenonError("config-invalid", `${file} is no file`, { hint: "name a file", sideEffects: "none" });
  if (stat.size > MAX_BYTES)
    throw new TenonError("resource-exhausted", `${file} is larger than ${MAX_BYTES / 1024 / 1024} MiB`, {
      hint: "cut it down, for example with `tail`",
      sideEffects: "none",
    });
  return readFileSync(file, "utf8");
}
