// What one plugin was granted, and the one resolver of each kind: WASI, host functions and the start of programs all ask here.
import {
  CLOCKS,
  RANDOMS,
  type AccessSet,
  type ClockAccess,
  type ExecAccess,
  type FsAccess,
  type Kind,
  type NetAccess,
  type RandomAccess,
} from "./capabilities.ts";
import { execMatches, fsMatches, matchesPath, matchesText, netMeet } from "./patterns.ts";

/** A set with the rule it stands in, which the audit log names. */
export interface RuleSet {
  readonly rule: string;
  /** `all` lets everything through. */
  readonly set: AccessSet | "all";
}

/** One of these must let an access through, but for kinds of which `isNarrowing` groups do not speak. */
export interface Group {
  /** Named where no set of the group lets an access through. */
  readonly rule: string;
  readonly sets: readonly RuleSet[];
  readonly isNarrowing: boolean;
}

/**
 * What a plugin may do: every group of `allow` must let it through, and no set of `deny` may have it. So another group or
 * another denial never allows more. Plain data, which goes to threads and processes as it is.
 */
export interface Grants {
  readonly allow: readonly Group[];
  readonly deny: readonly { readonly rule: string; readonly set: AccessSet }[];
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** What decided. */
  readonly rule: string;
}

/** The rule of the group that has the requests of the manifest. */
export const NOT_REQUESTED = "the manifest does not ask for it";
/** Kinds that are there for everybody unless policy speaks of them. */
const OPEN_KINDS: ReadonlySet<Kind> = new Set(["host-functions", "clock", "random"]);

function judge(
  grants: Grants,
  kind: Kind,
  allows: (set: AccessSet) => boolean,
  denies: (set: AccessSet) => boolean,
): Verdict {
  const denied = grants.deny.find(({ set }) => set[kind] !== undefined && denies(set));
  if (denied !== undefined) return { isAllowed: false, rule: denied.rule };
  let rule = "no rule";
  for (const group of groupsFor(grants, kind)) {
    const found = group.sets.find(({ set }) => set === "all" || isLeftOpen(set, kind) || allows(set));
    if (found === undefined) return { isAllowed: false, rule: group.rule };
    rule = found.rule;
  }
  return { isAllowed: true, rule };
}

function groupsFor(grants: Grants, kind: Kind): readonly Group[] {
  return grants.allow.filter((group) => {
    if (group.isNarrowing) return group.sets.some(({ set }) => set !== "all" && set[kind] !== undefined);
    // Without a single rule the open kinds stay open.
    return group.sets.length > 0 || !OPEN_KINDS.has(kind);
  });
}

function isLeftOpen(set: AccessSet, kind: Kind): boolean {
  return OPEN_KINDS.has(kind) && set[kind] === undefined;
}

/** `path` is rooted as in grants (`${project}/src/main.ts`), canonical: links followed, no `..`. */
export function resolveFs(grants: Grants, path: string, mode: FsAccess["mode"]): Verdict {
  return judge(
    grants,
    "fs",
    (set) => set.fs?.some((access) => fsMatches(access, path, mode)) ?? false,
    // Denying `r` denies all; denying `rw` takes only writing away.
    (set) =>
      set.fs?.some((access) => (access.mode === "r" || mode === "rw") && matchesPath(access.path, path)) ?? false,
  );
}

/** A program by its bare name with the arguments that it is about to be started with. */
export function resolveExec(grants: Grants, program: string, args: readonly string[]): Verdict {
  const has = (set: AccessSet): boolean => set.exec?.some((access) => execMatches(access, program, args)) ?? false;
  return judge(grants, "exec", has, has);
}

/** Whether the program may be started with any arguments at all, so that it may be looked for. */
export function resolveProgram(grants: Grants, program: string): Verdict {
  const isNamed = (access: ExecAccess): boolean => access.program === program;
  return judge(
    grants,
    "exec",
    (set) => set.exec?.some(isNamed) ?? false,
    (set) =>
      set.exec?.some((access) => isNamed(access) && (access.args === undefined || access.args[0] === "**")) ?? false,
  );
}

