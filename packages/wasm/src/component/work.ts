// How much comparing and copying of types one validation may do: a bound that no honest component comes near.
import { TenonError } from "@tenon/contract/core";

/** Nodes of types visited; about two seconds of work. */
const MAX_WORK = 20_000_000;
let left = MAX_WORK;

/** Starts the count anew. Validation is synchronous, so one count serves the process. */
export function refillWork(): void {
  left = MAX_WORK;
}

/** Throws `resource-exhausted` when a component's types cost more than any real component's. */
export function spend(nodes: number): void {
  left -= nodes;
  if (left < 0) {
    throw new TenonError("resource-exhausted", `checking the component's types takes more than ${MAX_WORK} steps`, {
      hint: "the component was made to be expensive; do not load it",
      sideEffects: "none",
    });
  }
}
