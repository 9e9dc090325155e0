// What the exit code of a command says.

/** 0 done; 1 it failed, or the answer is no; 2 the command line is wrong. A command ended by signal n exits with 128 + n. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
