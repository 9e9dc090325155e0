// The first line each way on a byte boundary: one readable JSON object that settles protocol, encoding and contract.
import { TenonError, terminalSafe, type Contract } from "@tenon/contract/core";
import { contractMismatch, findContract, offersOf, readStamp } from "../dialect.ts";
import type { OpenContext } from "../driver.ts";

/** The version of this protocol; a plugin that answers another one is refused. */
const PROTOCOL = 1;
/** Generous for any list of functions, and too little to fill anybody's memory. */
export const MAX_HANDSHAKE_BYTES: number = 64 * 1024;
/** How much of a wrong first line an error quotes. */
const QUOTED_CHARACTERS = 200;

/** How calls are written after the handshake. */
export type WireEncoding = "frames" | "json-rpc";
const ENCODINGS: readonly WireEncoding[] = ["frames", "json-rpc"];

/** A contract by its two names. */
export interface ContractName {
  readonly id: string;
  readonly digest: string;
}

/**
 * What a side may do that the other has to want: it does so only where both list it. `cancel`: the host says that it no
 * longer waits for a call. `trace`: calls carry the caller's trace context. A plugin that says nothing of features is one
 * that was made before there were any, and gets both. Unknown names are never a reason to refuse.
 */
export const FEATURES = ["cancel", "trace"] as const;
export type Feature = (typeof FEATURES)[number];
const MAX_LISTED = 256;

