// A core module and what it is granted -> one run: `_start` of a WASI command, or one export by name.
import { TenonError } from "@tenon/contract/core";
import { createPreview1, type Preview1, type WasiOptions } from "@tenon/wasi/preview1";
import { ADDED_EXPORTS, rewriteModule } from "@tenon/wasm/limits";
import { type Instance, type ModuleImport, engine } from "./engine.ts";
import { FuelCount, rewriteOptions } from "./fuel-count.ts";
import type { RunOutcome } from "./outcome.ts";
import type { RunRequest } from "./request.ts";
import { endedBy } from "./trap.ts";

const PREVIEW1 = "wasi_snapshot_preview1";

/** One instance between its instantiation and its end. */
interface Running {
  readonly instance: Instance;
  readonly wasi: Preview1;
  readonly usesWasi: boolean;
  readonly fuel: FuelCount;
}

/** Rejects with what kept the guest from running; how it ended then is the outcome. */
export async function runCore(bytes: Uint8Array, request: RunRequest, options: WasiOptions): Promise<RunOutcome> {
  const module = compile(bytes, request);
  const imports = engine.Module.imports(module);
  const wasi = createPreview1(options);
  try {
    checkImports(imports, wasi.imports[PREVIEW1], request.file);
    const main = await chooseMain(module, bytes, request);
    const instance = instantiate(module, wasi);
    const usesWasi = imports.length > 0;
    const fuel = new FuelCount(request);
    fuel.watch(instance.exports);
    return run({ instance, wasi, usesWasi, fuel }, main);
  } finally {
    wasi.close();
  }
}

function compile(bytes: Uint8Array, request: RunRequest): object {
  // The start function may call WASI, which needs to know the instance first.
  const rewritten = rewriteModule(bytes, { ...rewriteOptions(request), deferStart: true });
  try {
    return new engine.Module(rewritten.bytes);
  } catch (thrown) {
    throw TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" });
  }
}

const MAX_NAMED = 8;

function checkImports(imports: readonly ModuleImport[], given: object, file: string): void {
  const isGiven = ({ module, name, kind }: ModuleImport): boolean =>
    module === PREVIEW1 && kind === "function" && Object.hasOwn(given, name);
  const missing = imports.filter((one) => !isGiven(one)).map(({ module, name }) => `\`${module}.${name}\``);
  if (missing.length === 0) return;
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : "";
  throw new TenonError("function-missing", `${file} imports ${missing.slice(0, MAX_NAMED).join(", ")}${more}`, {
    hint: `only the functions of ${PREVIEW1} are given to a program; a plugin with host functions runs with \`tenon call\``,
    sideEffects: "none",
  });
}

/** What to call once there is an instance. */
type Main = (running: Running) => number;

async function chooseMain(module: object, bytes: Uint8Array, { invoke, args, file }: RunRequest): Promise<Main> {
  const functions = engine.Module.exports(module)
    .filter(({ kind, name }) => kind === "function" && !(Object.values(ADDED_EXPORTS) as string[]).includes(name))
    .map(({ name }) => name);
  const others = functions.length === 0 ? "none" : functions.slice(0, 2 * MAX_NAMED).join(", ");
  if (invoke !== undefined) {
    if (functions.includes(invoke)) return (await import("./core-invoke.ts")).prepareInvoke(bytes, invoke, args);
    throw new TenonError("function-missing", `${file} exports no function ${invoke}`, {
      hint: `its functions: ${others}`,
      sideEffects: "none",
    });
  }
  if (functions.includes("_start")) return start;
  throw new TenonError("artifact-invalid", `${file} is not a command: it exports no _start`, {
    hint: `call one of its functions with --invoke: ${others}`,
    sideEffects: "none",
  });
}

function instantiate(module: object, wasi: Preview1): Instance {
  try {
    return new engine.Instance(module, wasi.imports);
  } catch (thrown) {
    throw TenonError.from(thrown, "start-failed", { sideEffects: "none" });
  }
}

function run(running: Running, main: Main): RunOutcome {
  const { instance, wasi, usesWasi, fuel } = running;
  try {
    if (usesWasi) wasi.bind(instance);
    const begin = instance.exports[ADDED_EXPORTS.start] as (() => void) | undefined;
    if (begin !== undefined) wasi.run(begin);
    return { kind: "exit", guestCode: main(running), ...fuel.used };
  } catch (thrown) {
    const { exitCode } = wasi;
    if (exitCode !== undefined) return { kind: "exit", guestCode: exitCode, ...fuel.used };
    const { error } = fuel;
    return { ...(error === undefined ? endedBy(thrown) : { kind: "fuel", error: error.toJSON() }), ...fuel.used };
  }
}

/** A module without WASI imports needs no memory of its own, so it is no business of WASI's. */
function start({ instance, wasi, usesWasi }: Running): number {
  if (usesWasi) return wasi.start(instance);
  (instance.exports["_start"] as () => void)();
  return 0;
}
