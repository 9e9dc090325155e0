// The contract that a plugin for the fault catalogue serves: one function for each way to misbehave, and two for being well.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";

/** Its text, for plugins that are made from it. */
export const FAULT_WIT: string = `package tenon:faults@0.1.0;

/// What the host offers to a plugin that misbehaves.
interface host {
  /// Returns \`n + 1\` at once.
  tick: func(n: u32) -> u32;
  /// Calls the plugin's \`nest(depth)\` and returns what it returned.
  nest: func(depth: u32) -> u32;
  /// Never answers.
  hang: func() -> u32;
}

interface faults {
  /// Returns its argument: the plugin is well.
  ping: func(n: u32) -> u32;
  /// How often this instance was asked: 1 on a fresh one.
  count: func() -> u32;
  /// Ends in a trap: 0 unreachable, 1 a load outside the memory, 2 a division by zero, 3 a call of a table element that is
  /// null, 4 one of another type, 5 a division that overflows, 6 a float that fits no integer, 7 one beyond the table.
  /// Where it has a thread or a process of its own, ends that without an answer: 100 with code 3, 101 with code 0, 102 by a
  /// signal (a process only). 103 throws what is no error, 104 throws after its answer, 105 loops and ignores SIGTERM, 106
  /// answers after a second. Anything else throws.
  trap: func(kind: u32);
  /// Never returns and never gives way.
  spin: func();
  /// 0 loops; 1,000 returns 0; any other depth calls \`host.nest(depth - 1)\`, without end above 1,000.
  nest: func(depth: u32) -> u32;
  /// Takes a text; its allocator never returns for one of 13 bytes.
  take: func(text: string) -> u32;
  /// Returns \`length\` bytes of text, at once and whatever there is; freeing those of 13 bytes never ends.
  text: func(length: u32) -> string;
  /// Calls itself until the stack ends.
  recurse: func();
  /// Adds memory until there is no more; returns the mebibytes that it had in the end.
  grow: func() -> u32;
  /// Adds elements to a table until there are no more; returns how many it had in the end.
  grow-table: func() -> u32;
  /// Calls \`host.tick\` so often.
  flood-host: func(count: u32) -> u32;
  /// Prints so many lines to standard output and as many to standard error.
  flood-output: func(lines: u32);
  /// Opens the file \`f\` so often and closes none; returns how often it could.
  open-files: func(count: u32) -> u32;
  /// Returns \`host.hang()\`.
  hang: func() -> u32;
  /// Mixes \`seed\` with its memory for so many rounds and leaves its marks there; calls \`host.tick\` every 256 rounds. Traps,
  /// and adds a page of memory, when so many rounds are left; 0 for never.
  stir: func(seed: u32, rounds: u32, trap-at: u32, grow-at: u32) -> u32;
}

world plugin {
  import host;
  export faults;
}`;

/** A call of the plugin, with the options that every call takes. */
type Call<Args extends unknown[], Result> = (...args: Args) => Result;

export interface FaultExports {
  readonly faults: {
    readonly ping: Call<[n: number], number>;
    readonly count: Call<[], number>;
    readonly trap: Call<[kind: number], void>;
    readonly spin: Call<[], void>;
    readonly nest: Call<[depth: number], number>;
    readonly take: Call<[text: string], number>;
    readonly text: Call<[length: number], string>;
    readonly recurse: Call<[], void>;
    readonly grow: Call<[], number>;
    readonly growTable: Call<[], number>;
    readonly floodHost: Call<[count: number], number>;
    readonly floodOutput: Call<[lines: number], void>;
    readonly openFiles: Call<[count: number], number>;
    readonly hang: Call<[], number>;
    readonly stir: Call<[seed: number, rounds: number, trapAt: number, growAt: number], number>;
  };
}
export interface FaultImports {
  readonly host: {
    readonly tick: (n: number) => number;
    readonly nest: (depth: number) => number;
    readonly hang: () => number;
  };
}

export const faultContract: Contract<FaultExports, FaultImports> = contractFromResolve(
  resolveWit(FAULT_WIT).resolve,
  0,
) as Contract<FaultExports, FaultImports>;
