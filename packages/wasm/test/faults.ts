// What a test expects of a refused component: a typed error with the place in the bytes.
import assert from "node:assert/strict";
import { TenonError } from "@tenon/contract";
import { planComponent } from "@tenon/wasm";

/** The fault that a component is refused for; fails the test when it is accepted. */
export function faultOf(bytes: Uint8Array): { readonly what: string; readonly offset: number; readonly kind: string } {
  try {
    planComponent(bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof TenonError, `not a TenonError: ${String(thrown)}`);
    assert.equal(thrown.code, "artifact-invalid", thrown.message);
    const { offset, kind } = thrown.details as { offset: number; kind: string };
    assert.equal(typeof offset, "number");
    return { what: thrown.what, offset, kind };
  }
  return assert.fail("the component was accepted");
}
