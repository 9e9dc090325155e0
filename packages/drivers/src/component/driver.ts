// The `component` boundary: a WebAssembly component, linked by Tenon itself, on the host's thread.
import { createHash } from "node:crypto";
import { TenonError } from "@tenon/contract/core";
import type {
  CallContext,
  CloseReason,
  Driver,
  DriverTraits,
  FunctionRef,
  OpenContext,
  Session,
} from "@tenon/host/driver";
import { checkContract, compileModules, createPlanCache, isCoreModule, isSameInterface } from "@tenon/wasm";
import type { LinkPlan, WasmModule } from "@tenon/wasm";
import { ComponentGuest } from "./guest.ts";
import type { ComponentSource } from "./guest.ts";
import { extraFor } from "./imports.ts";
import { readComponent } from "./options.ts";
import type { ComponentArtifact } from "./options.ts";

const traits: DriverTraits = {
  encoding: "memory",
  isolation: "sandbox",
  syncCalls: true,
  hostCallbacks: true,
  resources: true,
  streams: false,
  // The host's thread is the guest's while a call runs: nothing else can end it.
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
    // A deadline is looked at only when the guest calls out.
    "cpu-deadline": "none",
    memory: "none",
    "output-size": "enforced",
  },
};

/** Components have no access but to what the contract and `artifact.imports` give them. */
export const componentDriver: Driver<ComponentArtifact> = { boundary: "component", traits, open };

interface Loaded {
  readonly plan: LinkPlan;
  readonly modules: readonly WasmModule[];
}
const plans = createPlanCache();
const MAX_LOADED = 64;
/** Compiled components by digest, the longest unused first. */
const loaded = new Map<string, Promise<Loaded>>();

async function open(artifact: ComponentArtifact, context: OpenContext): Promise<Session> {
  const bytes = await readComponent(artifact);
  if (isCoreModule(bytes)) {
    throw new TenonError("artifact-invalid", "the artifact is a core module, not a component", {
      hint: "use the wasm boundary, or wrap the module with wasm-tools component new",
      sideEffects: "none",
    });
  }
  const { plan, modules } = await load(bytes);
  context.signal.throwIfAborted();
  const extraImports = artifact.imports ?? {};
  checkComplete(plan, context);
  checkContract(plan.world, context.contract, {
    isSuppliedElsewhere: (id) => extraFor(id, extraImports) !== undefined,
  });
  return new ComponentSession({ plan, modules, context, extraImports, maxHandles: artifact.maxHandles });
}

/** All functions that are missing, in one error: what every boundary says of a plugin that lacks some. */
function checkComplete({ world }: LinkPlan, { exports, contract }: OpenContext): void {
  const missing = exports.filter((func) => {
    const owner = world.exports.find(({ id }) => isSameInterface(id, func.interface.id));
    return owner?.functions.every(({ name }) => name !== func.function.name) ?? true;
  });
  if (missing.length === 0) return;
  const paths = missing.map(({ path }) => path).join(", ");
  throw new TenonError("function-missing", `the component does not export ${paths} of ${contract.id}`, {
    sideEffects: "none",
  });
}

function load(bytes: Uint8Array): Promise<Loaded> {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const found = loaded.get(digest) ?? compile(digest, bytes);
  loaded.delete(digest);
  loaded.set(digest, found);
  found.catch(() => loaded.delete(digest));
  const oldest = loaded.keys().next().value;
  if (loaded.size > MAX_LOADED && oldest !== undefined) loaded.delete(oldest);
  return found;
}

async function compile(digest: string, bytes: Uint8Array): Promise<Loaded> {
  const plan = await plans.plan(digest, bytes);
  return { plan, modules: await compileModules(plan, bytes) };
}

class ComponentSession implements Session {
  readonly closed: Promise<CloseReason>;
  readonly #source: ComponentSource;
  #guest: ComponentGuest;
  #isClosed = false;
  #settle!: (reason: CloseReason) => void;

  constructor(source: ComponentSource) {
    this.#source = source;
    this.#guest = start(source);
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown {
    return this.#invoke(func, args, context.deadline ?? Infinity);
  }

  bindSync(func: FunctionRef): (...args: unknown[]) => unknown {
    return (...args) => this.#invoke(func, args, Infinity);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#settle({ kind: "closed", what: "was closed" });
  }

  #invoke(func: FunctionRef, args: readonly unknown[], deadline: number): unknown {
    if (this.#isClosed) {
      throw new TenonError("session-closed", `${func.path} was called after the plugin closed`, {
        sideEffects: "none",
      });
    }
    if (this.#guest.isSpent) this.#guest = start(this.#source);
    const guest = this.#guest;
    if (!guest.isRunning) guest.clock.deadline = deadline;
    return guest.functions[func.index]!(...args);
  }
}

/** An instance that does not come up is a failed start, whatever it did. */
function start(source: ComponentSource): ComponentGuest {
  try {
    return new ComponentGuest(source);
  } catch (thrown) {
    if (!(thrown instanceof TenonError) || thrown.code !== "plugin-trap") throw thrown;
    throw new TenonError("start-failed", `the component trapped at its start: ${thrown.what}`, {
      cause: thrown,
      sideEffects: "none",
    });
  }
}
