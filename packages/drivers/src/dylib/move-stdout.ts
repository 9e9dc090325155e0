// A process that will load native code -> the same with its standard output where native code does not print.
import { Socket } from "node:net";
import process from "node:process";
import { loadKoffi } from "./koffi.ts";

/**
 * Native code prints to descriptor 1 itself, where the frames of a child process go: they get a descriptor that it does
 * not know, and what it prints goes to standard error. Call it before anything has used `process.stdout`.
 */
export async function moveStdout(): Promise<void> {
  // There, descriptors belong to each C runtime, and what a plugin prints would need its own.
  if (process.platform === "win32") return;
  const libc = (await loadKoffi()).load(null);
  const frames = libc.func("dup", "int", ["int"])(1) as number;
  libc.func("dup2", "int", ["int", "int"])(2, 1);
  const socket = new Socket({ fd: frames, readable: false, writable: true });
  Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => socket });
}
