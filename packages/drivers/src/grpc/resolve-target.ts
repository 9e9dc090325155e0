// `host:port`, `dns:///host:port`, `ipv4:a:port,b:port` or `unix:/path` -> the addresses to dial and the name that their certificates must have.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { TenonError } from "@tenon/contract/core";
import { invalid } from "./options.ts";

export interface ResolvedTarget {
  /** What grpc-js dials, one for each place: `ipv4:10.0.0.1:50051`, `unix:/path`. */
  readonly addresses: readonly string[];
  readonly authority: string;
}

/** More machines than one host calls directly; a name with more is cut. */
const MAX_ADDRESSES = 64;

/**
 * Looks the name up anew each time. `dns:///` gives every address that it has, `ipv4:` and `ipv6:` those that they list, a
 * bare `host:port` the first one (grpc/grpc doc/naming.md). Rejects with config-invalid or start-failed.
 */
export async function resolveTarget(target: string): Promise<ResolvedTarget> {
  if (target.startsWith("unix:")) return { addresses: [target], authority: "localhost" };
  const listed = /^ipv[46]:(.+)$/.exec(target)?.[1];
  if (listed !== undefined) {
    const scheme = target.slice(0, 4);
    const addresses = listed.split(",").map((one) => `${scheme}:${one.trim()}`);
    return { addresses: [...new Set(addresses)].slice(0, MAX_ADDRESSES), authority: "localhost" };
  }
  const isBalanced = target.startsWith("dns:");
  const name = isBalanced ? target.replace(/^dns:(\/\/\/)?/, "") : target;
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(name);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port < 1 || port > 65_535)
    throw invalid(
      `artifact.target ${JSON.stringify(target.slice(0, 200))} is no address`,
      'write "host:port", "dns:///host:port" or "unix:/path"',
    );
  const found = await addressesOf(host);
  const addresses = (isBalanced ? found : found.slice(0, 1)).slice(0, MAX_ADDRESSES);
  return {
    addresses: addresses.map((ip) => (isIP(ip) === 6 ? `ipv6:[${ip}]:${port}` : `ipv4:${ip}:${port}`)),
    authority: host,
  };
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const all = await lookup(host, { all: true });
    return [...new Set(all.map(({ address }) => address))];
  } catch (cause) {
    throw new TenonError("start-failed", `the name ${host} has no address`, {
      cause,
      hint: "check artifact.target and the network",
      sideEffects: "none",
    });
  }
}
