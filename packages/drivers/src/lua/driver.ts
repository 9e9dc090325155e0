// The `lua` boundary: a script of Lua 5.4 in WebAssembly, with bounded memory and counted work, on the host's thread or
// on one of its own.
import { TenonError, type Contract } from "@tenon/contract/core";
import { offersOf, speaking } from "@tenon/host/driver";
import type { Driver, DriverTraits, OpenContext, Session } from "@tenon/host/driver";
import { grantedLua } from "./granted.ts";
import { sandboxDriver } from "../_wasm/sandbox.ts";
import type { IsolationOptions } from "../_wasm/sandbox.ts";
import { contractOfScript } from "./check-script.ts";
import { codecOf } from "./codec/functions.ts";
import type { GuestStart } from "./guest.ts";
import { readScript, settingsOf } from "./options.ts";
import type { LuaArtifact, LuaSettings, Script } from "./options.ts";
import { LuaSession } from "./session.ts";
import { loadEngine } from "./vm/engine.ts";
import type { LuaEngine } from "./vm/engine.ts";
import { openWatched } from "./watched-session.ts";
import { watchFile } from "./watch.ts";

const traits: DriverTraits = {
  encoding: "memory",
  isolation: "sandbox",
  syncCalls: true,
  hostCallbacks: true,
  resources: false,
  streams: false,
  // The host's thread is the script's while Lua runs: fuel ends it, nothing else can.
  cancellation: "cooperative",
  restartable: true,
  enforcement: {
    fs: "enforced",
    net: "enforced",
    env: "enforced",
    clock: "enforced",
    random: "enforced",
    subprocess: "enforced",
    "host-functions": "enforced",
    // By fuel, which is not time; and a deadline is looked at only when the script calls out.
    "cpu-deadline": "advisory",
    memory: "enforced",
    "output-size": "enforced",
  },
};

/** The `lua` boundary with the isolations that `options` make possible beside `inline`. */
export function createLuaDriver(options: IsolationOptions = {}): Driver<LuaArtifact> {
  const driver = sandboxDriver<LuaArtifact>(
    { boundary: "lua", traits, restrict: grantedLua, contractOf, openInline, startOnThread, checkForProcess },
    options,
  );
  const open = async (artifact: LuaArtifact, context: OpenContext): Promise<Session> => {
    const isElsewhere = artifact?.watch === true && (artifact.isolation ?? "inline") !== "inline";
    if (!isElsewhere) return await driver.open(artifact, context);
    // What is saved later has to be of the contract that the first one was of.
    const first = speaking(context, await contractOf(artifact, context));
    return await watchElsewhere(driver, artifact, { ...first, dialects: [] });
  };
  return { ...driver, open };
}

/** The `lua` boundary without any other driver: scripts on the host's own thread only. */
export const luaDriver: Driver<LuaArtifact> = createLuaDriver();

/** Beside this file, with the extension that this file has itself. */
const GUEST = new URL(`./guest${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

async function contractOf(artifact: LuaArtifact, context: OpenContext): Promise<Contract> {
  return contractOfScript((await readScript(artifact)).text, offersOf(context));
}

async function startOnThread(
  artifact: LuaArtifact,
  context: OpenContext,
): Promise<{ readonly module: URL; readonly workerData: GuestStart }> {
  const { engine, script, settings } = await prepare(artifact, context);
  return { module: GUEST, workerData: { engine, script, settings, contract: context.contract } };
}

async function checkForProcess(
  artifact: LuaArtifact,
  { contract, exports, imports, limits }: OpenContext,
): Promise<Uint8Array> {
  const { text } = await readScript(artifact);
  settingsOf(artifact, limits);
  contractOfScript(text, [contract]);
  codecOf(contract, exports, imports);
  return new TextEncoder().encode(text);
}

async function openInline(artifact: LuaArtifact, context: OpenContext): Promise<Session> {
  if (artifact.fuel === 0 && artifact.trusted !== true) {
    throw new TenonError(
      "capability-unenforceable",
      "a script without fuel on the host's thread could hold it for ever",
      {
        hint: 'leave artifact.fuel as it is, set artifact.isolation to "worker", or artifact.trusted for this very file',
        sideEffects: "none",
      },
    );
  }
  const { engine, script, settings } = await prepare(artifact, context);
  const { contract, exports, imports, hostFunctions, output, pluginId } = context;
  context.signal.throwIfAborted();
  const print = (bytes: Uint8Array): void => output.write("stdout", bytes);
  const source = { engine, script, settings, hostFunctions, print, codec: codecOf(contract, exports, imports) };
  const session = await new LuaSession({ source, pluginId, contract }).start();
  if (artifact.watch === true && script.path !== undefined) {
    session.onClose = watchFile(script.path, () => void reload(session, artifact, context));
  }
  return session;
}

/** A script that cannot be loaded leaves the old one in place: whoever is editing it will save again. */
async function reload(session: LuaSession, artifact: LuaArtifact, { contract, output }: OpenContext): Promise<void> {
  try {
    const script = await readScript(artifact);
    contractOfScript(script.text, [contract]);
    await session.replace(script);
    output.line("info", loadedAnew(script.name));
  } catch (thrown) {
    output.line("error", notLoaded(thrown));
  }
}

interface Ready {
  readonly engine: LuaEngine;
  readonly script: Script;
  readonly settings: LuaSettings;
}

async function prepare(
  artifact: LuaArtifact,
  { contract, exports, imports, limits, signal }: OpenContext,
): Promise<Ready> {
  const script = await readScript(artifact);
  const settings = settingsOf(artifact, limits);
  contractOfScript(script.text, [contract]);
  codecOf(contract, exports, imports);
  const { memoryMiB, fuel } = settings;
  return { engine: await loadEngine({ memoryMiB, isMetered: fuel > 0, signal }), script, settings };
}

/** On a thread or in a process, each script that is saved has a new one. */
async function watchElsewhere(
  driver: Driver<LuaArtifact>,
  { watch: _, ...artifact }: LuaArtifact,
  context: OpenContext,
): Promise<Session> {
  const { path, name } = await readScript(artifact);
  if (path === undefined) return await driver.open(artifact, context);
  const { output, limits } = context;
  let spoken: OpenContext | undefined;
  return await openWatched({
    path,
    open: async () => {
      const signal = spoken === undefined ? context.signal : AbortSignal.timeout(limits.startMs);
      const session = await driver.open(artifact, { ...(spoken ?? context), signal });
      // The host goes by what the first one spoke: a script that is saved for another contract is refused.
      spoken ??= { ...speaking(context, session.contract), dialects: [] };
      return session;
    },
    onLoaded: () => output.line("info", loadedAnew(name)),
    onFailed: (thrown) => output.line("error", notLoaded(thrown)),
  });
}

function loadedAnew(name: string): string {
  return `${name} was loaded anew`;
}

function notLoaded(thrown: unknown): string {
  return `the script was saved, the old one goes on: ${TenonError.from(thrown).message}`;
}
