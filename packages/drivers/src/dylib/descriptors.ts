// A process that will load native code -> the descriptors of its frames, which block, and a standard output that is its standard error.
import process from "node:process";
import { loadKoffi, type NativeLibrary } from "./koffi.ts";

export interface Descriptors {
  readonly input: number;
  readonly output: number;
}

/** fcntl(2); the numbers are those of every Unix, but for the flag. */
const [F_GETFL, F_SETFL] = [3, 4];
const O_NONBLOCK = process.platform === "linux" ? 0o4000 : 4;

/**
 * Native code prints to descriptor 1 itself, where the host expects the frames: they get a descriptor that it does not know,
 * and what it prints goes to standard error. Nothing may read or write `process.stdin` and `process.stdout` after this.
 */
export async function takeDescriptors(): Promise<Descriptors> {
  // There, descriptors belong to each C runtime, and what a plugin prints would need its own.
  if (process.platform === "win32") return { input: 0, output: 1 };
  const libc = (await loadKoffi()).load(null);
  const output = libc.func("dup", "int", ["int"])(1) as number;
  libc.func("dup2", "int", ["int", "int"])(2, 1);
  for (const descriptor of [0, output]) block(libc, descriptor);
  return { input: 0, output };
}

/** Importing `node:process` makes its streams, and those turn to the mode that does not wait. */
function block(libc: NativeLibrary, descriptor: number): void {
  const control = libc.func("fcntl", "int", ["int", "int", "..."]);
  const flags = control(descriptor, F_GETFL) as number;
  control(descriptor, F_SETFL, "int", flags & ~O_NONBLOCK);
}
