// A guest for contracts/conformance in one language -> the artifacts that the conformance cases ask for, and what cannot be shown.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createWasmDriver, wasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";
import { buildScaffold, missingFor } from "../../../scripts/scaffolds.mjs";

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
export const WIT: string = fileURLToPath(new URL("../../../contracts/conformance", import.meta.url));

export interface Guest {
  readonly lang: string;
  readonly boundary: "component" | "wasm";
  /** Files over the scaffold's: their place there, by their place here. */
  readonly files: Readonly<Record<string, string>>;
  /** Default contracts/conformance. */
  readonly wit?: string;
}

/** The built module; undefined, with a skipped test that says why, where the toolchain is missing. */
export function buildGuest({ lang, boundary, files, wit = WIT }: Guest): Uint8Array | undefined {
  const missing = missingFor(lang, boundary);
  if (missing !== undefined) {
    test(`conformance in ${lang} behind ${boundary}`, { skip: missing });
    return undefined;
  }
  const sources = Object.fromEntries(Object.entries(files).map(([to, from]) => [to, here(from)]));
  const folder = buildScaffold({ lang, boundary, wit, name: "conformance", files: sources });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const manifest = JSON.parse(readFileSync(join(folder, "tenon.json"), "utf8")) as {
    readonly artifacts: readonly { readonly module: string }[];
  };
  const module = manifest.artifacts[0]?.module.replace("${plugin}", folder) ?? assert.fail("no artifact");
  return readFileSync(module);
}

/** A text in a binary, replaced by another of the same length. */
export function patch(module: Uint8Array, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(module);
  const at = bytes.indexOf(from);
  assert.ok(at >= 0 && from.length === to.length, from);
  bytes.write(to, at, "latin1");
  return bytes;
}

const ONE_BY_ONE = "a core module runs one call at a time, so that no others are in flight when one ends it";
const NO_START_CODE = "nothing of this module runs when it is loaded; the driver's own suite has modules that do";
const WASM: readonly Skip[] = [
  { case: "cancel/the plugin is told", reason: "the canonical ABI has no way to tell a guest of a cancellation" },
  { case: "crash/every call in flight rejects once, and the next one finds a new plugin", reason: ONE_BY_ONE },
  { case: "load/a plugin that throws while it loads is a failed start with its text", reason: NO_START_CODE },
  { case: "load/a plugin that never becomes ready is given up in time", reason: NO_START_CODE },
];
const NO_PROMISES = "a guest on the host's own thread cannot wait for a promise of the host's";
const HOLDS = "a call holds the host's thread until it is over";
const INLINE: readonly Skip[] = [
  { case: "callbacks/a host function that answers later", reason: NO_PROMISES },
  { case: "callbacks/host and plugin call each other ten levels deep", reason: NO_PROMISES },
  { case: "callbacks/many at once", reason: NO_PROMISES },
  { case: "cancel/the caller is free at once", reason: HOLDS },
  { case: "close/with calls in flight settles each of them", reason: HOLDS },
];

/** Runs the cases on a core module: on the host's own thread with fuel, and on a thread of its own. */
export function runOnWasm(module: Uint8Array | undefined, skips: readonly Skip[] = []): void {
  if (module === undefined) return;
  const kinds: Partial<Record<ArtifactKind, Uint8Array>> = {
    conformance: module,
    incomplete: patch(
      patch(module, "values@0.1.0#nothing", "values@0.1.0#nathing"),
      "calls@0.1.0#sleep",
      "calls@0.1.0#sleap",
    ),
    "other-contract": patch(module, digestIn(module), `abi:sha256:${"0".repeat(64)}`),
  };
  const artifact = (kind: ArtifactKind): { readonly module: Uint8Array } => ({
    module: kinds[kind] ?? assert.fail(`there is no ${kind} guest`),
  });
  runConformance({ driver: wasmDriver, artifact, skips: [...WASM, ...INLINE, ...skips] });
  runConformance({
    driver: createWasmDriver({ worker: workerDriver }),
    isolation: "worker",
    title: "wasm in a worker",
    artifact: (kind) => ({ ...artifact(kind), fuel: 0 }),
    skips: [...WASM, ...skips],
  });
}

function digestIn(module: Uint8Array): string {
  return /abi:sha256:[0-9a-f]{64}/.exec(Buffer.from(module).toString("latin1"))?.[0] ?? assert.fail("no digest");
}

const ONE_AT_A_TIME = "a component on the host's thread runs one call at a time and cannot wait";
const TRAPS = "a trap of WebAssembly has no text of the plugin's own";
const BARE = "a component without WASI has neither clock nor output";
/** For a component that imports what its contract says, and nothing of WASI. */
export const COMPONENT: readonly Skip[] = [
  { case: "calls/slow and fast ones do not mix up their answers", reason: BARE },
  { case: "calls/synchronous ones return the value itself", reason: TRAPS },
  { case: "failures/a throw is plugin-trap with the plugin's own text", reason: TRAPS },
  { case: "callbacks/a host function that answers later", reason: ONE_AT_A_TIME },
  { case: "callbacks/many at once", reason: ONE_AT_A_TIME },
  { case: "callbacks/host and plugin call each other ten levels deep", reason: "components are not re-entered" },
  { case: "deadline/a call rejects when its time is over", reason: BARE },
  { case: "cancel/*", reason: BARE },
  { case: "crash/*", reason: "an instance cannot end itself without WASI; it traps, and is replaced" },
  { case: "output/*", reason: BARE },
  {
    case: "load/a plugin of another contract is refused before its first call",
    reason: "components are compared by structure, their binaries name no contract",
  },
  { case: "load/a plugin that throws while it loads is a failed start with its text", reason: NO_START_CODE },
  { case: "load/a plugin that never becomes ready is given up in time", reason: NO_START_CODE },
  { case: "close/with calls in flight settles each of them", reason: BARE },
  { case: "leaks/*", reason: BARE },
];

/** The contract without some functions, as a file. */
export function witWithout(names: readonly string[]): string {
  const text = readFileSync(join(WIT, "conformance.wit"), "utf8");
  const kept = text.split("\n").filter((line) => !names.some((name) => line.startsWith(`  ${name}: func`)));
  const file = join(tmpdir(), `tenon-conformance-${process.pid}-${names.length}.wit`);
  writeFileSync(file, kept.join("\n"));
  after(() => rmSync(file, { force: true }));
  return file;
}
