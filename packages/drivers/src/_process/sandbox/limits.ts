// What one process in a sandbox may use at most of what the system counts for each.

export interface Limit {
  readonly what: string;
  /** RLIMIT_* of sys/resource.h. */
  readonly number: number;
  readonly value: number;
  /** The letter of the shell's `ulimit`, and how many bytes its unit has. */
  readonly shell?: { readonly letter: string; readonly unit: number };
}

/** Soft and hard, for good. */
export const LIMITS: readonly Limit[] = [
  { what: "core dumps", number: 4, value: 0, shell: { letter: "c", unit: 512 } },
  { what: "files", number: 1, value: 1024 ** 3, shell: { letter: "f", unit: 512 } },
  { what: "open files", number: 7, value: 4096, shell: { letter: "n", unit: 1 } },
];

/** Threads too. Only where they are counted for the sandbox alone: else all of the user's count. */
export const PROCESSES: Limit = { what: "processes", number: 6, value: 512 };
