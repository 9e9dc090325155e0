// Arguments, environment, clocks, random bytes, exit and sockets (wasi_snapshot_preview1; there is never a socket to hold).
import { ExitSignal } from "../core/exit.ts";
import { fault } from "../core/fault.ts";
import type { Guest, Operations } from "./guest.ts";
import type { Memory } from "./memory.ts";

export function processOperations(guest: Guest): Operations {
  const { memory, descriptors, context } = guest;
  const args = encodeTexts(context.args);
  const env = encodeTexts(context.env.map(([name, value]) => `${name}=${value}`));
  const noSocket = (fd: number): never => {
    descriptors.get(fd);
    throw fault("notsock");
  };
  return {
    args_sizes_get: (count: number, bytes: number) => writeSizes(memory, args, count, bytes),
    args_get: (pointers: number, buffer: number) => writeTexts(memory, args, pointers, buffer),
    environ_sizes_get: (count: number, bytes: number) => writeSizes(memory, env, count, bytes),
    environ_get: (pointers: number, buffer: number) => writeTexts(memory, env, pointers, buffer),
    clock_res_get(id: number, result: number) {
      readClock(guest, id);
      memory.setU64(result, context.clocks.resolution);
    },
    clock_time_get(id: number, _precision: bigint, result: number) {
      memory.setU64(result, readClock(guest, id));
    },
    random_get(buffer: number, length: number) {
      const bytes = memory.slice(buffer, length);
      context.budget.chargeRandom(bytes.length);
      context.random(bytes);
    },
    proc_exit(code: number) {
      throw new ExitSignal(code >>> 0);
    },
    proc_raise() {
      throw fault("notsup");
    },
    sched_yield() {},
    sock_accept: (fd: number) => noSocket(fd),
    sock_recv: (fd: number) => noSocket(fd),
    sock_send: (fd: number) => noSocket(fd),
    sock_shutdown: (fd: number) => noSocket(fd),
  };
}

/** `clockid`: 0 is the wall clock, 1 the monotonic one; processor time is the host's own, so 2 and 3 are refused. */
export function readClock({ context }: Guest, id: number): bigint {
  if (id === 0) return context.clocks.now();
  if (id === 1) return context.clocks.monotonic();
  throw fault(id === 2 || id === 3 ? "notsup" : "inval");
}

function encodeTexts(texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(`${text}\0`));
}

function writeSizes(memory: Memory, texts: readonly Uint8Array[], count: number, bytes: number): void {
  memory.setU32(count, texts.length);
  memory.setU32(bytes, sum(texts));
}

function writeTexts(memory: Memory, texts: readonly Uint8Array[], pointers: number, buffer: number): void {
  memory.slice(pointers, texts.length * 4);
  const into = memory.slice(buffer, sum(texts));
  let used = 0;
  for (const [index, text] of texts.entries()) {
    memory.setU32((pointers >>> 0) + index * 4, (buffer >>> 0) + used);
    into.set(text, used);
    used += text.length;
  }
}

function sum(texts: readonly Uint8Array[]): number {
  return texts.reduce((total, text) => total + text.length, 0);
}
