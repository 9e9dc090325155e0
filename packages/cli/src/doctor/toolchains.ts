// Compilers, interpreters and optional libraries -> findings with their versions, asked from the tools themselves.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { found, missing, output, versionIn, type Finding, type Question } from "./finding.ts";

interface Tool {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly remedy: string;
  /** The first command that answers is the one. */
  readonly commands: readonly (readonly string[])[];
}

const TOOLS: readonly Tool[] = [
  { id: "rust", title: "Rust", purpose: "plugins in Rust", remedy: "rustup.rs", commands: [["rustc", "--version"]] },
  {
    id: "cargo",
    title: "cargo",
    purpose: "builds plugins in Rust",
    remedy: "rustup.rs",
    commands: [["cargo", "--version"]],
  },
  {
    id: "clang",
    title: "clang",
    purpose: "plugins in C",
    remedy: "apt-get install clang, or Xcode's command line tools",
    commands: [["clang", "--version"]],
  },
  { id: "gcc", title: "gcc", purpose: "plugins in C", remedy: "apt-get install gcc", commands: [["gcc", "--version"]] },
  {
    id: "make",
    title: "make",
    purpose: "builds plugins in C",
    remedy: "apt-get install make",
    commands: [["make", "--version"]],
  },
  { id: "go", title: "Go", purpose: "plugins in Go", remedy: "go.dev/dl", commands: [["go", "version"]] },
  {
    id: "python",
    title: "Python",
    purpose: "plugins in Python",
    remedy: "python.org, or apt-get install python3",
    commands: [
      ["python3", "--version"],
      ["python", "--version"],
    ],
  },
  { id: "java", title: "Java", purpose: "plugins in Java", remedy: "adoptium.net", commands: [["java", "-version"]] },
  {
    id: "wasm-tools",
    title: "wasm-tools",
    purpose: "looking into WebAssembly components",
    remedy: "cargo install wasm-tools",
    commands: [["wasm-tools", "--version"]],
  },
];

const LIBRARIES: readonly (readonly [name: string, purpose: string])[] = [
  ["typescript", "compiling plugins in TypeScript"],
  ["koffi", "the dylib boundary"],
  ["@grpc/grpc-js", "the grpc boundary"],
  ["@nats-io/transport-node", "the nats boundary"],
  ["wasmoon", "the lua boundary (its WebAssembly binary)"],
];

export function toolchainFindings(): Promise<readonly Finding[]> {
  return Promise.all(TOOLS.map(askTool));
}

async function askTool({ commands, ...rest }: Tool): Promise<Finding> {
  const question: Question = { group: "toolchains", ...rest };
  for (const [program = "", ...args] of commands) {
    const text = await output(program, args);
    if (text !== undefined) return found(question, versionIn(text));
  }
  return missing(question);
}

/** Looked up from the working directory first, because that is where a host would find them. */
export function libraryFindings(): readonly Finding[] {
  const places = [createRequire(join(process.cwd(), "index.js")), createRequire(import.meta.url)];
  return LIBRARIES.map(([name, purpose]) => {
    const question: Question = { id: name, group: "libraries", title: name, purpose, remedy: `npm install ${name}` };
    const version = places.map((place) => versionOf(place, name)).find((one) => one !== undefined);
    return version === undefined ? missing(question) : found(question, version);
  });
}

/** By the folder, because `exports` may hide a package's own package.json. */
function versionOf(from: NodeJS.Require, name: string): string | undefined {
  for (const folder of from.resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as {
        readonly version?: unknown;
      };
      if (typeof version === "string") return version;
    } catch {
      // Not in this folder; the next one up may have it.
      continue;
    }
  }
  return undefined;
}
