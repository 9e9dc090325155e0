// What a plugin can be allowed, as data: the closed lists, what a plugin asks for, and what policy makes of it.

/** What a boundary really does about one capability or limit. */
export type Enforcement = "enforced" | "sandbox" | "advisory" | "none";

/** The closed list of capabilities and limits that every driver takes a stand on. */
export const CAPABILITIES = [
  "fs",
  "net",
  "env",
  "clock",
  "random",
  "subprocess",
  "host-functions",
  "cpu-deadline",
  "memory",
  "output-size",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What a boundary does about what it leaves to a sandbox of the operating system, where there is none. */
export const WITHOUT_SANDBOX: Readonly<Partial<Record<Capability, Enforcement>>> = {
  // A program gets a few variables only, but a process of the same user can read the host's own under /proc.
  env: "advisory",
};

/** What a manifest asks for and a policy speaks of, as their files write it. */
export const KINDS = ["fs", "net", "env", "exec", "host-functions", "clock", "random"] as const;
export type Kind = (typeof KINDS)[number];

/** By which of a driver's capabilities a kind is kept. */
export const CAPABILITY_OF: Readonly<Record<Kind, Capability>> = {
  fs: "fs",
  net: "net",
  env: "env",
  exec: "subprocess",
  "host-functions": "host-functions",
  clock: "clock",
  random: "random",
};

export interface FsAccess {
  /** A glob below a root that the host knows: `${project}/src/**`. */
  readonly path: string;
  readonly mode: "r" | "rw";
}
export interface NetAccess {
  /** A name or an address, lower case. In policies also `*` and `*.example.org`. */
  readonly host: string;
  readonly port: number | "*";
}
export interface ExecAccess {
  /** The bare name of a program, looked up in PATH. */
  readonly program: string;
  /** One glob for each argument, in which `*` is any text; a last `**` is any rest. Undefined takes any arguments. */
  readonly args?: readonly string[] | undefined;
}

/** From the least to the most: standing still, rounded to a millisecond, exact. */
export const CLOCKS = ["none", "coarse", "precise"] as const;
export type ClockAccess = (typeof CLOCKS)[number];
/** From the least to the most: the same bytes in every run, the system's generator. */
export const RANDOMS = ["seeded", "secure"] as const;
export type RandomAccess = (typeof RANDOMS)[number];

/** A set of accesses: what a manifest asks for in all, or one rule grants, leaves or denies. An absent kind is not spoken of. */
export interface AccessSet {
  readonly fs?: readonly FsAccess[];
  readonly net?: readonly NetAccess[];
  /** Names; in policies also with `*`. */
  readonly env?: readonly string[];
  readonly exec?: readonly ExecAccess[];
  /** Paths of the contract's imports, `report.log`, with `*` for any text. */
  readonly "host-functions"?: readonly string[];
  readonly clock?: ClockAccess;
  readonly random?: RandomAccess;
}

/** One request with the author's reason, shown to the person who grants it. */
export type Reasoned<T> = T & { readonly why: string };

/** What the plugin may ever ask for; nothing here is granted by being written. */
export interface CapabilityRequests {
  readonly fs: readonly Reasoned<FsAccess>[];
  readonly net: readonly Reasoned<NetAccess>[];
  readonly env: readonly Reasoned<{ readonly name: string }>[];
  readonly exec: readonly Reasoned<ExecAccess>[];
  /** Undefined asks for all that the contract has. */
  readonly hostFunctions: readonly Reasoned<{ readonly function: string }>[] | undefined;
  /** Undefined asks for `coarse`, which is too little to time the host's secrets by. */
  readonly clock: Reasoned<{ readonly access: ClockAccess }> | undefined;
  /** Undefined asks for `secure`, which tells nothing of the host. */
  readonly random: Reasoned<{ readonly access: RandomAccess }> | undefined;
}

export const NO_REQUESTS: CapabilityRequests = {
  fs: [],
  net: [],
  env: [],
  exec: [],
  hostFunctions: undefined,
  clock: undefined,
  random: undefined,
};
