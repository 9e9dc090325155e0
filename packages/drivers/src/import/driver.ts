// The `import` boundary: a module in the same graph. A call is a function call; nothing is copied and nothing is isolated.
import { TenonError, type Contract } from "@tenon/contract/core";
import { offersOf, speaking } from "@tenon/host/driver";
import type {
  CallContext,
  CloseReason,
  Driver,
  DriverTraits,
  FunctionRef,
  OpenContext,
  Session,
} from "@tenon/host/driver";
import { bindPlugin, choosePlugin, type BoundExports, type PluginCall } from "@tenon/plugin";
import { loadModule, type ImportArtifact } from "./options.ts";

const traits: DriverTraits = {
  encoding: "native",
  isolation: "none",
  syncCalls: true,
  hostCallbacks: true,
  resources: true,
  streams: true,
  cancellation: "cooperative",
  restartable: true,
  enforcement: {
    fs: "none",
    net: "none",
    env: "none",
    clock: "none",
    random: "none",
    subprocess: "none",
    "host-functions": "enforced",
    "cpu-deadline": "none",
    memory: "none",
    "output-size": "none",
  },
};

export const importDriver: Driver<ImportArtifact> = { boundary: "import", traits, open };

async function open(artifact: ImportArtifact, context: OpenContext): Promise<Session> {
  const { contract, exported } = choosePlugin(await loadModule(artifact), offersOf(context));
  const { exports, imports, hostFunctions } = speaking(context, contract);
  const functions = await bindPlugin(exported, {
    contract,
    exports,
    imports,
    // The plugin calls the host's own function: no wrapper, no copy.
    importOf: (func) => hostFunctions[func.index] as (...args: unknown[]) => unknown,
  });
  return new ImportSession(functions, contract);
}

class ImportSession implements Session {
  readonly contract: Contract;
  readonly #functions: BoundExports;
  readonly closed: Promise<CloseReason>;
  #isClosed = false;
  #settle!: (reason: CloseReason) => void;

  constructor(functions: BoundExports, contract: Contract) {
    this.contract = contract;
    this.#functions = functions;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    const own = this.#functions[func.index]!;
    if (this.#isClosed)
      throw new TenonError("session-closed", `${func.path} was called after the plugin closed`, {
        sideEffects: "none",
      });
    try {
      return context.signal === undefined ? own(...args) : own(...args, callOf(context));
    } catch (error) {
      throw TenonError.from(error, "plugin-trap", { call: func.path });
    }
  }

  bindSync(func: FunctionRef): (...args: unknown[]) => unknown {
    return this.#functions[func.index]!;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#settle({ kind: "closed", what: "was closed" });
  }
}

function callOf(context: CallContext): PluginCall {
  const deadlineMs = context.deadline === undefined ? undefined : Math.max(0, context.deadline - performance.now());
  return { signal: context.signal!, deadlineMs, trace: context.trace };
}
