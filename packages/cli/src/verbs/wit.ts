// `tenon wit`: a WIT path -> its resolved contract as text, JSON or digests.
import type { Command } from "commander";
import { contractFromResolve, printWit, selectWorld, type ContractInterface, type Resolve } from "@tenon/contract";
import { readWit, type WitSelection } from "../contract-source.ts";
import { usage } from "../usage.ts";
import { columns, say, sayJson } from "../terminal.ts";

interface Options extends WitSelection {
  readonly json?: boolean;
  readonly digest?: boolean;
}

export function define(command: Command): void {
  command
    .argument("<path>", "a WIT file, or a folder with *.wit files and deps/")
    .option("--world <name>", "only this world and what it needs: a name or a full id")
    .option("--features <names>", "turn on @unstable features, separated by commas")
    .option("--all-features", "turn on all of them")
    .option("--digest", "print the digests of the contract and of its interfaces")
    .addHelpText(
      "after",
      `
Faults go to standard error as \`file:line:column: message\`, each with a hint and the line it stands on; with --json
they are a JSON list on standard output. Without faults --json prints what \`wasm-tools component wit --json\` prints.

Examples:
  tenon wit contracts/builder
  tenon wit plugin.wit --world plugin --digest
  tenon wit plugin.wit --json --features http3,trailers`,
    )
    .action((path: string, options: Options) => printContract(path, options));
}

function printContract(path: string, options: Options): void {
  const { resolve, rootPackage } = readWit(path, options);
  if (options.digest) return printDigests(resolve, rootPackage, options);
  if (options.json) {
    if (options.world !== undefined)
      throw usage("--json prints all worlds; --world goes with text and --digest", "wit");
    return sayJson(resolve);
  }
  const shown =
    options.world === undefined ? resolve : narrow(resolve, selectWorld(resolve, rootPackage, options.world));
  const shownRoot = shown.packages.findIndex((pkg) => pkg.name === resolve.packages[rootPackage]?.name);
  say(printWit(shown, Math.max(0, shownRoot)).trimEnd());
}

function printDigests(resolve: Resolve, rootPackage: number, { world, json }: Options): void {
  const contract = contractFromResolve(resolve, selectWorld(resolve, rootPackage, world));
  const { id, digest } = contract;
  const side = (list: readonly ContractInterface[]) => list.map((one) => ({ id: one.id, digest: one.digest }));
  if (json) return sayJson({ id, digest, exports: side(contract.exports), imports: side(contract.imports) });
  const rows = (word: string, list: readonly ContractInterface[]): string[][] =>
    list.map((one) => [word, one.id === "" ? "(functions of the world)" : one.id, one.digest]);
  say(columns([["world", id, digest], ...rows("export", contract.exports), ...rows("import", contract.imports)]));
}

/** The Resolve with one world only, and the interfaces it mentions: a resolved world lists all that it needs. */
function narrow(resolve: Resolve, world: number): Resolve {
  const kept = resolve.worlds[world];
  if (kept === undefined) return resolve;
  const items = [...Object.values(kept.imports), ...Object.values(kept.exports)];
  const used = new Set(items.flatMap((item) => ("interface" in item ? [item.interface.id] : [])));
  const only = (ids: Readonly<Record<string, number>>, isKept: (id: number) => boolean): Record<string, number> =>
    Object.fromEntries(Object.entries(ids).filter(([, id]) => isKept(id)));
  const packages = resolve.packages.map((pkg) => ({
    ...pkg,
    interfaces: only(pkg.interfaces, (id) => used.has(id)),
    worlds: only(pkg.worlds, (id) => id === world),
  }));
  const places = packages.map((pkg) => Object.keys(pkg.interfaces).length + Object.keys(pkg.worlds).length > 0);
  const next = places.map((isKept, index) => (isKept ? places.slice(0, index).filter(Boolean).length : -1));
  const moved = <T extends { readonly package: number }>(one: T): T => ({ ...one, package: next[one.package] ?? -1 });
  return {
    ...resolve,
    packages: packages.filter((_, index) => places[index]),
    interfaces: resolve.interfaces.map(moved),
    worlds: resolve.worlds.map(moved),
  };
}
