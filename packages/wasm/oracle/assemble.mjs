// WAT -> bytes by wasm-tools, and whole .wast files run with it.
import { parse } from "@bytecodealliance/jco";
import { runWast } from "./wast.mjs";

/** Throws a SyntaxError for text that the assembler refuses. */
export async function assemble(text) {
  try {
    return await parse(text);
  } catch (thrown) {
    throw new SyntaxError(String(thrown?.payload ?? thrown?.message ?? thrown));
  }
}

export async function runFile(text, options) {
  return await runWast(text, assemble, options);
}
