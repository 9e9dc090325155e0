// The contract of the probe: one function for each capability, which tries what was not granted and says how far it came.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";

/** For probes whose world imports more, such as WASI. */
export const PROBE_WIT = `package tenon:probe@0.1.0;

/// What the host offers, and policy leaves a part of.
interface host {
  listed: func() -> u32;
  unlisted: func() -> u32;
}

/// Every function but the last two returns how far it came: 0 not at all, 1 only on a way around, 2 plainly.
interface probe {
  /// Reads a file.
  read-file: func(path: string) -> u32;
  /// Connects to 127.0.0.1 at this port.
  connect: func(port: u32) -> u32;
  /// Reads a variable of the host: its own environment is plain, the host's memory of it a way around.
  read-env: func(name: string) -> u32;
  /// Sees steps of a clock below half a millisecond.
  read-clock: func() -> u32;
  /// Starts a program.
  spawn: func() -> u32;
  call-listed: func() -> u32;
  call-unlisted: func() -> u32;
  /// Holds so many mebibytes at once, in what the boundary counts or beside it.
  allocate: func(mebibytes: u32, beside: bool) -> u32;
  /// Bytes of randomness: the same ones on every fresh instance, or not.
  read-random: func() -> u64;
  /// Prints so many lines of 80 bytes.
  print: func(lines: u32);
  /// Never returns and never gives way.
  spin: func();
}

world plugin {
  import host;
  export probe;
}`;

type Call<Args extends unknown[], Result> = (...args: Args) => Result;

export interface ProbeExports {
  readonly probe: {
    readonly readFile: Call<[path: string], number>;
    readonly connect: Call<[port: number], number | Promise<number>>;
    readonly readEnv: Call<[name: string], number>;
    readonly readClock: Call<[], number>;
    readonly spawn: Call<[], number>;
    readonly callListed: Call<[], number | Promise<number>>;
    readonly callUnlisted: Call<[], number | Promise<number>>;
    readonly allocate: Call<[mebibytes: number, beside: boolean], number>;
    readonly readRandom: Call<[], bigint>;
    readonly print: Call<[lines: number], void>;
    readonly spin: Call<[], void>;
  };
}
export interface ProbeImports {
  readonly host: { readonly listed: () => number; readonly unlisted: () => number };
}

export const probeContract: Contract<ProbeExports, ProbeImports> = contractFromResolve(
  resolveWit(PROBE_WIT).resolve,
  0,
) as Contract<ProbeExports, ProbeImports>;
