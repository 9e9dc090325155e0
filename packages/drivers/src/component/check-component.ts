// A component's link plan -> the proof that it fits the contract and imports nothing that nobody gives, before it runs.
import { CallBudget } from "@tenon/abi";
import { splitId, TenonError, type Contract } from "@tenon/contract/core";
import { contractMismatch, indexFunctions } from "@tenon/host/driver";
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

/** Throws contract-mismatch with the place where the component and `context.contract` differ, its imports of WASI included. */
export function checkComponent(
  plan: LinkPlan,
  context: OpenContext,
  extra: Readonly<Record<string, HostImport>>,
  openWasi: OpenWasi<Preview2Face> | undefined,
): void {
  const wasi = wasiNames(plan, openWasi);
  checkContract(plan.world, context.contract, {
    isSuppliedElsewhere: (id) => extraFor(id, extra) !== undefined || wasi.has(id),
  });
}

/**
 * The first of `offers` whose types the component has: one that can be linked as it is needs no adapter, whatever version
 * it was built for. Throws function-missing with all functions that it lacks of its own version, contract-mismatch with the
 * place where it differs from that, or with both lists where the host does not speak its version.
 */
export function fittingContract(
  plan: LinkPlan,
  offers: readonly Contract[],
  extra: Readonly<Record<string, HostImport>>,
): Contract {
  const isSuppliedElsewhere = (id: string): boolean => id.startsWith("wasi:") || extraFor(id, extra) !== undefined;
  const misfits: { readonly offer: Contract; readonly error: TenonError }[] = [];
  for (const offer of offers) {
    try {
      checkComplete(plan, offer);
      checkContract(plan.world, offer, { isSuppliedElsewhere });
      return offer;
    } catch (thrown) {
      misfits.push({ offer, error: TenonError.from(thrown) });
    }
  }
  const ids = plan.world.exports.map(({ id }) => id).filter((id) => id !== "");
  const [first] = misfits;
  const own = misfits.find(({ offer }) => offer.exports.some(({ id }) => ids.includes(id)));
  if (own !== undefined) throw own.error;
  // What has no versions, or nothing in common, is of nobody's version.
  if (!ids.some((id) => offers.some((offer) => offer.exports.some((one) => isSameName(one.id, id)))))
    throw first!.error;
  const stamps = ids.map((id) => ({ id }));
  throw contractMismatch(offers, stamps, "the component", `; to begin with, ${first!.error.what}`);
}

/** Whether two interfaces differ by nothing but their versions. */
function isSameName(a: string, b: string): boolean {
  return interfaceName(a) === interfaceName(b);
}

function interfaceName(id: string): string {
  const { pkg, name } = splitId(id);
  return `${pkg}/${name}`;
}

/** All functions that are missing, in one error: what every boundary says of a plugin that lacks some. */
function checkComplete({ world }: LinkPlan, { exports, id }: Contract): void {
  const missing = indexFunctions(exports).filter((func) => {
    const owner = world.exports.find((one) => isSameInterface(one.id, func.interface.id));
    return owner?.functions.every(({ name }) => name !== func.function.name) ?? true;
  });
  if (missing.length === 0) return;
  const paths = missing.map(({ path }) => path).join(", ");
  throw new TenonError("function-missing", `the component does not export ${paths} of ${id}`, { sideEffects: "none" });
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
