// The `wasmoon` package's WebAssembly file, and only that -> Lua compiled once with metering, for all plugins that fit.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { TenonError } from "@tenon/contract/core";
import { engine } from "@tenon/wasm";
import type { WasmModule } from "@tenon/wasm";
import { descriptorsExhausted, requireDescriptors } from "../../_process/exhausted.ts";
import { prepareModule } from "../../_wasm/prepare.ts";
import { BRIDGE, JUMP } from "./modules.ts";

/** All that an instance is made of. It can be posted to threads, which then need not compile it. */
export interface LuaEngine {
  readonly lua: WasmModule;
  readonly jump: WasmModule;
  readonly bridge: WasmModule;
}

/** The build of Lua 5.4 that bridge.wat was written for; another one may have another ABI. */
const VERSION = "1.16.0";
const DIGEST = "95f3f19ddb740125883bc41d5ec670cd0828e7b58c8bdad385323cbff497b55c";
const PACKAGE = "wasmoon";

/** Pages of 64 KiB that the module starts with: its C stack and its data; Lua's own heap comes on top. */
const START_PAGES = 256;
const PAGES_PER_MIB = 16;

let parts: { readonly jump: WasmModule; readonly bridge: WasmModule } | undefined;

export interface EngineOptions {
  /** Cap of Lua's heap, which its allocator enforces. The memory's maximum is the wall behind it. */
  readonly memoryMiB: number;
  readonly isMetered: boolean;
  readonly signal: AbortSignal;
}

/** By what a caller can choose; each is compiled once per process. */
const engines = new Map<string, LuaEngine>();

/** Rejects with library-missing, integrity-error or resource-exhausted, or with the signal's reason. */
export async function loadEngine({ memoryMiB, isMetered, signal }: EngineOptions): Promise<LuaEngine> {
  const key = `${memoryMiB} ${String(isMetered)}`;
  const found = engines.get(key);
  if (found !== undefined) return found;
  const bytes = await luaBytes();
  const { module } = await prepareModule(
    bytes,
    {
      ...(isMetered && { fuel: "loop" as const }),
      // Twice the cap, for what the allocator cannot use between blocks and for text on its way in.
      maxMemoryPages: START_PAGES + 2 * memoryMiB * PAGES_PER_MIB,
    },
    { signal },
  );
  parts ??= { jump: compile(JUMP), bridge: compile(BRIDGE) };
  const made = { lua: module, ...parts };
  engines.set(key, made);
  return made;
}

async function luaBytes(): Promise<Uint8Array> {
  let bytes: Uint8Array;
  // Without them Node 24 says of a package that it is not there.
  requireDescriptors(`load ${PACKAGE}`);
  try {
    bytes = await readFile(createRequire(import.meta.url).resolve(`${PACKAGE}/dist/glue.wasm`));
  } catch (thrown) {
    const exhausted = descriptorsExhausted(thrown, `load ${PACKAGE}`);
    if (exhausted !== undefined) throw exhausted;
    throw new TenonError("library-missing", `the \`lua\` boundary needs the package ${PACKAGE}`, {
      hint: `install it: npm install ${PACKAGE}@${VERSION}`,
      sideEffects: "none",
      cause: thrown,
    });
  }
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest === DIGEST) return bytes;
  throw new TenonError("integrity-error", `the Lua of the installed ${PACKAGE} is not that of ${VERSION}`, {
    hint: `install exactly this version: npm install ${PACKAGE}@${VERSION}`,
    sideEffects: "none",
    details: { expected: DIGEST, found: digest },
  });
}

function compile(base64: string): WasmModule {
  return new engine.Module(Buffer.from(base64, "base64"));
}
