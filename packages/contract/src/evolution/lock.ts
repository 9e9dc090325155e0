// contract.lock.json: which versions of a contract are frozen, with the digests of their files.
import { createCounter, distinct, invalid, isId, label, list, name, object } from "../descriptor-checks.ts";
import { parseVersion, compareVersions } from "../wit/version.ts";

/** Whether hosts still have to run plugins of a version. `removed` versions stay frozen, and are judged no more. */
export type FrozenStatus = "supported" | "removed";

export interface FrozenVersion {
  /** Semver; decided by `tenon contract freeze`. */
  readonly version: string;
  /** The contract's digest. */
  readonly abi: string;
  /** Interface digests by id. */
  readonly interfaces: Readonly<Record<string, string>>;
  /** `sha256:` digests of the files below `frozen/<version>/`, by path with `/`. */
  readonly files: Readonly<Record<string, string>>;
  /** `YYYY-MM-DD`, UTC. */
  readonly frozenAt: string;
  readonly status: FrozenStatus;
}

export interface ContractLock {
  /** The version of this format. */
  readonly tenon: 1;
  /** The package without its version, and the world of it that plugins target. */
  readonly package: string;
  readonly world: string;
  /** In ascending order. */
  readonly versions: readonly FrozenVersion[];
}

/** Reads a lock file. Total on any JSON: throws `contract-invalid`, naming the place. */
export function readLock(json: unknown): ContractLock {
  const count = createCounter();
  const root = object(json, "lock");
  if (root("tenon") !== 1) throw invalid("lock.tenon", "is not 1, the only known version of the format");
  const pkg = name(root("package"), "package");
  if (!isId(pkg) || pkg.includes("@")) throw invalid("package", "is not a package name such as `tenon:builder`");
  const versions = list(root("versions"), "versions", count).map((one, index) =>
    readVersion(one, `versions[${index}]`),
  );
  distinct(
    versions.map(({ version }) => version),
    "versions",
  );
  for (const [index, { version }] of versions.entries()) {
    const [before, own] = [parseVersion(versions[index - 1]?.version ?? ""), parseVersion(version)];
    if (before !== undefined && own !== undefined && compareVersions(before, own) >= 0)
      throw invalid(`versions[${index}]`, "does not follow the version before it");
  }
  return { tenon: 1, package: pkg, world: label(root("world"), "world"), versions };
}

function readVersion(value: unknown, path: string): FrozenVersion {
  const get = object(value, path);
  const version = name(get("version"), `${path}.version`);
  if (parseVersion(version) === undefined) throw invalid(`${path}.version`, "is not a semver version");
  const status = get("status");
  if (status !== "supported" && status !== "removed")
    throw invalid(`${path}.status`, "is neither supported nor removed");
  return {
    version,
    abi: name(get("abi"), `${path}.abi`),
    interfaces: texts(get("interfaces"), `${path}.interfaces`),
    files: texts(get("files"), `${path}.files`),
    frozenAt: name(get("frozenAt"), `${path}.frozenAt`),
    status,
  };
}

function texts(value: unknown, path: string): Readonly<Record<string, string>> {
  object(value, path);
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  createCounter()(entries.length, path);
  return Object.fromEntries(entries.map(([key, text]) => [name(key, path), name(text, `${path}.${key}`)]));
}
