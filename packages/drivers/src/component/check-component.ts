// A component's link plan -> the proof that it fits the contract and imports nothing that nobody gives, before it runs.
import { CallBudget } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { OpenContext } from "@tenon/host/driver";
import { checkContract, isCoreModule, isSameInterface } from "@tenon/wasm";
import type { HostImport, LinkPlan } from "@tenon/wasm";
import type { OpenWasi, Preview2Face } from "../_wasm/wasi.ts";
import { extraFor } from "./imports.ts";

/** Throws artifact-invalid for a core module. */
export function checkIsComponent(bytes: Uint8Array): void {
  if (!isCoreModule(bytes)) return;
  throw new TenonError("artifact-invalid", "the artifact is a core module, not a component", {
    hint: "use the wasm boundary, or wrap the module with wasm-tools component new",
    sideEffects: "none",
  });
}

/** Whether it imports something of WASI's that the operator does not supply. */
export function importsWasi({ world }: LinkPlan, extra: Readonly<Record<string, HostImport>>): boolean {
  return world.imports.some(({ id }) => id.startsWith("wasi:") && extraFor(id, extra) === undefined);
}

/** Throws function-missing with all functions that it lacks, or contract-mismatch with the place. */
export function checkComponent(
  plan: LinkPlan,
  context: OpenContext,
  extra: Readonly<Record<string, HostImport>>,
  openWasi: OpenWasi<Preview2Face> | undefined,
): void {
  checkComplete(plan, context);
  const wasi = wasiNames(plan, openWasi);
  checkContract(plan.world, context.contract, {
    isSuppliedElsewhere: (id) => extraFor(id, extra) !== undefined || wasi.has(id),
  });
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

function wasiNames({ world }: LinkPlan, openWasi: OpenWasi<Preview2Face> | undefined): ReadonlySet<string> {
  if (openWasi === undefined) return new Set();
  const face = openWasi({ budget: new CallBudget(), onStderr: () => undefined });
  try {
    return new Set(Object.keys(face.importsFor(world.imports.map(({ id }) => id))));
  } finally {
    face.close();
  }
}
