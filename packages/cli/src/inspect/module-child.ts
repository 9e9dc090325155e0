// The other side of module-probe.ts: loads one module in this process and writes what it exports to file descriptor 3.
import { writeSync } from "node:fs";
import process from "node:process";
import { contractToDescriptor, describeThrown, type Contract } from "@tenon/contract";
import type { ModuleFacts } from "./module-probe.ts";

const MAX_NAMES = 1000;

const [specifier = ""] = process.argv.slice(2);
const text = JSON.stringify(await load());
for (let rest = Buffer.from(text); rest.length > 0;) rest = rest.subarray(writeSync(3, rest));
process.exit(0);

async function load(): Promise<ModuleFacts> {
  try {
    const loaded = (await import(specifier)) as Readonly<Record<string, unknown>>;
    const names = Object.keys(loaded).slice(0, MAX_NAMES);
    const exports = names.map((name) => ({ name, kind: kindOf(loaded[name]) }));
    const main = loaded["default"];
    const contract = isDefinition(main) ? contractToDescriptor(main.contract) : undefined;
    return { exports, ...(contract !== undefined && { contract }) };
  } catch (thrown) {
    return { error: describeThrown(thrown) };
  }
}

function kindOf(value: unknown): string {
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  if (isDefinition(value)) return "plugin (definePlugin)";
  if (isContract(value)) return `contract ${value.id}`;
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isDefinition(value: unknown): value is { readonly contract: Contract } {
  if (typeof value !== "object" || value === null) return false;
  const { contract, create } = value as { readonly contract?: unknown; readonly create?: unknown };
  return typeof create === "function" && isContract(contract);
}

function isContract(value: unknown): value is Contract {
  if (typeof value !== "object" || value === null) return false;
  const { id, digest, exports, imports } = value as Partial<Record<keyof Contract, unknown>>;
  return typeof id === "string" && typeof digest === "string" && Array.isArray(exports) && Array.isArray(imports);
}
