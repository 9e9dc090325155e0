// What a plugin asks for, what policies say and what its boundary can keep -> grants, denials, and refusals to load.
import { TenonError } from "@tenon/contract/core";
import {
  CAPABILITY_OF,
  type AccessSet,
  type Capability,
  type CapabilityRequests,
  type Enforcement,
  type Kind,
} from "./capabilities.ts";
import { NOT_REQUESTED, type Grants, type Group } from "./grants.ts";
import { NO_GRANT, outcomeOf, requestsOf, type RequestDecision } from "./outcome.ts";
import { rulesFor, type Policy, type Rule, type SandboxUse, type Trust } from "./policy.ts";
import { sandboxFor, withoutSandbox, type SandboxNeeds } from "./sandbox.ts";

export interface DecideInput {
  readonly plugin: string;
  readonly requests: CapabilityRequests;
  readonly boundary: string;
  readonly trust: Trust;
  /** `traits.enforcement` of where it will run (`traitsFor`). */
  readonly enforcement: Readonly<Record<Capability, Enforcement>>;
  /** The user's first. */
  readonly policies: readonly Policy[];
  /** Of the very bytes that will run: `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string | undefined;
  /** `traits.takesSandbox` of where it will run. */
  readonly takesSandbox?: boolean | undefined;
  /** What the operator says of a sandbox (`placementOf`). */
  readonly sandbox?: SandboxUse | undefined;
  /** Whether a sandbox that does this works on this machine; asked only where one would be used. Default: none does. */
  readonly hasSandbox?: ((needs: SandboxNeeds) => boolean) | undefined;
  /** Whether a sandbox on this machine keeps a plugin to `limits.memoryMiB`; asked only where it would have to. Default: it does not. */
  readonly hasMemoryBound?: (() => boolean) | undefined;
}

/** Why the plugin must not load there. */
export interface Refusal {
  readonly capability: Capability;
  readonly enforcement: Enforcement;
  /** One sentence. */
  readonly what: string;
}

export interface Decision {
  readonly plugin: string;
  readonly boundary: string;
  readonly trust: Trust;
  readonly isTrustedInFull: boolean;
  /** All that policies trust in full: for boundaries that ask once more, about the very file that they load. */
  readonly trustedDigests: readonly string[];
  /** The sandbox of the operating system that it runs in; undefined where it runs without one. */
  readonly sandbox: SandboxNeeds | undefined;
  readonly grants: Grants;
  readonly requests: readonly RequestDecision[];
  /** Those of `requests` that were not granted in full. */
  readonly denials: readonly RequestDecision[];
  /** Empty where it may load. */
  readonly refusals: readonly Refusal[];
  /** Upper ends of limits, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** What the person who decides should know. */
  readonly notes: readonly string[];
}

/** What a plugin that nobody trusts must be kept from, whether it asked for it or not. */
const KEPT: readonly Kind[] = ["fs", "net", "env", "exec"];

