// What operators say about plugins, as checked data: where each runs, how far it is trusted, what it may do.
import type { AccessSet } from "./capabilities.ts";
import { matchesText } from "./patterns.ts";

/**
 * `contained` (the default): only where the boundary keeps it from all that it was not granted. `trusted`: also where it
 * could do more than it asks for. `remote`: on another machine, where the host can answer for its own side only.
 */
export const TRUSTS = ["contained", "trusted", "remote"] as const;
export type Trust = (typeof TRUSTS)[number];

/**
 * What an operator says of a sandbox of the operating system around a plugin's process. `required`: the plugin loads in one or not
 * at all. `off`: it runs without. Unsaid, plugins that are `contained` get one wherever one works.
 */
export const SANDBOX_USES = ["required", "off"] as const;
export type SandboxUse = (typeof SANDBOX_USES)[number];

/** What one policy file says. A project's file may only tighten, so the reader refuses in it whatever could widen. */
export interface Policy {
  /** The file, for people. */
  readonly file: string;
  readonly scope: "user" | "project";
  readonly plugins: readonly Placement[];
  readonly rules: readonly Rule[];
  /** Digests of plugins (`sha256:` and 64 hexadecimal digits) that may run wherever the operator puts them. */
  readonly trustedDigests: readonly string[];
}

/** Where plugins run and how far they are trusted. Of several that match, the later wins for what it says. */
export interface Placement {
  /** An id, in which `*` is any text. */
  readonly plugin: string;
  readonly trust?: Trust | undefined;
  readonly boundary?: string | undefined;
  readonly isolation?: string | undefined;
  readonly sandbox?: SandboxUse | undefined;
}

/** One rule applies where all that it names fit; an absent name fits everything. */
export interface Rule {
  /** Its place, `/etc/tenon/policy.json: $.rules[2]`: what the audit log names. */
  readonly at: string;
  readonly plugin?: string | undefined;
  readonly trust?: Trust | undefined;
  readonly boundary?: string | undefined;
  /** Gives what the manifest asks for, or as much of it as the set has. Rules add up. */
  readonly grant?: "requested" | AccessSet | undefined;
  /** Leaves no more than this, of the kinds that it has. Every such rule must let an access through. */
  readonly only?: AccessSet | undefined;
  /** Takes away, whatever else is granted. */
  readonly deny?: AccessSet | undefined;
  /** Upper ends; the least of all wins. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
}

/** Where one plugin runs and how far it is trusted, from all policies. */
export function placementOf(policies: readonly Policy[], plugin: string): Omit<Placement, "plugin"> & { trust: Trust } {
  const found = policies.flatMap((policy) => policy.plugins).filter((one) => matchesText(one.plugin, plugin));
  const last = <K extends "trust" | "boundary" | "isolation" | "sandbox">(key: K): Placement[K] =>
    found.findLast((one) => one[key] !== undefined)?.[key];
  return {
    trust: last("trust") ?? "contained",
    boundary: last("boundary"),
    isolation: last("isolation"),
    sandbox: last("sandbox"),
  };
}

/** The rules for one plugin at one trust on one boundary, in order. */
export function rulesFor(
  policies: readonly Policy[],
  { plugin, trust, boundary }: { readonly plugin: string; readonly trust: Trust; readonly boundary: string },
): readonly Rule[] {
  return policies
    .flatMap((policy) => policy.rules)
    .filter(
      (rule) =>
        (rule.plugin === undefined || matchesText(rule.plugin, plugin)) &&
        (rule.trust === undefined || rule.trust === trust) &&
        (rule.boundary === undefined || rule.boundary === boundary),
    );
}
