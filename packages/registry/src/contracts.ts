// The contracts that a manifest names -> checked entries, and whether one of them is the contract that a host wants.
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import { TenonError } from "@tenon/contract";
import { pathInPlugin } from "./artifacts.ts";
import type { JsonValue, TextRule } from "./json.ts";
import type { Manifest } from "./manifest.ts";

/** One contract that the plugin speaks. */
export interface ContractEntry {
  /** The WIT package without its version: `tenon:builder`. */
  readonly package: string;
  readonly world: string;
  /** The versions of the contract that the plugin can serve, as npm writes ranges (`^0.1`); undefined admits all. */
  readonly range: string | undefined;
  /** What the artifacts were built against: a hint for people, since each artifact's own word counts more. */
  readonly built: BuiltContract | undefined;
  /** A WIT file or folder of the plugin, absolute, for tools that load the plugin without knowing its contract. */
  readonly wit: string | undefined;
}

export interface BuiltContract {
  /** Undefined where the contract's package has no version. */
  readonly version: string | undefined;
  /** The contract's digest: `abi:sha256:` and 64 hexadecimal digits. */
  readonly abi: string;
}

const PACKAGE: TextRule = {
  pattern: /^[A-Za-z][A-Za-z0-9-]{0,63}:[A-Za-z][A-Za-z0-9-]{0,63}$/,
  what: "a WIT package without its version, such as acme:markdown",
};
const WORLD: TextRule = { pattern: /^[A-Za-z][A-Za-z0-9-]{0,63}$/, what: "the name of a world" };
const ABI: TextRule = { pattern: /^abi:sha256:[0-9a-f]{64}$/, what: "a digest: abi:sha256: and 64 hexadecimal digits" };
/** semver.org 2.0.0, with numbers that JavaScript holds exactly. */
export const VERSION: TextRule = {
  pattern: /^(?=.{5,128}$)(?:(?:0|[1-9]\d{0,14})\.){2}(?:0|[1-9]\d{0,14})(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/,
  what: "a version of the form 1.2.3",
};
const MAX_RANGE_LENGTH = 128;

export function readContract(at: JsonValue, folder: string): ContractEntry {
  return {
    package: at.get("package").text(PACKAGE),
    world: at.get("world").text(WORLD),
    range: at.get("range").optional(readRange),
    built: at.get("built").optional((built) => ({
      version: built.get("version").optional((version) => version.text(VERSION)),
      abi: built.get("abi").text(ABI),
    })),
    wit: at.get("wit").optional((wit) => pathInPlugin(wit, folder)),
  };
}

function readRange(at: JsonValue): string {
  const range = at.text();
  const isRange = range !== "" && range.length <= MAX_RANGE_LENGTH && validRange(range) !== null;
  return isRange ? range : at.refuse("must be a range of versions, such as ^1.2");
}

/** `tenon:builder/plugin@0.1.0` -> its parts; the version is undefined where there is none. */
export function splitContractId(
  id: string,
): Pick<ContractEntry, "package" | "world"> & { version: string | undefined } {
  const [path = "", version] = id.split("@", 2);
  const slash = path.indexOf("/");
  return { package: path.slice(0, slash), world: path.slice(slash + 1), version };
}

/** `tenon:builder/plugin ^0.1`, for people. */
function describe(entry: ContractEntry): string {
  return `${entry.package}/${entry.world}${entry.range === undefined ? "" : ` ${entry.range}`}`;
}

/**
 * The entry of the manifest that is the contract `id` (`tenon:builder/plugin@0.1.0`), or the first of `others`, the further
 * versions that the host speaks: the same package and world, and a range that admits its version by npm's rules (so a
 * prerelease only where the range names one of the same version). A contract without a version is in no range. Throws
 * contract-mismatch with what the manifest has.
 */
export function checkContract(
  manifest: Pick<Manifest, "id" | "file" | "contracts">,
  id: string,
  others: readonly string[] = [],
): ContractEntry {
  for (const wanted of [id, ...others].map(splitContractId)) {
    const found = manifest.contracts.find(
      (entry) =>
        entry.package === wanted.package &&
        entry.world === wanted.world &&
        (entry.range === undefined || (wanted.version !== undefined && satisfies(wanted.version, entry.range))),
    );
    if (found !== undefined) return found;
  }
  const has = manifest.contracts.map(describe).join(", ");
  throw new TenonError(
    "contract-mismatch",
    `${manifest.file}: $.contracts names ${has}, and the host needs ${[id, ...others].join(" or ")}`,
    {
      plugin: manifest.id,
      sideEffects: "none",
    },
  );
}
