// A component's bytes -> its link plan.
import { CoreTypeTable } from "../core/types.ts";
import type { LinkPlan } from "../link/plan.ts";
import { decodeComponent } from "./decode.ts";
import { validateComponent } from "./validate.ts";

/**
 * Decodes and validates a component and says how to link it. The plan is plain data and holds no bytes: keep it by the
 * digest of the component. Throws `artifact-invalid` with the byte offset (`details.offset`) of the first fault,
 * `resource-exhausted` for types made to be expensive. Core code is validated when it is compiled.
 */
export function planComponent(bytes: Uint8Array): LinkPlan {
  const coreTypes = new CoreTypeTable();
  return validateComponent(decodeComponent(bytes, coreTypes), coreTypes);
}
