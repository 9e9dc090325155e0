// The first line each way on a byte boundary: one readable JSON object that settles protocol, encoding and contract.
import { splitId, TenonError, terminalSafe, type Contract } from "@tenon/contract/core";
import type { FunctionRef } from "../driver.ts";

/** The version of this protocol; a plugin that answers another one is refused. */
const PROTOCOL = 1;
/** Generous for any list of functions, and too little to fill anybody's memory. */
export const MAX_HANDSHAKE_BYTES: number = 64 * 1024;
/** How much of a wrong first line an error quotes. */
const QUOTED_CHARACTERS = 200;

/** How calls are written after the handshake. */
export type WireEncoding = "frames" | "json-rpc";
const ENCODINGS: readonly WireEncoding[] = ["frames", "json-rpc"];

/** What the host says first. A plugin may ignore it and still be served. */
export interface HostGreeting {
  readonly tenon: typeof PROTOCOL;
  /** `tenon/0.1.0`, for the plugin's log. */
  readonly host: string;
  readonly contract: { readonly id: string; readonly digest: string };
  /** Paths of the functions in canonical order: the position is the function index of the frames. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
  readonly encodings: readonly WireEncoding[];
  readonly features: readonly string[];
}

/** What the plugin answers, or says first. */
export interface PluginGreeting {
  readonly encoding: WireEncoding;
  /** The digest of the contract it was built for, or (JSON-RPC only) its id with version. */
  readonly contract: string;
  /** Paths it implements; absent means all. */
  readonly implements: readonly string[] | undefined;
}

/** The side of a contract that a session is about. */
export interface HandshakeSide {
  readonly contract: Contract;
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
}

/** The host's line with its newline. `host` names the program and its version. */
export function formatHostGreeting(side: HandshakeSide, host: string): string {
  const { id, digest } = side.contract;
  const greeting: HostGreeting = {
    tenon: PROTOCOL,
    host,
    contract: { id, digest },
    exports: side.exports.map((func) => func.path),
    imports: side.imports.map((func) => func.path),
    encodings: ENCODINGS,
    features: [],
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
  const paths = fields.get("implements");
  const isList = Array.isArray(paths) && paths.every((path) => typeof path === "string");
  if (paths !== undefined && !isList) throw refused('"implements" must be a list of function paths', line);
  return { encoding, contract, implements: paths };
}

/** Reads the host's line, for plugins. Throws handshake-failed. */
export function parseHostGreeting(line: Uint8Array): Pick<HostGreeting, "contract" | "encodings"> {
  const fields = parseLine(line, "the host");
  const contract = fields.get("contract") as { readonly id?: unknown; readonly digest?: unknown } | null | undefined;
  const { id, digest } = contract ?? {};
  if (typeof id !== "string" || typeof digest !== "string")
    throw refused('"contract" must have an id and a digest', line);
  const encodings = fields.get("encodings");
  return {
    contract: { id, digest },
    encodings: ENCODINGS.filter((known) => Array.isArray(encodings) && encodings.includes(known)),
  };
}

/**
 * Holds the plugin's greeting against the host's contract. Throws contract-mismatch (frames need the exact digest, because
 * they have no names; JSON-RPC takes the same id and version too) or function-missing with every missing path.
 */
export function checkGreeting(greeting: PluginGreeting, { contract, exports }: HandshakeSide): void {
  const isExact = greeting.contract === contract.digest;
  if (!isExact && !(greeting.encoding === "json-rpc" && greeting.contract === contract.id)) {
    const plugin = quote(greeting.contract);
    const rule = greeting.encoding === "frames" ? "; frames need the exact digest" : "";
    throw new TenonError(
      "contract-mismatch",
      `the plugin serves ${plugin}, the host speaks ${contract.id} (${contract.digest})${rule}`,
      {
        sideEffects: "none",
        details: { plugin: describeContract(greeting.contract), host: { id: contract.id, digest: contract.digest } },
      },
    );
  }
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

function describeContract(contract: string): { readonly id: string } | { readonly digest: string } {
  return splitId(contract).pkg === "" ? { digest: contract } : { id: contract };
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