export function resolveEnv(grants: Grants, name: string): Verdict {
  const has = (set: AccessSet): boolean => set.env?.some((pattern) => matchesText(pattern, name)) ?? false;
  return judge(grants, "env", has, has);
}

/** `path` is that of an import of the contract: `report.log`. */
export function resolveFunction(grants: Grants, path: string): Verdict {
  const has = (set: AccessSet): boolean =>
    set["host-functions"]?.some((pattern) => matchesText(pattern, path)) ?? false;
  return judge(grants, "host-functions", has, has);
}

/**
 * As much of `request` as is granted, for what then decides about every address after it was resolved (`NetworkPolicy`).
 * What a denial has a part of is gone as a whole: lists of what may be reached cannot leave something out.
 */
export function resolveNet(
  grants: Grants,
  request: NetAccess,
): { readonly left: readonly NetAccess[]; readonly rule: string } {
  const denied = grants.deny.find(({ set }) => set.net?.some((pattern) => netMeet(request, pattern) !== undefined));
  if (denied !== undefined) return { left: [], rule: denied.rule };
  let left: readonly NetAccess[] = [request];
  let rule = "default";
  for (const group of groupsFor(grants, "net")) {
    if (group.sets.some(({ set }) => set === "all")) continue;
    const patterns = group.sets.flatMap(({ set }) => (set === "all" ? [] : (set.net ?? [])));
    left = left.flatMap((one) => patterns.map((pattern) => netMeet(one, pattern)).filter((met) => met !== undefined));
    ({ rule } = group);
    if (left.length === 0) break;
  }
  return { left: withoutDoubles(left), rule };
}

function withoutDoubles(accesses: readonly NetAccess[]): readonly NetAccess[] {
  const whole = accesses.find(({ port }) => port === "*");
  if (whole !== undefined) return [whole];
  return [...new Map(accesses.map((access) => [access.port, access])).values()];
}

/** The least of what every group leaves; within a group of grants, the most. */
export function resolveClock(grants: Grants): ClockAccess {
  return CLOCKS[level(grants, "clock", CLOCKS, "coarse")]!;
}

export function resolveRandom(grants: Grants): RandomAccess {
  return RANDOMS[level(grants, "random", RANDOMS, "secure")]!;
}

function level(grants: Grants, kind: "clock" | "random", ladder: readonly string[], usual: string): number {
  const of = (set: AccessSet): number => ladder.indexOf(set[kind] ?? usual);
  let least = ladder.length - 1;
  let isSaid = false;
  for (const group of groupsFor(grants, kind)) {
    const levels = group.sets.map(({ set }) => (set === "all" ? ladder.length - 1 : of(set)));
    least = Math.min(least, Math.max(...levels));
    isSaid = true;
  }
  if (!isSaid) least = ladder.indexOf(usual);
  // A denial takes this rung and all above; the lowest is nobody's to take.
  for (const { set } of grants.deny) if (set[kind] !== undefined) least = Math.min(least, Math.max(0, of(set) - 1));
  return least;
}

/** The variables that the plugin asked for and gets. */
export function grantedEnv(grants: Grants): readonly string[] {
  return (requestedOf(grants).env ?? []).filter((name) => resolveEnv(grants, name).isAllowed);
}

/** The hosts and ports that the plugin asked for and gets. */
export function grantedNet(grants: Grants): readonly NetAccess[] {
  return (requestedOf(grants).net ?? []).flatMap((request) => resolveNet(grants, request).left);
}

/** All that the manifest asks for. */
export function requestedOf({ allow }: Grants): AccessSet {
  const set = allow.find(({ rule }) => rule === NOT_REQUESTED)?.sets[0]?.set;
  return set === undefined || set === "all" ? {} : set;
}

/** Whether a denial speaks of the plugin's own program, which needs no grant: placing the plugin there is one. */
export function resolveLaunch({ deny }: Grants, program: string, args: readonly string[]): Verdict {
  return resolveExec({ allow: [], deny }, program, args);
}
