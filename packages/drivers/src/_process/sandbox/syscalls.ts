// The numbers of the kernel's calls that sandboxes make or forbid, by processor.
import process from "node:process";

export type Syscall =
  | "unshare"
  | "mount"
  | "umount2"
  | "pivot_root"
  | "mount_setattr"
  | "prctl"
  | "prlimit64"
  | "openat"
  | "mkdirat"
  | "symlinkat"
  | "unlinkat"
  | "close_range"
  | "seccomp"
  | "landlock_create_ruleset"
  | "landlock_add_rule"
  | "landlock_restrict_self"
  | "clone"
  | "clone3"
  | "fork"
  | "vfork"
  | "socket"
  | "socketpair"
  | "connect"
  | "setns"
  | "keyctl"
  | "add_key"
  | "request_key"
  | "bpf"
  | "userfaultfd"
  | "perf_event_open"
  | "io_uring_setup"
  | "open_by_handle_at"
  | "kexec_load"
  | "kexec_file_load"
  | "init_module"
  | "finit_module"
  | "delete_module"
  | "reboot"
  | "swapon"
  | "swapoff"
  | "acct"
  | "ptrace"
  | "fsopen"
  | "fsmount"
  | "open_tree"
  | "move_mount"
  | "fspick"
  | "chmod"
  | "fchmod"
  | "fchmodat"
  | "fchmodat2"
  | "chown"
  | "lchown"
  | "fchown"
  | "fchownat"
  | "utime"
  | "utimes"
  | "futimesat"
  | "utimensat"
  | "setxattr"
  | "lsetxattr"
  | "fsetxattr"
  | "setxattrat"
  | "removexattr"
  | "lremovexattr"
  | "fremovexattr"
  | "removexattrat"
  | "file_setattr"
  | "shmget"
  | "shmat"
  | "shmctl"
  | "msgget"
  | "msgsnd"
  | "msgrcv"
  | "msgctl"
  | "semget"
  | "semop"
  | "semtimedop"
  | "semctl"
  | "mq_open"
  | "mq_unlink"
  | "setpriority"
  | "ioprio_set"
  | "sched_setparam"
  | "sched_setscheduler"
  | "sched_setattr"
  | "sched_setaffinity"
  | "migrate_pages"
  | "move_pages"
  | "kcmp"
  | "pidfd_open"
  | "pidfd_getfd"
  | "pidfd_send_signal"
  | "process_madvise"
  | "process_mrelease"
  | "process_vm_readv"
  | "process_vm_writev";

/** As of asm/unistd_64.h for x64, and of asm-generic/unistd.h for arm64, which has no old forms. */
const NUMBERS: Readonly<Record<Syscall, readonly [x64: number, arm64: number | undefined]>> = {
  unshare: [272, 97],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  mount_setattr: [442, 442],
  prctl: [157, 167],
  prlimit64: [302, 261],
  openat: [257, 56],
  mkdirat: [258, 34],
  symlinkat: [266, 36],
  unlinkat: [263, 35],
  close_range: [436, 436],
  seccomp: [317, 277],
  landlock_create_ruleset: [444, 444],
  landlock_add_rule: [445, 445],
  landlock_restrict_self: [446, 446],
  // Only forbidden ones from here on.
  clone: [56, 220],
  clone3: [435, 435],
  fork: [57, undefined],
  vfork: [58, undefined],
  socket: [41, 198],
  socketpair: [53, 199],
  connect: [42, 203],
  setns: [308, 268],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  bpf: [321, 280],
  userfaultfd: [323, 282],
  perf_event_open: [298, 241],
  io_uring_setup: [425, 425],
  open_by_handle_at: [304, 265],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  ptrace: [101, 117],
  fsopen: [430, 430],
  fsmount: [432, 432],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fspick: [433, 433],
  chmod: [90, undefined],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: [452, 452],
  chown: [92, undefined],
  lchown: [94, undefined],
  fchown: [93, 55],
  fchownat: [260, 54],
  utime: [132, undefined],
  utimes: [235, undefined],
  futimesat: [261, undefined],
  utimensat: [280, 88],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  setxattrat: [463, 463],
  removexattr: [197, 14],
  lremovexattr: [198, 15],
  fremovexattr: [199, 16],
  removexattrat: [466, 466],
  file_setattr: [469, 469],
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  semget: [64, 190],
  semop: [65, 193],
  semtimedop: [220, 192],
  semctl: [66, 191],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  setpriority: [141, 140],
  ioprio_set: [251, 30],
  sched_setparam: [142, 118],
  sched_setscheduler: [144, 119],
  sched_setattr: [314, 274],
  sched_setaffinity: [203, 122],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  kcmp: [312, 272],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
};

/** Undefined where this processor has no such call, or is none of the two. */
export function numberOf(name: Syscall): number | undefined {
  const [x64, arm64] = NUMBERS[name];
  return process.arch === "x64" ? x64 : process.arch === "arm64" ? arm64 : undefined;
}

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h; undefined on other processors, for which nobody wrote the numbers. */
export const AUDIT_ARCH: number | undefined =
  process.arch === "x64" ? 0xc000003e : process.arch === "arm64" ? 0xc00000b7 : undefined;
