// What a `component` artifact may be, beyond what every sandboxed guest may say.
import { TenonError } from "@tenon/contract/core";
import type { HostImport } from "@tenon/wasm";
import type { SandboxArtifact } from "../_wasm/settings.ts";

/** A WebAssembly component whose world has what the contract asks for; see docs/boundaries/component.md. */
export interface ComponentArtifact extends SandboxArtifact {
  /**
   * What the component imports beside the contract's host functions, by the id of the interface, with functions under
   * their WIT names. Interfaces of compatible versions are found, too. WASI 0.2 needs no entry: it is there with what
   * `wasi` grants. Functions cannot go to another thread, so `imports` are for `isolation: "inline"`.
   */
  readonly imports?: Readonly<Record<string, HostImport>>;
}

/** Throws config-invalid where `imports` would have to go to another thread. */
export function checkElsewhere({ imports, isolation }: ComponentArtifact): void {
  if (imports === undefined || Object.keys(imports).length === 0) return;
  throw new TenonError("config-invalid", `artifact.imports cannot go along to a ${String(isolation)}`, {
    hint: "put the functions into the contract, grant WASI with artifact.wasi, or leave the isolation inline",
    sideEffects: "none",
  });
}
