// What a library says it was built for -> nothing, or the error that shows both digests and what differs.
import { TenonError, terminalSafe } from "@tenon/contract/core";
import type { Contract, ContractInterface } from "@tenon/contract/core";

/** The JSON text of `tenon_contract_v1`. */
interface Built {
  readonly id: string;
  readonly digest: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** Throws artifact-invalid for what is not such a text, contract-mismatch for another digest. */
export function checkContract(text: string, contract: Contract): void {
  const built = parse(text);
  if (built.digest === contract.digest) return;
  const differences = [
    ...differencesOf("exports", built.exports, contract.exports),
    ...differencesOf("imports", built.imports, contract.imports),
  ];
  throw new TenonError(
    "contract-mismatch",
    `the library was built for ${built.id} (${built.digest}), the host speaks ${contract.id} (${contract.digest}); ` +
      `what differs: ${differences.join("; ") || "nothing but the digest"}`,
    {
      hint: "generate its header from the host's contract and build it again",
      sideEffects: "none",
      details: {
        plugin: { id: built.id, digest: built.digest },
        host: { id: contract.id, digest: contract.digest },
        differences,
      },
    },
  );
}

function differencesOf(
  side: "exports" | "imports",
  built: Readonly<Record<string, string>>,
  own: readonly ContractInterface[],
): string[] {
  const mine = new Map(own.map(({ id, digest }) => [nameOf(id), digest]));
  const theirs = new Map(Object.entries(built).map(([id, digest]) => [nameOf(id), digest]));
  const names = [...new Set([...mine.keys(), ...theirs.keys()])].sort();
  return names.flatMap((name) => {
    const [here, there] = [mine.get(name), theirs.get(name)];
    if (here === there) return [];
    if (here === undefined) return [`${side}: only the library has ${name}`];
    if (there === undefined) return [`${side}: the library lacks ${name}`];
    return [`${side}: ${name} is ${short(there)} there and ${short(here)} here`];
  });
}

function nameOf(id: string): string {
  return id === "" ? "the world's own functions" : id;
}

/** Enough of `i:sha256:...` to tell two apart. */
function short(digest: string): string {
  return digest.slice(0, "i:sha256:".length + 12);
}

function parse(text: string): Built {
  const { id, digest, exports, imports } = parseObject(text);
  if (typeof id === "string" && typeof digest === "string" && isTexts(exports) && isTexts(imports)) {
    const safe = (record: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(record).map(([key, value]) => [terminalSafe(key), terminalSafe(value)]));
    return { id: terminalSafe(id), digest: terminalSafe(digest), exports: safe(exports), imports: safe(imports) };
  }
  throw new TenonError("artifact-invalid", "the library's tenon_contract_v1 gives no contract", {
    hint: "build it against the header of `tenon codegen --c`",
    sideEffects: "none",
  });
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // The caller says what is wrong.
    return {};
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string");
}
