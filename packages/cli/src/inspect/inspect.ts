// A path -> what lies there: the head decides the kind, and each kind has a reader of its own.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { contractFromDescriptor, TenonError } from "@tenon/contract";
import { readWit } from "../contract-source.ts";
import { describeContract } from "../describe-contract.ts";
import { readBounded, readChunks, statOf, tooLarge } from "../foreign-file.ts";
import { readBinary } from "./binary.ts";
import { inspectManifest } from "./manifest.ts";
import { probeModule } from "./module-probe.ts";
import type { ArtifactReport, KindFacts } from "./report.ts";
import { readText } from "./text.ts";
import { readWasm } from "./wasm.ts";

const HEAD_BYTES = 64 * 1024;
/** Larger modules exist nowhere; the reader holds the whole file. */
const MAX_WASM_BYTES = 512 * 1024 * 1024;

// Formats that are told by their first bytes alone.
const MAGIC: readonly (readonly [hex: string, kind: string, title: string])[] = [
  ["1b4c7561", "lua-bytecode", "Lua bytecode"],
  ["504b0304", "zip", "zip archive"],
  ["1f8b", "gzip", "gzip archive"],
  ["28b52ffd", "zstd", "zstd archive"],
  ["213c617263683e0a", "static-library", "static library"],
];

export interface InspectOptions {
  /** Run a module's top-level code to learn what it exports. */
  readonly loads: boolean;
}

/** Throws file-missing, artifact-invalid (damaged wasm), config-invalid (bad manifest), WitError. */
export async function inspect(path: string, options: InspectOptions): Promise<ArtifactReport> {
  if (statOf(path)?.isDirectory()) return inspectFolder(path, options);
  const { head, size, sha256 } = readFile(path);
  const common = { path, size, sha256 };
  if (hexOf(head, 4) === "0061736d") {
    const { layer, version, ...facts } = readWasm(readBounded(path, MAX_WASM_BYTES), path);
    const title = `WebAssembly ${layer}, version ${version}`;
    return {
      ...common,
      kind: `wasm-${layer}`,
      title,
      boundaries: [layer === "module" ? "wasm" : "component"],
      ...facts,
    };
  }
  const binary = readBinary(head);
  if (binary !== undefined) return { ...common, ...binary };
  const known = MAGIC.find(([hex]) => hexOf(head, hex.length / 2) === hex);
  if (known !== undefined)
    return { ...common, kind: known[1], title: known[2], boundaries: known[1].startsWith("lua") ? ["lua"] : [] };
  const text = decode(head, size > head.length);
  if (text === undefined)
    return {
      ...common,
      kind: "unknown",
      title: size === 0 ? "an empty file" : "data of no kind that Tenon knows",
      boundaries: [],
    };
  if (size === 0) return { ...common, kind: "unknown", title: "an empty file", boundaries: [] };
  const facts = readText(text, path);
  if (facts.kind === "json" && isManifest(text)) return { ...common, ...(await inspectManifest(path, options)) };
  return { ...common, ...facts, ...(await deeper(facts.kind, path, options)) };
}

/** A folder is its manifest, or else its WIT package. */
async function inspectFolder(path: string, options: InspectOptions): Promise<ArtifactReport> {
  const manifest = join(path, "tenon.json");
  if (statOf(manifest) !== undefined) return inspect(manifest, options);
  try {
    return { path, kind: "wit", title: "WIT package", size: 0, boundaries: [], ...describeWit(path) };
  } catch (cause) {
    throw new TenonError("artifact-invalid", `${path} is a folder without a tenon.json`, {
      hint: "name the plugin's folder, or a file in this one",
      sideEffects: "none",
      cause,
    });
  }
}

async function deeper(kind: string, path: string, { loads }: InspectOptions): Promise<KindFacts> {
  if (kind === "wit") return describeWit(path);
  if (kind !== "javascript" && kind !== "typescript") return {};
  if (!loads) return { notes: ["not loaded, so what it exports is not known"] };
  const facts = await probeModule(path);
  if ("error" in facts) return { notes: [`it does not load: ${facts.error}`] };
  const contract = facts.contract && describeContract(contractFromDescriptor(facts.contract));
  return { exports: facts.exports, ...(contract !== undefined && { contract }) };
}

function describeWit(path: string): KindFacts {
  const { resolve, rootPackage } = readWit(path);
  const pkg = resolve.packages[rootPackage];
  const list = (names: Readonly<Record<string, number>>): string => Object.keys(names).join(", ") || "none";
  return {
    details: { package: pkg?.name ?? "", worlds: list(pkg?.worlds ?? {}), interfaces: list(pkg?.interfaces ?? {}) },
  };
}

/** The head, the whole size and the digest in one pass, whatever the size of a file; a device may have no end. */
function readFile(path: string): { readonly head: Uint8Array; readonly size: number; readonly sha256: string } {
  const hash = createHash("sha256");
  let head: Uint8Array | undefined;
  let size = 0;
  const isEndless = statOf(path)?.isFile() !== true;
  readChunks(path, (chunk) => {
    head ??= Uint8Array.prototype.slice.call(chunk, 0, Math.min(chunk.length, HEAD_BYTES));
    hash.update(chunk);
    size += chunk.length;
    if (isEndless && size > MAX_WASM_BYTES) throw tooLarge(path, MAX_WASM_BYTES);
  });
  return { head: head ?? new Uint8Array(), size, sha256: hash.digest("hex") };
}

function hexOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.subarray(0, length)).toString("hex");
}

/** The text of the head, or undefined when it is none. A character that the head cuts in two does not count. */
function decode(head: Uint8Array, isCut: boolean): string | undefined {
  if (head.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: isCut });
  } catch {
    // That is the answer.
    return undefined;
  }
}

function isManifest(text: string): boolean {
  const json: unknown = JSON.parse(text);
  return (
    typeof json === "object" && json !== null && Object.hasOwn(json, "artifacts") && Object.hasOwn(json, "contracts")
  );
}
