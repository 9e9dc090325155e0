// The bytes of a library -> it loaded from a private copy, its contract checked, its symbols found; nothing of it was called.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { camelCase, functionLabel, TenonError } from "@tenon/contract/core";
import { offersOf, speaking } from "@tenon/host/driver";
import type { FunctionRef, OpenContext } from "@tenon/host/driver";
import { descriptorsExhausted } from "../_process/exhausted.ts";
import { temporaryPrefix } from "../_process/temporary.ts";
import { contractOfText } from "./contract-of.ts";
import type { Koffi, NativeLibrary } from "./koffi.ts";

const EXTENSION: Readonly<Partial<Record<NodeJS.Platform, string>>> = { win32: ".dll", darwin: ".dylib" };

/**
 * `tenon_v1__values__echoU8`: the symbol of an exported function. The header generator has the same rule; both sides of
 * equal digests have the same keys.
 */
export function symbolOf({ interface: { key }, function: { name } }: FunctionRef): string {
  return `tenon_v1__${key === "" ? "" : `${key}__`}${camelCase(functionLabel(name))}`;
}

/**
 * With the context of the contract that it says it was built for. A copy of its own for every plugin: what was verified is what runs, whoever writes to the file meanwhile, and two
 * plugins of one library share no static data. The code stays mapped until the process ends: nobody can know whether a
 * thread of the plugin is still in it.
 */
export async function loadLibrary(
  koffi: Koffi,
  bytes: Uint8Array,
  given: OpenContext,
): Promise<{ readonly library: NativeLibrary; readonly context: OpenContext }> {
  const library = await loadCopy(koffi, bytes, given);
  const context = speaking(given, contractOfText(textOf(library, "tenon_contract_v1"), offersOf(given)));
  const missing = context.exports.filter((func) => !has(library, symbolOf(func)));
  if (missing.length > 0) throw functionMissing(missing, context);
  return { library, context };
}

async function loadCopy(koffi: Koffi, bytes: Uint8Array, context: OpenContext): Promise<NativeLibrary> {
  const folder = await mkdtemp(temporaryPrefix("dylib"));
  const path = join(folder, `plugin${EXTENSION[process.platform] ?? ".so"}`);
  try {
    await writeFile(path, bytes, { flag: "wx", mode: 0o700 });
    context.signal.throwIfAborted();
    return koffi.load(path);
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    throw descriptorsExhausted(thrown, "load the library") ?? loadError(koffi, thrown, path, context);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The loader of the system has only words. */
function loadError(koffi: Koffi, thrown: unknown, path: string, context: OpenContext): TenonError {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const text = words.replaceAll(path, "the library");
  const symbol = /undefined symbol: (\w+)/.exec(text)?.[1];
  const options = { sideEffects: "none", cause: thrown } as const;
  if (symbol !== undefined) {
    if (context.exports.some((func) => authorSymbol(func) === symbol))
      return functionMissing(missingIn(koffi, path, context), context);
    return new TenonError("artifact-invalid", `the library needs ${symbol}, which is nowhere`, {
      ...options,
      hint: "link it with what it needs, or implement the function",
    });
  }
  // Of the library itself glibc says so too, without a name, where it is for another processor.
  const other = /library: ([^:]+): cannot open shared object file/.exec(words.replaceAll(path, ""))?.[1];
  if (other !== undefined) {
    return new TenonError("library-missing", `the library needs ${other}, which is not installed`, {
      ...options,
      hint: "install it where the system's loader finds it; the library itself is loaded from a private copy",
    });
  }
  return new TenonError("artifact-invalid", `the library cannot be loaded: ${text}`, {
    ...options,
    hint: "build it for this system and processor; if its folder for temporary files is mounted noexec, set TMPDIR",
  });
}

/** The loader names only the first one that it misses. */
function missingIn(koffi: Koffi, path: string, context: OpenContext): readonly FunctionRef[] {
  const library = koffi.load(path, { lazy: true });
  return context.exports.filter((func) => !has(library, authorSymbol(func)));
}

/** The name by which the generated header declares a function for its author. */
function authorSymbol({ interface: { id, key }, function: { name } }: FunctionRef): string {
  const owner = key === "" ? "world" : id.slice(id.lastIndexOf("/") + 1).replace(/@.*/, "");
  return `${owner}_${functionLabel(name)}`.toLowerCase().replaceAll("-", "_");
}

function functionMissing(missing: readonly FunctionRef[], { contract }: OpenContext): TenonError {
  const names = missing.map(({ path }) => path).join(", ");
  return new TenonError("function-missing", `the library does not implement ${names} of ${contract.id}`, {
    sideEffects: "none",
  });
}

function has(library: NativeLibrary, symbol: string): boolean {
  try {
    library.func(symbol, "void", []);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}

function textOf(library: NativeLibrary, symbol: string): string {
  if (!has(library, symbol)) {
    throw new TenonError(
      "artifact-invalid",
      `the library has no ${symbol}: it is no Tenon plugin, or of another version`,
      {
        hint: "build it against the header of `tenon codegen --c`, or with the Rust crate",
        sideEffects: "none",
      },
    );
  }
  return String(library.func(symbol, "const char *", [])());
}