/** Pure: the same input gives the same decision. Another denial or narrower rule never grants more. */
export function decide(input: DecideInput): Decision {
  const { plugin, requests, boundary, trust, policies, digest } = input;
  const rules = rulesFor(policies, input);
  const grants = grantsOf(requests, rules);
  const trustedDigests = policies.flatMap((policy) => policy.trustedDigests);
  const isTrustedInFull = digest !== undefined && trustedDigests.includes(digest);
  const outcomes = requestsOf(requests).map((request) => ({ ...request, ...outcomeOf(request, grants) }));
  const { sandbox, isMissing } = sandboxFor({ ...input, isTrustedInFull, outcomes });
  const enforcement = sandbox === undefined ? withoutSandbox(input.enforcement) : input.enforcement;
  const decided = outcomes.map((one) => ({ ...one, enforcement: enforcement[CAPABILITY_OF[one.kind]] }));
  const denials = decided.filter(({ outcome }) => outcome !== "granted");
  const unkept = KEPT.filter((kind) => !isKept(enforcement[CAPABILITY_OF[kind]]));
  const where = `the ${boundary} boundary`;
  const lacking = isMissing ? ": no sandbox of the operating system works here (see tenon doctor)" : "";
  const refusals = denials
    .filter((denial) => !isKept(denial.enforcement))
    .map(({ kind, asked, outcome, enforcement: level }) => ({
      capability: CAPABILITY_OF[kind],
      enforcement: level,
      what: `${where} cannot keep plugin ${plugin} from ${kind} ${asked}, which policy denies${outcome === "in part" ? " in part" : ""}${lacking}`,
    }));
  const all = unkept.map((kind) => ({
    capability: CAPABILITY_OF[kind],
    enforcement: enforcement[CAPABILITY_OF[kind]],
    what: `${where} cannot keep plugin ${plugin} to its ${kind} grants${lacking}`,
  }));
  const isDemanded = input.sandbox === "required";
  const demanded = !isDemanded ? [] : isMissing ? [missingSandbox(input)] : all;
  const contained = trust === "contained" && !isDemanded ? all : [];
  const open =
    unkept.length === 0
      ? []
      : [`${where} keeps nothing from ${unkept.join(", ")}: ${plugin} could use more than it was granted`];
  const limits = limitsOf(rules);
  const isBound =
    enforcement.memory === "enforced" || (enforcement.memory === "sandbox" && input.hasMemoryBound?.() === true);
  const unbound =
    limits["memoryMiB"] === undefined || isBound
      ? []
      : [
          {
            capability: "memory" as const,
            enforcement: enforcement.memory,
            what: `${where} does not keep plugin ${plugin} to limits.memoryMiB here, which policy sets${enforcement.memory === "sandbox" ? " (see tenon doctor)" : ""}`,
          },
        ];
  return {
    plugin,
    boundary,
    trust,
    isTrustedInFull,
    trustedDigests,
    sandbox,
    grants,
    requests: decided.map(({ access: _, ...shown }) => shown),
    denials: denials.map(({ access: _, ...shown }) => shown),
    // Trust in a digest does not make up for a sandbox that was asked for by name.
    refusals: isTrustedInFull ? demanded : [...refusals, ...demanded, ...contained, ...unbound],
    limits,
    notes: [...open, ...(isTrustedInFull ? [...unbound.map(({ what }) => what), `${digest} is trusted in full`] : [])],
  };
}

/** Throws `capability-unenforceable` with every reason where the plugin must not load. */
export function checkDecision({ plugin, boundary, refusals }: Decision): void {
  const [first, ...more] = refusals;
  if (first === undefined) return;
  throw new TenonError("capability-unenforceable", first.what, {
    hint: `choose a boundary that enforces ${first.capability}, trust plugin ${plugin} if you know where it comes from, or trust this exact digest`,
    plugin,
    boundary,
    notes: more.map(({ what }) => what),
    sideEffects: "none",
  });
}

function missingSandbox({ plugin, boundary }: DecideInput): Refusal {
  return {
    capability: "fs",
    enforcement: "none",
    what: `policy demands a sandbox for plugin ${plugin} on the ${boundary} boundary, and none that it needs works here (see tenon doctor)`,
  };
}

function isKept(level: Enforcement): boolean {
  return level === "enforced" || level === "sandbox";
}

function grantsOf(requests: CapabilityRequests, rules: readonly Rule[]): Grants {
  const said = <K extends "grant" | "only" | "deny">(key: K) =>
    rules.flatMap((rule) => (rule[key] === undefined ? [] : [{ rule: `${rule.at}.${key}`, value: rule[key] }]));
  const granting: Group = {
    rule: NO_GRANT,
    isNarrowing: false,
    sets: said("grant").map(({ rule, value }) => ({ rule, set: value === "requested" ? "all" : value })),
  };
  return {
    allow: [
      {
        rule: NOT_REQUESTED,
        isNarrowing: false,
        sets: [{ rule: "the manifest", set: asSet(requests) }],
      },
      granting,
      ...said("only").map(({ rule, value }) => ({ rule, isNarrowing: true, sets: [{ rule, set: value }] })),
    ],
    deny: said("deny").map(({ rule, value }) => ({ rule, set: value })),
  };
}

function asSet({ fs, net, env, exec, hostFunctions, clock, random }: CapabilityRequests): AccessSet {
  return {
    fs: fs.map(({ path, mode }) => ({ path, mode })),
    net: net.map(({ host, port }) => ({ host, port })),
    env: env.map(({ name }) => name),
    exec: exec.map(({ program, args }) => ({ program, ...(args !== undefined && { args }) })),
    ...(hostFunctions !== undefined && { "host-functions": hostFunctions.map((one) => one.function) }),
    ...(clock !== undefined && { clock: clock.access }),
    ...(random !== undefined && { random: random.access }),
  };
}

function limitsOf(rules: readonly Rule[]): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {};
  for (const rule of rules) {
    for (const [name, value] of Object.entries(rule.limits ?? {}))
      limits[name] = Math.min(value, limits[name] ?? value);
  }
  return limits;
}
