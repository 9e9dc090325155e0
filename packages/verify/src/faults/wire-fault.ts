// What a fault of a wire is: data about a peer that says what no plugin of an author kit would, and how that must end.
import type { ErrorCode } from "@tenon/contract";
import type { Limits, PluginEvent } from "@tenon/host";
import type { FaultPlugin } from "./fault.ts";

/**
 * What is said between host and plugin: `frames` and `json-rpc` are lines and pipes (docs/spec/wire.md), `go-plugin` a line
 * and then gRPC over a socket, `thread` the ports of a worker.
 */
export type Wire = "frames" | "json-rpc" | "go-plugin" | "thread";

export interface WireTools {
  readonly plugin: FaultPlugin;
  readonly events: readonly PluginEvent[];
}

export interface WireFault {
  /** The fault's number in the catalogue, docs/security.md. */
  readonly id: string;
  /** What the peer does. */
  readonly what: string;
  /** Its name among those that the peers of these wires know. */
  readonly act: string;
  readonly wires: readonly Wire[];
  /** Codes of which the call must fail with one; empty where it must succeed. */
  readonly codes: readonly ErrorCode[];
  /** What the error and its notes say. */
  readonly says?: RegExp;
  readonly limits?: Partial<Limits>;
  /** Default one call of `ping(7)`, which starts the peer, and is answered by 7 where it must succeed. */
  readonly provoke?: (tools: WireTools) => Promise<unknown>;
}

export function wireFaultName({ id, what }: WireFault): string {
  return `${id}/${what}`;
}
