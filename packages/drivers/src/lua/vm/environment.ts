// What the Lua module imports of its libc: nothing that reaches the host. Files, time and programs are not there.
import { TenonError } from "@tenon/contract/core";
import type { WasmMemory } from "@tenon/wasm";

/** Thrown out of the module; like a trap, no pcall stops it. */
export class LuaHalt extends Error {
  readonly error: TenonError;
  constructor(error: TenonError) {
    super(error.message);
    this.error = error;
  }
}

const PAGE = 65_536;
/** `EBADF` of WASI, and `ENOSYS` as Linux's system calls answer it. */
const BAD_FILE = 8;
const NO_CALL = -52;

type Imports = Record<string, Record<string, unknown>>;

/** `memory` is the module's own, which is there once it was instantiated. */
export function luaImports(jump: Readonly<Record<string, unknown>>, memory: () => WasmMemory): Imports {
  const refuse = (): number => NO_CALL;
  const noFile = (): number => BAD_FILE;
  const zero = (): number => 0;
  // Lua calls it for an error outside of any protected call. Only a lack of memory makes one while values are passed.
  const abort = (): never => {
    throw new LuaHalt(outOfMemory());
  };
  const grow = (bytes: number): number => {
    const { buffer } = memory();
    try {
      memory().grow(Math.ceil(((bytes >>> 0) - buffer.byteLength) / PAGE));
      return 1;
    } catch {
      // The answer for C is that there is no more.
      return 0;
    }
  };
  return {
    env: {
      invoke_vii: jump["invoke_vii"],
      _emscripten_throw_longjmp: jump["throw_longjmp"],
      emscripten_resize_heap: grow,
      abort,
      exit: abort,
      system: refuse,
      strftime: zero,
      emscripten_date_now: zero,
      _emscripten_get_now_is_monotonic: zero,
      __syscall_openat: refuse,
      __syscall_fcntl64: refuse,
      __syscall_ioctl: refuse,
      __syscall_dup3: refuse,
      __syscall_unlinkat: refuse,
      __syscall_rmdir: refuse,
      __syscall_renameat: refuse,
      __syscall_readlinkat: refuse,
      _mktime_js: () => 0n,
      _localtime_js: zero,
      _gmtime_js: zero,
      _tzset_js: zero,
    },
    wasi_snapshot_preview1: {
      fd_write: noFile,
      fd_read: noFile,
      fd_close: noFile,
      fd_seek: noFile,
      environ_sizes_get: noFile,
      environ_get: noFile,
    },
  };
}

export function outOfMemory(): TenonError {
  return new TenonError("resource-exhausted", "the plugin used up its memory", {
    hint: "raise limits.memoryMiB if the use is legitimate",
    details: { limit: "memory" },
  });
}
