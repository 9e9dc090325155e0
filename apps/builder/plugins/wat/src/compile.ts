// Text of one module -> its bytes, or the assembler's own message with line and column.
import type openWabt from "wabt";
import type { Diagnostic } from "@tenon/builder/contract";

export interface CompiledModule {
  /** What other modules import it by: the file's name without `.wat`. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly binary: Uint8Array<ArrayBuffer>;
}

let opened: ReturnType<typeof openWabt> | undefined;

/** Loaded with the first build: a plugin that is only asked what it builds needs none of it. */
async function open(): ReturnType<typeof openWabt> {
  const { default: openIt } = await import("wabt");
  return openIt();
}

export async function compileModule(
  path: string,
  text: string,
  { debugNames }: { debugNames: boolean },
): Promise<CompiledModule | Diagnostic> {
  const wabt = await (opened ??= open());
  let module: ReturnType<typeof wabt.parseWat> | undefined;
  try {
    module = wabt.parseWat(path, text, {
      bulk_memory: true,
      multi_value: true,
      mutable_globals: true,
      sign_extension: true,
    });
    module.resolveNames();
    module.validate();
    const { buffer } = module.toBinary({ write_debug_names: debugNames });
    return { name: path.replace(/\.wat$/, ""), path, text, binary: new Uint8Array(buffer) };
  } catch (error) {
    return toDiagnostic(path, (error as Error).message);
  } finally {
    module?.destroy();
  }
}

/** wabt's message is a heading, then `file:line:column: error: message`, then the line with a marker below it. */
function toDiagnostic(path: string, message: string): Diagnostic {
  const lines = message.split("\n");
  for (const line of lines) {
    const match = /^(?<file>.*):(?<line>\d+):(?<column>\d+): error: (?<message>.*)$/.exec(line);
    if (match?.groups === undefined) continue;
    const { groups } = match;
    return {
      severity: "error",
      message: groups["message"]!,
      file: path,
      line: Number(groups["line"]),
      column: Number(groups["column"]),
    };
  }
  return { severity: "error", message: lines[0] ?? "the assembler failed without a message", file: path };
}
