// Trust, what the operator says and what this machine has -> the sandbox of the operating system that a plugin runs in, if any.
import { WITHOUT_SANDBOX, type Capability, type Enforcement, type Kind } from "./capabilities.ts";
import type { Outcome } from "./outcome.ts";
import type { SandboxUse, Trust } from "./policy.ts";

/** What a sandbox has to do for one plugin; all of them keep it from files, networks and variables that it was not granted. */
export interface SandboxNeeds {
  /** Whether the plugin may start processes, inside of the sandbox. Only those that are trusted may. */
  readonly processes: boolean;
  /** Whether it was granted hosts of the network. */
  readonly network: boolean;
}

interface Asked {
  readonly trust: Trust;
  readonly sandbox?: SandboxUse | undefined;
  readonly enforcement: Readonly<Record<Capability, Enforcement>>;
  readonly takesSandbox?: boolean | undefined;
  readonly hasSandbox?: ((needs: SandboxNeeds) => boolean) | undefined;
  readonly isTrustedInFull: boolean;
  readonly outcomes: readonly { readonly kind: Kind; readonly outcome: Outcome }[];
}

/** `isMissing`: one would be used, and none that does what it needs to works here. */
export function sandboxFor(asked: Asked): { readonly sandbox: SandboxNeeds | undefined; readonly isMissing: boolean } {
  const { trust, sandbox: use, isTrustedInFull, enforcement, takesSandbox, outcomes, hasSandbox } = asked;
  const isWanted = use === "required" || (use === undefined && trust === "contained" && !isTrustedInFull);
  if (!isWanted || takesSandbox !== true) return { sandbox: undefined, isMissing: false };
  const of = (kind: Kind): readonly Outcome[] => outcomes.filter((one) => one.kind === kind).map((one) => one.outcome);
  const sandbox = {
    // A sandbox cannot tell one program from another: it is all, or none where any was denied.
    processes: trust !== "contained" && of("exec").every((outcome) => outcome === "granted"),
    network: of("net").some((outcome) => outcome !== "denied"),
  };
  // Where the boundary itself lets a guest reach hosts, it does so from inside: a sandbox would be in its way.
  const isInTheWay = sandbox.network && enforcement.net === "enforced";
  const isThere = !isInTheWay && hasSandbox?.(sandbox) === true;
  return isThere ? { sandbox, isMissing: false } : { sandbox: undefined, isMissing: true };
}

/** What is left of the boundary's promises. */
export function withoutSandbox(
  enforcement: Readonly<Record<Capability, Enforcement>>,
): Readonly<Record<Capability, Enforcement>> {
  const levels = Object.entries(enforcement) as [Capability, Enforcement][];
  return Object.fromEntries(
    levels.map(([capability, level]) => [
      capability,
      level === "sandbox" ? (WITHOUT_SANDBOX[capability] ?? "none") : level,
    ]),
  ) as Record<Capability, Enforcement>;
}
