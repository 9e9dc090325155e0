// Random policies from a seed, over a universe small enough to try every access of it.
import type { AccessSet, CapabilityRequests, Policy } from "@tenon/policy";

export type Rule = Policy["rules"][number];
export type Pick = <T>(from: readonly T[]) => T;

/** Mulberry32. */
export function picker(seed: number): Pick {
  let state = seed;
  return (from) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return from[((mixed ^ (mixed >>> 14)) >>> 0) % from.length]!;
  };
}

const PATTERNS = [
  "${p}/**",
  "${p}/a/**",
  "${p}/a/*.md",
  "${p}/b",
  "${p}/*/x.md",
  "${p}/a/b?",
  "${q}/**",
  "${p}/**/x.md",
  "${p}/a",
];
const HOSTS = ["a.test", "b.test", "sub.a.test"];
const HOST_PATTERNS = [...HOSTS, "*", "*.a.test"];
const PORTS = [80, 443, "*"] as const;
const ARGS = [undefined, [], ["**"], ["-x"], ["-*"], ["-x", "**"], ["*", "b"]] as const;
const VARIABLES = ["LANG", "LC_ALL", "TOKEN"];
const FUNCTIONS = ["log.say", "log.shout", "run"];

/** Every access that is tried. */
export const PATHS = [
  "${p}/a",
  "${p}/b",
  "${p}/a/x.md",
  "${p}/a/b1",
  "${p}/c/x.md",
  "${p}/a/c/x.md",
  "${q}/x.md",
  "${p}",
];
export const COMMANDS = [[], ["-x"], ["-y"], ["-x", "b"], ["b"], ["-x", "b", "c"]] as const;
export const NAMES = VARIABLES;
export const CALLS = FUNCTIONS;
export const PROGRAMS = ["cc", "dot"];

function some<T>(pick: Pick, make: () => T): T[] {
  return Array.from({ length: pick([0, 1, 1, 2, 3]) }, make);
}

function net(pick: Pick, hosts: readonly string[]): { host: string; port: number | "*" } {
  return { host: pick(hosts), port: pick(PORTS) };
}

function command(pick: Pick): { program: string; args?: readonly string[] } {
  const args = pick(ARGS);
  return { program: pick(PROGRAMS), ...(args !== undefined && { args }) };
}

export function accessSet(pick: Pick): AccessSet {
  const maybe = (one: AccessSet): AccessSet => (pick([true, true, false]) ? one : {});
  return {
    ...maybe({ fs: some(pick, () => ({ path: pick(PATTERNS), mode: pick(["r", "rw"] as const) })) }),
    ...maybe({ net: some(pick, () => net(pick, HOST_PATTERNS)) }),
    ...maybe({ env: some(pick, () => pick([...VARIABLES, "LC_*", "*"])) }),
    ...maybe({ exec: some(pick, () => command(pick)) }),
    ...maybe({ "host-functions": some(pick, () => pick([...FUNCTIONS, "log.*", "*"])) }),
    ...maybe({ clock: pick(["none", "coarse", "precise"] as const) }),
    ...maybe({ random: pick(["seeded", "secure"] as const) }),
  };
}

export function requests(pick: Pick): CapabilityRequests {
  const why = "because";
  return {
    fs: some(pick, () => ({ path: pick(PATTERNS), mode: pick(["r", "rw"] as const), why })),
    net: some(pick, () => ({ ...net(pick, HOSTS), why })),
    env: some(pick, () => ({ name: pick(VARIABLES), why })),
    exec: some(pick, () => ({ ...command(pick), why })),
    hostFunctions: pick([undefined, some(pick, () => ({ function: pick([...FUNCTIONS, "log.*"]), why }))]),
    clock: pick([undefined, { access: pick(["none", "coarse", "precise"] as const), why }]),
    random: pick([undefined, { access: pick(["seeded", "secure"] as const), why }]),
  };
}

export function rules(pick: Pick): readonly Rule[] {
  return some(pick, () => pick(["grant", "only", "deny"] as const)).map((kind, index) => ({
    at: `policy: $.rules[${index}]`,
    plugin: pick([undefined, "a/b", "a/*", "other/*"]),
    trust: pick([undefined, undefined, "contained", "trusted"] as const),
    boundary: pick([undefined, undefined, "wasm"]),
    [kind]: kind === "grant" ? pick(["requested" as const, accessSet(pick)]) : accessSet(pick),
  }));
}
