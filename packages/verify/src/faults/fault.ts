// What a fault is: data that every driver is run against, and what it gets for it.
import type { ErrorCode, TenonError } from "@tenon/contract";
import type { DriverTraits, Limits, LogEntry, Plugin } from "@tenon/host";
import type { FaultExports } from "./contract.ts";

/**
 * Which plugin an artifact holds: `faults` does all that the contract says; `start-spins` never ends its start (a start
 * function, a module's top level); `initialize-spins` the same in what a language runs first; `deep-types`
 * nests types a hundred thousand levels deep in its binary.
 */
export type FaultArtifact = "faults" | "start-spins" | "initialize-spins" | "deep-types";

export type FaultPlugin = Plugin<FaultExports>;

export interface FaultTools {
  readonly plugin: FaultPlugin;
  readonly traits: DriverTraits;
  readonly limits: Limits;
  readonly logs: readonly LogEntry[];
}

interface FaultBase {
  /** The fault's number in the catalogue, docs/security.md. */
  readonly id: string;
  /** What the plugin does, unique among those of its id. */
  readonly what: string;
  /** Why a driver with these traits has nothing to show here; undefined where the fault applies. */
  readonly exempt?: (traits: DriverTraits) => string | undefined;
  readonly limits?: Partial<Limits>;
}

/** A plugin that misbehaves when it is called. */
export interface CallFault extends FaultBase {
  readonly provoke: (tools: FaultTools) => Promise<unknown>;
  /** Codes of which the call must fail with one; empty where it must succeed, and `check` says with what. */
  readonly codes: readonly ErrorCode[];
  readonly check?: (outcome: FaultOutcome, tools: FaultTools) => void;
}
export interface FaultOutcome {
  readonly value: unknown;
  readonly error: TenonError | undefined;
}

/** A plugin that misbehaves while it starts: it must not be loaded. */
export interface StartFault extends FaultBase {
  readonly artifact: Exclude<FaultArtifact, "faults">;
  readonly codes: readonly ErrorCode[];
}

export type Fault = CallFault | StartFault;

export function faultName({ id, what }: Fault): string {
  return `${id}/${what}`;
}

export function isStartFault(fault: Fault): fault is StartFault {
  return "artifact" in fault;
}
