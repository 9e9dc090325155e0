// What a program must not ask the kernel for -> the seccomp filter that refuses it, as instructions of classic BPF.
import { AUDIT_ARCH, numberOf, type Syscall } from "./syscalls.ts";

/** What the filter has to know of the rest of the sandbox. */
export interface FilterFacts {
  /** Whether the program may start processes. */
  readonly processes: boolean;
  /**
   * Whether it sees the machine's own processes, sockets and shared memory. Namespaces hide them; where there are none, every
   * call that could reach them is refused.
   */
  readonly isShared: boolean;
}

/** Refuses the call with `errno`; with `when` only where the argument, under the mask, is one of the values, or none of them. */
interface Rule {
  readonly call: Syscall;
  readonly errno: number;
  readonly when?: {
    readonly argument: number;
    /** Default all of the lower 32 bits. */
    readonly mask?: number;
    readonly is: "one of" | "none of";
    readonly values: readonly number[];
    /** The upper 32 bits of the argument instead. */
    readonly isUpper?: boolean;
  };
}

const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;

/** linux/sched.h: CLONE_THREAD, and all that make namespaces (NEWTIME stands in the signal's byte and is clone3's alone). */
const CLONE_THREAD = 0x00010000;
const CLONE_NAMESPACES = 0x7e020000;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_TYPE_MASK = 0xf;
const SOCK_DGRAM = 2;

const refused = (errno: number, calls: readonly Syscall[]): readonly Rule[] => calls.map((call) => ({ call, errno }));

/** The ways in which sandboxes were left before: new namespaces, other ways to the same calls, and the machine itself. */
const ALWAYS: readonly Rule[] = [
  ...refused(EPERM, ["unshare", "setns", "mount", "umount2", "pivot_root", "mount_setattr"]),
  ...refused(EPERM, ["fsopen", "fsmount", "open_tree", "move_mount", "fspick", "open_by_handle_at"]),
  ...refused(EPERM, ["keyctl", "add_key", "request_key", "bpf", "userfaultfd", "perf_event_open", "ptrace"]),
  ...refused(EPERM, ["kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"]),
  ...refused(EPERM, ["reboot", "swapon", "swapoff", "acct"]),
  ...refused(ENOSYS, ["io_uring_setup"]),
  // Its flags are in memory, where a filter cannot look; C libraries take clone instead.
  ...refused(ENOSYS, ["clone3"]),
  { call: "clone", errno: EPERM, when: { argument: 0, mask: CLONE_NAMESPACES, is: "none of", values: [0] } },
];

const NO_PROCESSES: readonly Rule[] = [
  ...refused(EPERM, ["fork", "vfork"]),
  { call: "clone", errno: EPERM, when: { argument: 0, mask: CLONE_THREAD, is: "one of", values: [0] } },
];

/** Sockets of other families (vsock, Bluetooth, ...) go past namespaces of the network. */
const FAMILIES: readonly Rule[] = (["socket", "socketpair"] as const).map((call) => {
  return {
    call,
    errno: EACCES,
    when: { argument: 0, is: "none of", values: [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] },
  };
});

const SHARED: readonly Rule[] = [
  { call: "socket", errno: EACCES, when: { argument: 0, is: "none of", values: [AF_UNIX] } },
  // They need no connection to reach any socket that the user may write to.
  ...(["socket", "socketpair"] as const).map((call): Rule => {
    return { call, errno: EACCES, when: { argument: 1, mask: SOCK_TYPE_MASK, is: "one of", values: [SOCK_DGRAM] } };
  }),
  ...refused(EACCES, ["connect"]),
  ...refused(EPERM, ["shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl"]),
  ...refused(EPERM, ["semget", "semop", "semtimedop", "semctl", "mq_open", "mq_unlink"]),
  ...refused(EPERM, ["setpriority", "ioprio_set", "sched_setparam", "sched_setscheduler", "sched_setattr"]),
  ...refused(EPERM, ["sched_setaffinity", "migrate_pages", "move_pages", "kcmp", "pidfd_open", "pidfd_getfd"]),
  ...refused(EPERM, ["pidfd_send_signal", "process_madvise", "process_mrelease", "process_vm_readv"]),
  ...refused(EPERM, ["process_vm_writev"]),
  { call: "prlimit64", errno: EPERM, when: { argument: 0, is: "none of", values: [0] } },
  // Landlock leaves owners, modes, times and attributes of all files to whom they belong (landlock(7), "Current limitations").
  ...refused(EPERM, ["chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"]),
  ...refused(EPERM, ["utime", "utimes", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat"]),
  ...refused(EPERM, ["removexattr", "lremovexattr", "fremovexattr", "removexattrat", "file_setattr"]),
  // Without a path it is about an open file.
  { call: "utimensat", errno: EPERM, when: { argument: 1, is: "none of", values: [0] } },
  { call: "utimensat", errno: EPERM, when: { argument: 1, is: "none of", values: [0], isUpper: true } },
];

/** Whether filters can be made for this processor. */
export const hasFilters: boolean = AUDIT_ARCH !== undefined;

const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const ERRNO = 0x00050000;
/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCH = 4;
const ARGUMENTS = 16;
/** Numbers of the x32 form of x64 begin here; they would be other names for the same calls. */
const X32 = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** A program for SECCOMP_SET_MODE_FILTER: `struct sock_filter` after `struct sock_filter`, little-endian. */
export function filterBytes(facts: FilterFacts): Uint8Array {
  const rules = [...ALWAYS, ...(facts.processes ? [] : NO_PROCESSES), ...(facts.isShared ? SHARED : FAMILIES)];
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [JUMP_EQUAL, 1, 0, AUDIT_ARCH ?? 0],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NUMBER],
    [JUMP_AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, KILL_PROCESS],
    ...rules.flatMap(instructionsOf),
    [RETURN, 0, 0, ALLOW],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

/** Leaves the number of the call where the next rule looks for it. */
function instructionsOf({ call, errno, when }: Rule): readonly Instruction[] {
  const number = numberOf(call);
  if (number === undefined) return [];
  const refusal: Instruction = [RETURN, 0, 0, ERRNO | errno];
  if (when === undefined) return [[JUMP_EQUAL, 0, 1, number], refusal];
  const { argument, mask = 0xffffffff, is, values, isUpper = false } = when;
  const jumps = values.map((value, index): Instruction => {
    const left = values.length - 1 - index;
    return is === "none of" ? [JUMP_EQUAL, left + 1, 0, value] : [JUMP_EQUAL, left, left === 0 ? 1 : 0, value];
  });
  return [
    [JUMP_EQUAL, 0, jumps.length + 4, number],
    [LOAD, 0, 0, ARGUMENTS + argument * 8 + (isUpper ? 4 : 0)],
    [AND, 0, 0, mask],
    ...jumps,
    refusal,
    [LOAD, 0, 0, NUMBER],
  ];
}
