// Time, output and the end of the program, from WASI preview1: the functions of it that the guest calls, by hand.
#include "abi.h"

#define WASI(name) IMPORT("wasi_snapshot_preview1", name)

WASI("fd_write") int32_t fd_write(int32_t fd, const text_t *parts, size_t count, size_t *written);
WASI("proc_exit") _Noreturn void proc_exit(uint32_t code);
WASI("poll_oneoff") int32_t poll_oneoff(const void *subscriptions, void *events, size_t count, size_t *happened);

static inline void system_exit(uint32_t code) { proc_exit(code); }

static inline void system_print(int32_t fd, text_t text) {
  size_t written;
  fd_write(fd, &text, 1, &written);
}

static inline void system_sleep(uint32_t ms) {
  // subscription: userdata, tag 0 for a clock, the monotonic clock, timeout and precision in nanoseconds, flags.
  struct { uint64_t userdata, tag; uint32_t clock; uint64_t timeout, precision; uint16_t flags; } wait = {0};
  wait.clock = 1;
  wait.timeout = (uint64_t)ms * 1000000;
  uint64_t event[4];
  size_t happened;
  if (poll_oneoff(&wait, event, 1, &happened) != 0) __builtin_trap();
}
