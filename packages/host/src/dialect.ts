// What an artifact says it was built for, and the contracts that the host can speak -> the one that both will, or the
// refusal that shows both lists. Every boundary asks here, whatever its artifacts say it by.
import { TenonError, terminalSafe } from "@tenon/contract/base";
import type { Contract } from "@tenon/contract/core";
import type { Dialect, OpenContext } from "./driver.ts";

/** One contract that an artifact says it was built for. At least one of `id` and `digest` is there. */
export interface Stamp {
  /** `demo:greeter/plugin@0.1.0` */
  readonly id?: string | undefined;
  /** `abi:sha256:...`. Where it is there, the id is for people: digests do not depend on version numbers. */
  readonly digest?: string | undefined;
  /** Digests of interfaces by their ids, on boundaries whose artifacts carry them: they say what differs. */
  readonly exports?: Readonly<Record<string, string>> | undefined;
  readonly imports?: Readonly<Record<string, string>> | undefined;
}

/** A digest, or an id with its version, as JSON-RPC plugins and manifests name what they were built for. */
export function readStamp(text: string): Stamp {
  return text.includes("/") ? { id: text } : { digest: text };
}

/** Everything that the host can speak, its own contract first, then the others as it prefers them. */
export function offersOf({ contract, dialects = [] }: Pick<OpenContext, "contract" | "dialects">): readonly Contract[] {
  return [contract, ...dialects.map((dialect) => dialect.contract)];
}

/** The context in which a plugin of `contract`, one of `offersOf(context)`, is opened. */
export function speaking<T extends Dialect & Pick<OpenContext, "dialects">>(context: T, contract: Contract): T {
  if (contract === context.contract) return context;
  const dialect = context.dialects?.find((one) => one.contract === contract);
  if (dialect === undefined) throw new TenonError("internal", `${contract.id} was never offered`);
  return { ...context, ...dialect, dialects: [] };
}

/**
 * The first of `offers` that a stamp names; where several have that digest, the one of the stamp's very version, because
 * some artifacts carry versions in the names of their functions. undefined where there is none.
 */
export function findContract(offers: readonly Contract[], stamps: readonly Stamp[]): Contract | undefined {
  const fitting = offers.filter((offer) => stamps.some((stamp) => isStampOf(stamp, offer)));
  return fitting.find(({ id }) => stamps.some((stamp) => stamp.id === id)) ?? fitting[0];
}

/**
 * The same where there has to be one. `who` begins the message: `the library`. Throws contract-mismatch with both lists,
 * which are in its details as `plugin` and `host` as well.
 */
export function chooseContract(offers: readonly Contract[], stamps: readonly Stamp[], who: string): Contract {
  const found = findContract(offers, stamps);
  if (found !== undefined) return found;
  throw contractMismatch(offers, stamps, who);
}

/** The refusal of an artifact that was built for none of `offers`. `more` is a further clause of the message. */
export function contractMismatch(
  offers: readonly Contract[],
  stamps: readonly Stamp[],
  who: string,
  more: string = "",
): TenonError {
  const differences = stamps.length === 1 && offers[0] !== undefined ? differencesOf(stamps[0]!, offers[0]) : [];
  const differs = differences.length > 0 ? `; what differs: ${differences.join("; ")}` : "";
  const plugin = stamps.map(({ id, digest }) => ({
    ...(id && { id: safe(id) }),
    ...(digest && { digest: safe(digest) }),
  }));
  return new TenonError(
    "contract-mismatch",
    `${who} was built for ${listText(plugin) || "nothing that it names"}, the host speaks ${listText(offers)}${differs}${more}`,
    {
      hint: "take a version of the plugin that was built for one of these, or give the host the frozen snapshot that it was built for",
      sideEffects: "none",
      details: { plugin, host: offers.map(({ id, digest }) => ({ id, digest })), differences },
    },
  );
}

function isStampOf({ id, digest }: Stamp, offer: Contract): boolean {
  return digest === undefined ? id === offer.id : digest === offer.digest;
}

/** In a longer list digests are as short as they can be told apart; the error's details have them whole. */
function listText(list: readonly Pick<Stamp, "id" | "digest">[]): string {
  const shown = (digest: string): string =>
    list.length > 1 ? digest.slice(0, "abi:sha256:".length + SHORT_DIGITS) : digest;
  const text = ({ id, digest }: Pick<Stamp, "id" | "digest">): string => {
    if (id === undefined) return digest ?? "?";
    return digest === undefined ? id : `${id} (${shown(digest)})`;
  };
  const more = list.length > MAX_SHOWN ? ` or ${list.length - MAX_SHOWN} more` : "";
  return `${list.slice(0, MAX_SHOWN).map(text).join(" or ")}${more}`;
}

/** What an artifact says is foreign text. */
function safe(text: string): string {
  return terminalSafe(text).slice(0, 200);
}

function differencesOf(stamp: Stamp, own: Contract): string[] {
  return (["exports", "imports"] as const).flatMap((side) => {
    const said = stamp[side];
    if (said === undefined) return [];
    const mine = new Map(own[side].map(({ id, digest }) => [nameOf(id), digest]));
    const theirs = new Map(Object.entries(said).map(([id, digest]) => [nameOf(safe(id)), safe(digest)]));
    const names = [...new Set([...mine.keys(), ...theirs.keys()])].sort();
    return names.flatMap((name) => {
      const [here, there] = [mine.get(name), theirs.get(name)];
      if (here === there) return [];
      if (here === undefined) return [`${side}: only the plugin has ${name}`];
      if (there === undefined) return [`${side}: the plugin lacks ${name}`];
      return [`${side}: ${name} is ${short(there)} there and ${short(here)} here`];
    });
  });
}

function nameOf(id: string): string {
  return id === "" ? "the world's own functions" : id;
}

/** Enough to tell two apart. */
const SHORT_DIGITS = 12;
/** What a list of strangers may take of a message; hosts have rarely more. */
const MAX_SHOWN = 12;

function short(digest: string): string {
  return digest.slice(0, "i:sha256:".length + SHORT_DIGITS);
}
