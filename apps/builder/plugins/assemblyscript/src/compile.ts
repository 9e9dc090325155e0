// Sources in memory -> a WebAssembly module, or the compiler's own diagnostics with their lines and columns.
import type { DiagnosticMessage } from "assemblyscript/asc";
import type { Diagnostic, Profile, Severity } from "@tenon/builder/contract";
import type { SourceProject } from "./project.ts";

export interface Compiled {
  readonly failed: boolean;
  readonly diagnostics: Diagnostic[];
  readonly binary: Uint8Array;
  readonly text: string;
}

/** The compiler's own numbers for its categories. */
const SEVERITIES: Readonly<Record<number, Severity>> = { 1: "warning", 2: "note", 3: "error" };

const FLAGS: Readonly<Record<Profile, readonly string[]>> = {
  debug: ["--debug"],
  release: ["-O3", "--noAssert"],
  small: ["-Oz", "--noAssert"],
};

export async function compile(project: SourceProject, profile: Profile): Promise<Compiled> {
  const diagnostics: Diagnostic[] = [];
  const outputs = new Map<string, string | Uint8Array>();
  const flags = FLAGS[profile];
  const args = [project.entry, "--outFile", "out.wasm", "--textFile", "out.wat", ...flags];
  // Loaded with the first build: it is large, and a plugin that is only asked what it builds needs none of it.
  const { default: asc } = await import("assemblyscript/asc");
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(args, {
    stderr,
    readFile: (path) => project.sources.get(path) ?? null,
    writeFile: (path, content) => void outputs.set(path, content),
    listFiles: (folder) => [...project.sources.keys()].filter((path) => path.startsWith(`${folder}/`)),
    reportDiagnostic: (message) => void diagnostics.push(toDiagnostic(message, project.sources)),
  });
  const failed = error !== null;
  if (failed && !diagnostics.some((one) => one.severity === "error")) {
    diagnostics.push({ severity: "error", message: firstLine(stderr.toString()) || error.message });
  }
  const binary = outputs.get("out.wasm");
  const text = outputs.get("out.wat");
  return {
    failed,
    diagnostics,
    binary: binary instanceof Uint8Array ? binary : new Uint8Array(0),
    text: typeof text === "string" ? text : "",
  };
}

function toDiagnostic(message: DiagnosticMessage, sources: ReadonlyMap<string, string>): Diagnostic {
  const { range } = message;
  const file = range?.source.normalizedPath;
  const text = file === undefined ? undefined : sources.get(file);
  const place = range === null || text === undefined ? {} : placeOf(text, range.start);
  return {
    severity: SEVERITIES[message.category] ?? "note",
    message: message.message,
    ...(text !== undefined && { file }),
    ...place,
    code: `${message.code < 1000 ? "AS" : "TS"}${message.code}`,
  };
}

/** Line and column, from 1, of a position in a text. */
function placeOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  return { line, column: position - before.lastIndexOf("\n") };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