/** What the host says first. A plugin may ignore it and still be served. */
export interface HostGreeting {
  readonly tenon: typeof PROTOCOL;
  /** `tenon/0.1.0`, for the plugin's log. */
  readonly host: string;
  /** The host's own, the first of `offers`. */
  readonly contract: ContractName;
  /** Everything that the host can speak, the preferred ones first. */
  readonly offers: readonly ContractName[];
  /** Of `contract`. Paths of the functions in canonical order: the position is the function index of the frames. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
  readonly encodings: readonly WireEncoding[];
  readonly features: readonly Feature[];
}

/** What the plugin answers, or says first. */
export interface PluginGreeting {
  readonly encoding: WireEncoding;
  /** The digest of the contract that it will speak, or (JSON-RPC only) its id with version. */
  readonly contract: string;
  /** All that it could speak, where that is more than one: what a refusal shows. */
  readonly contracts?: readonly string[] | undefined;
  /** Paths it implements; absent means all. */
  readonly implements: readonly string[] | undefined;
  readonly features?: readonly string[] | undefined;
}

/** What a session may be about: a contract, and the others that the host can speak as well. */
export type HandshakeSide = Pick<OpenContext, "contract" | "exports" | "imports" | "dialects">;

/** The host's line with its newline. `host` names the program and its version. */
export function formatHostGreeting(side: HandshakeSide, host: string): string {
  const offers = offersOf(side).map(({ id, digest }) => ({ id, digest }));
  const greeting: HostGreeting = {
    tenon: PROTOCOL,
    host,
    contract: offers[0]!,
    offers,
    exports: side.exports.map((func) => func.path),
    imports: side.imports.map((func) => func.path),
    encodings: ENCODINGS,
    features: FEATURES,
  };
  return `${JSON.stringify(greeting)}\n`;
}

/** The plugin's line with its newline. */
export function formatPluginGreeting(greeting: PluginGreeting): string {
  return `${JSON.stringify({ tenon: PROTOCOL, ...greeting })}\n`;
}

/** Instead of a greeting: why the plugin cannot serve. The host's `load` rejects with it. */
export function formatPluginRefusal(error: TenonError): string {
  return `${JSON.stringify({ tenon: PROTOCOL, error })}\n`;
}

/** What a plugin may say of its own start; anything else is start-failed. */
const REFUSALS: ReadonlySet<string> = new Set([
  "contract-mismatch",
  "function-missing",
  "artifact-invalid",
  "config-invalid",
  "library-missing",
  "file-missing",
  "resource-exhausted",
]);

/** Reads the plugin's line. Throws handshake-failed with the reason and the line's beginning, or what the plugin refused with. */
export function parsePluginGreeting(line: Uint8Array): PluginGreeting {
  const fields = parseLine(line, "the plugin");
  if (fields.has("error")) throw refusalOf(fields.get("error"));
  const encoding = ENCODINGS.find((known) => known === fields.get("encoding"));
  if (encoding === undefined) throw refused(`"encoding" must be one of ${ENCODINGS.join(", ")}`, line);
  const contract = fields.get("contract");
  if (typeof contract !== "string")
    throw refused('"contract" must be the digest or the id of the contract that the plugin serves', line);
  const texts = (name: string, what: string): readonly string[] | undefined => {
    const list = fields.get(name);
    const isList = Array.isArray(list) && list.every((item) => typeof item === "string");
    if (list !== undefined && !isList) throw refused(`"${name}" must be a list of ${what}`, line);
    return list;
  };
  return {
    encoding,
    contract,
    contracts: texts("contracts", "digests or ids of contracts")?.slice(0, MAX_LISTED),
    implements: texts("implements", "function paths"),
    features: texts("features", "names")?.slice(0, MAX_LISTED),
  };
}

/** Reads the host's line, for plugins. A host that offers nothing beside its contract need not say so. Throws handshake-failed. */
export function parseHostGreeting(
  line: Uint8Array,
): Pick<HostGreeting, "contract" | "offers" | "encodings" | "features"> {
  const fields = parseLine(line, "the host");
  const contract = contractName(fields.get("contract"));
  if (contract === undefined) throw refused('"contract" must have an id and a digest', line);
  const list = (name: string): readonly unknown[] => {
    const value = fields.get(name);
    return Array.isArray(value) ? (value as readonly unknown[]).slice(0, MAX_LISTED) : [];
  };
  const offers = list("offers").flatMap((one) => contractName(one) ?? []);
  return {
    contract,
    offers: offers.length === 0 ? [contract] : offers,
    encodings: ENCODINGS.filter((known) => list("encodings").includes(known)),
    features: FEATURES.filter((feature) => list("features").includes(feature)),
  };
}

function contractName(value: unknown): ContractName | undefined {
  const { id, digest } = (value ?? {}) as { readonly id?: unknown; readonly digest?: unknown };
  return typeof id === "string" && typeof digest === "string" ? { id, digest } : undefined;
}

/**
 * What a plugin that was built for several contracts speaks with this host, by the same rule as the host's own choice: the
 * first of the offers that it knows. Where it knows none it says what it likes best, and the host refuses with both lists.
 */
export function chooseOffer<T extends ContractName>(offers: readonly ContractName[], known: readonly T[]): T {
  const named = offers.flatMap(
    (offer) => known.find(({ id, digest }) => id === offer.id && digest === offer.digest) ?? [],
  );
  const alike = offers.flatMap((offer) => known.find(({ digest }) => digest === offer.digest) ?? []);
  return named[0] ?? alike[0] ?? known[0]!;
}

/**
 * The contract that the session is about: the one of the host's offers that the plugin says it speaks. Throws
 * contract-mismatch with both lists (frames need the exact digest, because they have no names; JSON-RPC takes the same id
 * and version too).
 */
export function contractOf(greeting: PluginGreeting, side: HandshakeSide): Contract {
  const isNamed = greeting.encoding === "json-rpc";
  const offers = offersOf(side);
  const stamp = readStamp(greeting.contract);
  const found = isNamed || stamp.digest !== undefined ? findContract(offers, [stamp]) : undefined;
  if (found !== undefined) return found;
  const others = (greeting.contracts ?? []).filter((one) => one !== greeting.contract);
  const rule = isNamed ? "" : "; frames need the exact digest";
  throw contractMismatch(offers, [stamp, ...others.map(readStamp)], "the plugin", rule);
}

/** What both sides have. */
export function featuresOf({ features }: Pick<PluginGreeting, "features">): ReadonlySet<Feature> {
  return new Set(FEATURES.filter((feature) => features?.includes(feature) ?? true));
}

/** Throws function-missing with every missing path. `side` is what the plugin speaks. */
export function checkImplements(
  greeting: PluginGreeting,
  { contract, exports }: Pick<HandshakeSide, "contract" | "exports">,
): void {
  if (greeting.implements === undefined) return;
  const given = new Set(greeting.implements);
  const missing = exports.filter((func) => !given.has(func.path)).map((func) => func.path);
  if (missing.length === 0) return;
  throw new TenonError("function-missing", `the plugin does not implement ${missing.join(", ")} of ${contract.id}`, {
    sideEffects: "none",
  });
}

/** Foreign bytes as text that is safe to show: no control characters, cut to a line's length. */
export function quote(bytes: Uint8Array | string): string {
  const text = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes.subarray(0, QUOTED_CHARACTERS * 4));
  const cut = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}...` : text;
  return JSON.stringify(terminalSafe(cut.replaceAll("\t", " ")));
}

/** A line that is no greeting; the reason completes "the plugin's first line ...". */
export function refused(reason: string, line: Uint8Array): TenonError {
  return new TenonError("handshake-failed", `${reason}; the first line was ${quote(line)}`, {
    hint: "print exactly one handshake line to standard output before anything else, and everything else to standard error",
    sideEffects: "none",
  });
}

function refusalOf(json: unknown): TenonError {
  const error = TenonError.fromJSON(typeof json === "string" ? { what: json } : json);
  const { what, notes, details } = error;
  return REFUSALS.has(error.code)
    ? error
    : new TenonError("start-failed", `the plugin refused to start: ${what}`, { notes, details, sideEffects: "none" });
}

function parseLine(line: Uint8Array, who: string): ReadonlyMap<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    // The parser's own words are about columns of a text that nobody sees; the quoted line says more.
    throw refused(`${who} did not begin with a line of JSON`, line);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw refused(`${who} did not begin with a JSON object`, line);
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const version = fields.get("tenon");
  if (version === undefined) throw refused(`${who}'s first line has no "tenon" member`, line);
  if (version !== PROTOCOL)
    throw refused(
      `${who} speaks version ${quote(JSON.stringify(version)).slice(0, 40)} of the protocol, this side speaks ${PROTOCOL}`,
      line,
    );
  return fields;
}
