// Time, output and the end of the program, from WASI preview1: the functions of it that the guest calls, by hand.
import { alloc } from "./abi";

// @ts-ignore: a decorator of AssemblyScript
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, parts: usize, count: usize, written: usize): u32;
// @ts-ignore: a decorator of AssemblyScript
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: u32): void;
// @ts-ignore: a decorator of AssemblyScript
@external("wasi_snapshot_preview1", "poll_oneoff")
declare function poll_oneoff(subscriptions: usize, events: usize, count: usize, happened: usize): u32;

export function exit(code: u32): void {
  proc_exit(code);
}

const IOVEC = memory.data(16);

export function print(fd: u32, text: string): void {
  const bytes = String.UTF8.encode(text);
  store<u32>(IOVEC, <u32>changetype<usize>(bytes));
  store<u32>(IOVEC, bytes.byteLength, 4);
  fd_write(fd, IOVEC, 1, IOVEC + 8);
}

export function sleep(ms: u32): void {
  // subscription: userdata, tag 0 for a clock, the monotonic clock, timeout and precision in nanoseconds, flags.
  const wait = alloc(48);
  store<u32>(wait, 1, 16);
  store<u64>(wait, <u64>ms * 1_000_000, 24);
  const failed = poll_oneoff(wait, alloc(32), 1, alloc(4));
  assert(failed == 0);
}
