// What a `component` artifact may be -> its bytes.
import { readFile } from "node:fs/promises";
import { TenonError } from "@tenon/contract/core";
import type { HostImport } from "@tenon/wasm";

/** A WebAssembly component whose world has what the contract asks for; see docs/boundaries/component.md. */
export interface ComponentArtifact {
  /** A file URL or an absolute path, or the component's bytes. */
  readonly module: string | URL | Uint8Array;
  /**
   * What the component imports beside the contract's host functions, such as WASI: by the id of the interface, with
   * functions under their WIT names. Interfaces of compatible versions are found, too.
   */
  readonly imports?: Readonly<Record<string, HostImport>>;
  /** Handles of resources that one instance may hold at once. Default 65,536. */
  readonly maxHandles?: number;
}

/** Rejects with file-missing or config-invalid. */
export async function readComponent({ module }: ComponentArtifact): Promise<Uint8Array> {
  if (module instanceof Uint8Array) return module;
  if (typeof module !== "string" && !(module instanceof URL)) {
    throw new TenonError("config-invalid", `artifact.module must be a path, a URL or bytes, not ${typeof module}`, {
      hint: "name the .wasm file",
      sideEffects: "none",
    });
  }
  try {
    return await readFile(typeof module === "string" && module.startsWith("file:") ? new URL(module) : module);
  } catch (thrown) {
    throw TenonError.from(thrown, "file-missing", { sideEffects: "none" });
  }
}
