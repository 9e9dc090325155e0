// Grants of hosts and ports to a decision about each address: names are allowed by name, connections by what they resolved to.
import { TenonError } from "@tenon/contract/core";
import { canonicalAddress, classifyAddress } from "./addresses.ts";

export interface NetworkOptions {
  /**
   * `host:port`, `address:port` or `[address]:port`, the port a number or `*`. A name allows the public addresses that it
   * resolves to; an address in a private, loopback, link-local or metadata range must be named itself, or be `localhost`.
   */
  readonly allow?: readonly string[];
  /**
   * `address:port` or `[address]:port` where the guest may take connections and datagrams of anybody who reaches it; port 0 is
   * one that the system picks, `*` any. Default none.
   */
  readonly listen?: readonly string[];
  /** Lets granted names resolve to private and loopback addresses. Default false: a name that its owner points inwards is an attack. */
  readonly allowPrivate?: boolean;
  /** Name servers to ask (`address:port`) in place of the system's resolver. */
  readonly dnsServers?: readonly string[];
  readonly http?: Partial<HttpLimits>;
}

/** What wasi:http may take. */
export interface HttpLimits {
  /** Bytes of all headers (or trailers) of one message, either way. Default 16 KiB, Node's own limit. */
  readonly maxHeaderBytes: number;
  /** Bytes of one body, either way. Default: no limit, since bodies stream and `maxIoBytes` counts them all. */
  readonly maxBodyBytes: number;
  /** The longest of each timeout, and what is taken where the guest names none. Default 10 minutes, as Wasmtime has it. */
  readonly maxTimeoutMs: number;
  /** Certificates of authorities in PEM, trusted beside Node's own. */
  readonly ca: readonly string[];
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  maxTimeoutMs: 600_000,
  ca: [],
};

interface Grant {
  readonly host: string;
  readonly port: number | "*";
  readonly isAddress: boolean;
}

export class NetworkPolicy {
  readonly #grants: readonly Grant[];
  readonly #listens: readonly Grant[];
  readonly #allowPrivate: boolean;
  /** What granted names resolved to, with the ports of their grants: an address is only good for the name that led to it. */
  readonly #resolved = new Map<string, Set<number | "*">>();

  constructor(options: NetworkOptions) {
    this.#grants = (options.allow ?? []).map((text) => parseGrant(text, 1));
    this.#listens = (options.listen ?? []).map(parseListen);
    this.#allowPrivate = options.allowPrivate ?? false;
  }

  /** Whether anything at all may be reached. */
  get reachesOut(): boolean {
    return this.#grants.length > 0;
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
    return this.#mayReach(address, port);
  }

  /** Whether a request may name this host; what it resolves to is asked with `reachable` then. */
  mayRequest(host: string, port: number): boolean {
    const address = canonicalAddress(host);
    if (address !== undefined) return this.#mayReach(address, port);
    return this.#grantsFor(host).some((grant) => isPort(grant, port));
  }

  /** Those of `addresses`, to which `host` resolved just now, that one connection to `port` may use. Nothing is remembered. */
  reachable(host: string, port: number, addresses: readonly string[]): readonly string[] {
    if (!this.mayRequest(host, port)) return [];
    return addresses.filter((text) => {
      const address = canonicalAddress(text);
      return address !== undefined && (this.#isOpen(host, address) || this.#mayReach(address, port));
    });
  }

  mayListen(text: string, port: number): boolean {
    const address = canonicalAddress(text);
    return this.#listens.some((grant) => grant.host === address && isPort(grant, port));
  }

  #mayReach(address: string, port: number): boolean {
    return this.#grants.some((grant) => grant.isAddress && grant.host === address && isPort(grant, port));
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

function isPort(grant: Grant, port: number): boolean {
  return grant.port === port || grant.port === "*";
}

function parseListen(text: string): Grant {
  const grant = parseGrant(text, 0);
  if (grant.isAddress) return grant;
  throw new TenonError("config-invalid", `the listen grant ${JSON.stringify(text)} is no address and port`, {
    hint: "write 127.0.0.1:8080, 127.0.0.1:0 for a port that the system picks, or [::1]:*",
  });
}

function parseGrant(text: string, leastPort: number): Grant {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\*|\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = parts?.[3] === "*" ? "*" : Number(parts?.[3]);
  const address = host === undefined ? undefined : canonicalAddress(host);
  const isBad = host === undefined || (parts?.[1] !== undefined && address === undefined);
  if (isBad || (port !== "*" && !(port >= leastPort && port <= 65_535))) {
    throw new TenonError("config-invalid", `the network grant ${JSON.stringify(text)} is not host:port`, {
      hint: "write example.org:443, 10.0.0.7:8080 or [2001:db8::1]:*",
    });
  }
  return { host: address ?? host.toLowerCase(), port, isAddress: address !== undefined };
}
