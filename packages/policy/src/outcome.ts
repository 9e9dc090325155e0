// One request and the grants -> granted, granted in part, or denied, and the rule that decided.
import {
  CLOCKS,
  RANDOMS,
  type AccessSet,
  type CapabilityRequests,
  type Enforcement,
  type Kind,
} from "./capabilities.ts";
import { resolveClock, resolveEnv, resolveNet, resolveRandom, type Grants } from "./grants.ts";
import { execCovers, pathCovers, pathsMeet, textCovers, textsMeet } from "./patterns.ts";

export type Outcome = "granted" | "in part" | "denied";

/** What became of one request. */
export interface RequestDecision {
  readonly kind: Kind;
  /** `rw ${project}/**`, `api.example.org:443`, `dot -T*`. */
  readonly asked: string;
  readonly why: string | undefined;
  readonly outcome: Outcome;
  /** What decided: a place in a policy file, or `no rule grants it`. */
  readonly rule: string;
  readonly enforcement: Enforcement;
}

export const NO_GRANT = "no rule grants it";

/** One request as the set that it is of. */
export type Asked = Pick<RequestDecision, "kind" | "asked" | "why"> & { readonly access: AccessSet };

/** Every request, with those that a manifest makes by saying nothing. */
export function requestsOf({ fs, net, env, exec, hostFunctions, clock, random }: CapabilityRequests): readonly Asked[] {
  return [
    ...fs.map((one): Asked => ({ kind: "fs", asked: `${one.mode} ${one.path}`, why: one.why, access: { fs: [one] } })),
    ...net.map((one): Asked => ({ kind: "net", asked: hostAndPort(one), why: one.why, access: { net: [one] } })),
    ...env.map((one): Asked => ({ kind: "env", asked: one.name, why: one.why, access: { env: [one.name] } })),
    ...exec.map((one): Asked => ({
      kind: "exec",
      asked: [one.program, ...(one.args ?? [])].join(" "),
      why: one.why,
      access: { exec: [one] },
    })),
    ...(hostFunctions ?? [{ function: "*", why: undefined }]).map((one): Asked => ({
      kind: "host-functions",
      asked: one.function,
      why: one.why,
      access: { "host-functions": [one.function] },
    })),
    { kind: "clock", asked: clock?.access ?? "coarse", why: clock?.why, access: { clock: clock?.access ?? "coarse" } },
    {
      kind: "random",
      asked: random?.access ?? "secure",
      why: random?.why,
      access: { random: random?.access ?? "secure" },
    },
  ];
}

function hostAndPort({ host, port }: { readonly host: string; readonly port: number | "*" }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What grants make of a request as a whole; `in part` where its pattern may meet what is denied. */
export function outcomeOf(
  { kind, access }: Asked,
  grants: Grants,
): { readonly outcome: Outcome; readonly rule: string } {
  switch (kind) {
    case "fs": {
      const [asked] = access.fs!;
      return ofPattern(
        grants,
        "fs",
        (set) =>
          relation(
            set.fs?.some((one) => (asked!.mode === "r" || one.mode === "rw") && pathCovers(one.path, asked!.path)),
            set.fs?.some((one) => pathsMeet(one.path, asked!.path)),
          ),
        (set) =>
          set.fs?.some((one) => (one.mode === "r" || asked!.mode === "rw") && pathsMeet(one.path, asked!.path)) ??
          false,
        (set) => set.fs?.some((one) => one.mode === "r" && pathCovers(one.path, asked!.path)) ?? false,
      );
    }
    case "exec": {
      const [asked] = access.exec!;
      const named = (set: AccessSet): boolean => set.exec?.some((one) => one.program === asked!.program) ?? false;
      const covered = (set: AccessSet): boolean => set.exec?.some((one) => execCovers(one, asked!)) ?? false;
      return ofPattern(grants, "exec", (set) => relation(covered(set), named(set)), named, covered);
    }
    case "host-functions": {
      const [asked] = access["host-functions"]!;
      const meets = (set: AccessSet): boolean => set["host-functions"]?.some((one) => textsMeet(one, asked!)) ?? false;
      const covers = (set: AccessSet): boolean =>
        set["host-functions"]?.some((one) => textCovers(one, asked!)) ?? false;
      return ofPattern(
        grants,
        "host-functions",
        (set) => (set["host-functions"] === undefined ? "granted" : relation(covers(set), meets(set))),
        meets,
        covers,
      );
    }
    case "net": {
      const [asked] = access.net!;
      const { left, rule } = resolveNet(grants, asked!);
      const isWhole = left.some(({ port }) => port === asked!.port);
      return { outcome: isWhole ? "granted" : left.length > 0 ? "in part" : "denied", rule };
    }
    case "env": {
      const { isAllowed, rule } = resolveEnv(grants, access.env![0]!);
      return { outcome: isAllowed ? "granted" : "denied", rule };
    }
    case "clock":
      return ofLevel(CLOCKS.indexOf(resolveClock(grants)), CLOCKS.indexOf(access.clock!), "clock", grants);
    case "random":
      return ofLevel(RANDOMS.indexOf(resolveRandom(grants)), RANDOMS.indexOf(access.random!), "random", grants);
  }
}

function relation(isCovered: boolean | undefined, isMet: boolean | undefined): Outcome {
  return isCovered ? "granted" : isMet ? "in part" : "denied";
}

/** The worst that any group or denial says of a request that is a pattern. */
function ofPattern(
  grants: Grants,
  kind: Kind,
  allows: (set: AccessSet) => Outcome,
  meets: (set: AccessSet) => boolean,
  covers: (set: AccessSet) => boolean,
): { readonly outcome: Outcome; readonly rule: string } {
  const order: readonly Outcome[] = ["granted", "in part", "denied"];
  let worst: { outcome: Outcome; rule: string } = { outcome: "granted", rule: "default" };
  const take = (outcome: Outcome, rule: string): void => {
    if (outcome !== "granted" ? order.indexOf(outcome) > order.indexOf(worst.outcome) : worst.outcome === "granted")
      worst = { outcome, rule };
  };
  for (const { rule, sets, isNarrowing } of grants.allow) {
    if (isNarrowing && !sets.some(({ set }) => set !== "all" && set[kind] !== undefined)) continue;
    if (sets.length === 0 && kind === "host-functions") continue;
    const each = sets.map((one) => ({
      rule: one.rule,
      outcome: one.set === "all" ? ("granted" as const) : allows(one.set),
    }));
    const best = order.map((outcome) => each.find((one) => one.outcome === outcome)).find((one) => one !== undefined);
    if (best === undefined || best.outcome === "denied") take("denied", rule);
    else take(best.outcome, best.rule);
  }
  for (const { rule, set } of grants.deny) if (meets(set)) take(covers(set) ? "denied" : "in part", rule);
  return worst;
}

function ofLevel(
  got: number,
  asked: number,
  kind: "clock" | "random",
  grants: Grants,
): { readonly outcome: Outcome; readonly rule: string } {
  const denying = grants.deny.find(({ set }) => set[kind] !== undefined);
  const narrowing = grants.allow.find(
    (group) => group.isNarrowing && group.sets.some(({ set }) => set !== "all" && set[kind] !== undefined),
  );
  const granting = grants.allow.find(
    (group) => !group.isNarrowing && group.sets.some(({ rule }) => rule !== "the manifest"),
  );
  if (got >= asked) return { outcome: "granted", rule: granting?.sets[0]?.rule ?? "default" };
  return { outcome: got > 0 ? "in part" : "denied", rule: denying?.rule ?? narrowing?.rule ?? NO_GRANT };
}
