// The user -> the folder below which what is theirs lies.
import { homedir } from "node:os";
import { isAbsolute, parse } from "node:path";
import process from "node:process";

/**
 * The user's home; the root folder for a user who has none, as in a container that runs as any number: nobody else can put a
 * policy there, which a folder that all may write to, or the current one, would let them.
 */
export function homeFolder(): string {
  let home = "";
  try {
    home = homedir();
  } catch {
    // Neither HOME nor the system's list of users knows one.
  }
  return isAbsolute(home) ? home : parse(process.cwd()).root;
}
