// The path of a JavaScript module -> what it exports, found out by loading it in a child process that may do little.
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ContractDescriptor } from "@tenon/contract";
import type { NameFacts } from "./report.ts";

/** What a module turned out to be; `error` when it did not load. */
export type ModuleFacts =
  | { readonly exports: readonly NameFacts[]; readonly contract?: ContractDescriptor }
  | { readonly error: string };

/** Loading is reading and running top-level code; a module that needs longer is stuck. */
const LOAD_MS = 5_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_STDERR_BYTES = 16 * 1024;

const CHILD = fileURLToPath(new URL("./module-child.js", import.meta.url));

/**
 * Loads the module and reports its exports. The child has an empty environment and, where this Node has a permission
 * model, no right to write files or to start programs; the network it has. Never rejects.
 */
export function probeModule(path: string): Promise<ModuleFacts> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...permissionFlags(), CHILD, pathToFileURL(path).href], {
      env: {},
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => {
      resolve({ error: `did not finish loading within ${LOAD_MS} ms` });
      child.kill("SIGKILL");
    }, LOAD_MS);
    const answer = collect(child.stdio[3] as NodeJS.ReadableStream, MAX_ANSWER_BYTES);
    const errors = collect(child.stderr!, MAX_STDERR_BYTES);
    child.on("error", (error) => resolve({ error: `no process to load it in: ${error.message}` }));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(parse(answer()) ?? { error: endOf(code, signal, errors()) });
    });
  });
}

function permissionFlags(): readonly string[] {
  const known = process.allowedNodeEnvironmentFlags;
  const flag = ["--permission", "--experimental-permission"].find((name) => known.has(name));
  return flag === undefined ? [] : [flag, "--allow-fs-read=*", "--no-warnings"];
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let total = 0;
  stream.on("data", (chunk: Buffer) => {
    total += chunk.length;
    if (total <= maxBytes) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

/** The answer of our own child code, unless the module wrote to its descriptor. */
function parse(text: string): ModuleFacts | undefined {
  try {
    const facts = JSON.parse(text) as Partial<ModuleFacts> | null;
    return typeof facts === "object" && facts !== null && ("exports" in facts || "error" in facts)
      ? (facts as ModuleFacts)
      : undefined;
  } catch {
    // No answer, or not ours: what the process ended with says more.
    return undefined;
  }
}

function endOf(code: number | null, signal: string | null, errors: string): string {
  const how = signal === null ? `ended its process with code ${code}` : `was ended by ${signal}`;
  const last = errors.trim().split("\n").at(-1) ?? "";
  return `${how} while it loaded${last === "" ? "" : `: ${last}`}`;
}
