// Grants of hosts and ports to a decision about each address: names are allowed by name, connections by what they resolved to.
import { TenonError } from "@tenon/contract/core";
import { canonicalAddress, classifyAddress } from "./addresses.ts";

export interface NetworkOptions {
  /**
   * `host:port`, `address:port` or `[address]:port`, the port a number or `*`. A name allows the public addresses that it
   * resolves to; an address in a private, loopback, link-local or metadata range must be named itself, or be `localhost`.
   */
  readonly allow: readonly string[];
  /** Lets granted names resolve to private and loopback addresses. Default false: a name that its owner points inwards is an attack. */
  readonly allowPrivate?: boolean;
}

interface Grant {
  readonly host: string;
  readonly port: number | "*";
  readonly isAddress: boolean;
}

export class NetworkPolicy {
  readonly #grants: readonly Grant[];
  readonly #allowPrivate: boolean;
  /** What granted names resolved to, with the ports of their grants: an address is only good for the name that led to it. */
  readonly #resolved = new Map<string, Set<number | "*">>();

  constructor(options: NetworkOptions) {
    this.#grants = options.allow.map(parseGrant);
    this.#allowPrivate = options.allowPrivate ?? false;
  }

  mayResolve(name: string): boolean {
    return this.#grantsFor(name).length > 0;
  }

  /** Those of `addresses` that may be connected to; they are remembered. */
  resolved(name: string, addresses: readonly string[]): readonly string[] {
    const ports = this.#grantsFor(name).map((grant) => grant.port);
    return addresses.filter((text) => {
      const address = canonicalAddress(text);
      if (address === undefined || ports.length === 0 || !this.#isOpen(name, address)) return false;
      const known = this.#resolved.get(address) ?? new Set();
      for (const port of ports) known.add(port);
      this.#resolved.set(address, known);
      return true;
    });
  }

  /** Asked with the very address that will be connected to. */
  mayConnect(text: string, port: number): boolean {
    const address = canonicalAddress(text);
    if (address === undefined) return false;
    const ports = this.#resolved.get(address);
    if (ports !== undefined && (ports.has(port) || ports.has("*"))) return true;
    return this.#grants.some(
      (grant) => grant.isAddress && grant.host === address && (grant.port === port || grant.port === "*"),
    );
  }

  #grantsFor(name: string): readonly Grant[] {
    const wanted = name.toLowerCase().replace(/\.$/, "");
    return this.#grants.filter((grant) => !grant.isAddress && grant.host === wanted);
  }

  #isOpen(name: string, address: string): boolean {
    const found = classifyAddress(address);
    if (found === "public") return true;
    if (found === "loopback" && name.toLowerCase() === "localhost") return true;
    return this.#allowPrivate && (found === "private" || found === "loopback");
  }
}

function parseGrant(text: string): Grant {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\*|\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = parts?.[3] === "*" ? "*" : Number(parts?.[3]);
  const address = host === undefined ? undefined : canonicalAddress(host);
  const isBad = host === undefined || (parts?.[1] !== undefined && address === undefined);
  if (isBad || (port !== "*" && !(port >= 1 && port <= 65_535))) {
    throw new TenonError("config-invalid", `the network grant ${JSON.stringify(text)} is not host:port`, {
      hint: "write example.org:443, 10.0.0.7:8080 or [2001:db8::1]:*",
    });
  }
  return { host: address ?? host.toLowerCase(), port, isAddress: address !== undefined };
}
