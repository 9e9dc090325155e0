// A component and what it is granted -> one run: `wasi:cli/run`, or one of its functions by name.
import { TenonError } from "@tenon/contract/core";
import { createPreview2, type WasiOptions } from "@tenon/wasi";
import { type LinkedComponent, type LinkPlan, instantiate, planComponent } from "@tenon/wasm";
import { checkImports, compileComponent, neededBy } from "./component-program.ts";
import { FuelCount } from "./fuel-count.ts";
import type { RunOutcome } from "./outcome.ts";
import type { RunRequest } from "./request.ts";
import { endedBy } from "./trap.ts";

const COMMAND = /^wasi:cli\/run@0\.2\.\d+$/;

/** What to call once there is an instance; gives what the function gave. */
export type ComponentMain = (component: LinkedComponent) => unknown;

/** Rejects with what kept the guest from running; how it ended then is the outcome. */
export async function runComponent(bytes: Uint8Array, request: RunRequest, options: WasiOptions): Promise<RunOutcome> {
  const plan = planComponent(bytes);
  const main = await chooseMain(plan, request);
  const wasi = createPreview2(options);
  const fuel = new FuelCount(request);
  try {
    const imports = wasi.importsFor(neededBy(plan));
    checkImports(plan, imports, request.file);
    const modules = await compileComponent(plan, bytes, request);
    const coreImports = fuel.tank();
    return run(() => main(instantiate(plan, modules, imports, { coreImports })), wasi, fuel);
  } finally {
    wasi.close();
  }
}

function run(call: () => unknown, wasi: ReturnType<typeof createPreview2>, fuel: FuelCount): RunOutcome {
  try {
    return { kind: "exit", guestCode: wasi.start(call), ...fuel.used };
  } catch (thrown) {
    const { error } = fuel;
    return { ...(error === undefined ? endedBy(thrown) : { kind: "fuel", error: error.toJSON() }), ...fuel.used };
  }
}

async function chooseMain(plan: LinkPlan, request: RunRequest): Promise<ComponentMain> {
  if (request.invoke !== undefined) {
    const { prepareCall } = await import("./component-invoke.ts");
    return prepareCall(plan, request.invoke, request.args);
  }
  const command = plan.world.exports.find(({ id }) => COMMAND.test(id))?.id;
  if (command !== undefined) return (component) => component.func(command, "run")!();
  const others = plan.world.exports.map(({ id }) => id).filter((id) => id !== "");
  throw new TenonError("artifact-invalid", `${request.file} is not a command: it exports no wasi:cli/run@0.2`, {
    hint: `call one of its functions with --invoke${others.length > 0 ? `; it exports ${others.slice(0, 16).join(", ")}` : ""}`,
    sideEffects: "none",
  });
}
