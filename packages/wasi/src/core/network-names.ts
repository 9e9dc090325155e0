// Names to addresses: by the system, or by name servers that the operator has named.
import { lookup, Resolver } from "node:dns/promises";

/** Rejects with Node's DNS errors (`ENOTFOUND`, `EAI_AGAIN`, `ETIMEOUT`). */
export type LookUp = (name: string) => Promise<readonly string[]>;

/** No record of one kind is no failure while there is one of the other. */
const NO_RECORD = new Set(["ENODATA", "ENOTFOUND"]);

export function createResolver(servers: readonly string[] | undefined): LookUp {
  const bySystem: LookUp = async (name) => {
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  };
  if (servers === undefined) return bySystem;
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  resolver.setServers(servers);
  return async (name) => {
    // RFC 6761: localhost is nobody's to answer for.
    if (name.toLowerCase() === "localhost") return bySystem(name);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (found.length > 0) return found;
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
    throw failures.find((failure) => !NO_RECORD.has((failure as NodeJS.ErrnoException).code ?? "")) ?? failures[0];
  };
}
