// The path of a program -> its bytes, and whether they are a core module or a component.
import { TenonError } from "@tenon/contract/core";
import { readBounded } from "../foreign-file.ts";

const MAX_BYTES = 256 * 1024 * 1024;
/** `\0asm`, then the version and layer: core modules and components (component-model Binary.md, "Component Definitions"). */
const MODULE = "0061736d01000000";
const COMPONENT = "0061736d0d000100";

export interface ProgramFile {
  readonly bytes: Uint8Array;
  readonly kind: "module" | "component";
}

/** Throws `file-missing`, `artifact-invalid` for what is neither, or `resource-exhausted` for more than 256 MiB. */
export function readProgram(file: string): ProgramFile {
  const bytes = readBounded(file, MAX_BYTES);
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.length)).toString("hex");
  if (head !== MODULE && head !== COMPONENT) throw notWasm(file, bytes, head);
  return { bytes, kind: head === MODULE ? "module" : "component" };
}

function notWasm(file: string, bytes: Uint8Array, head: string): TenonError {
  const isCut = bytes.length < 8 && (MODULE.startsWith(head) || COMPONENT.startsWith(head));
  const isText = /^\s*(\(|;;)/.test(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(64, bytes.length)).toString());
  const what = isCut
    ? `${file} ends after ${bytes.length} bytes, within the head of a WebAssembly binary`
    : `${file} is neither a WebAssembly module nor a component`;
  const hint = isText ? "assemble the text first, for example with `wat2wasm`" : "`tenon inspect` says what a file is";
  return new TenonError("artifact-invalid", what, { hint, sideEffects: "none" });
}
