// This Node and this machine -> findings, each feature tried, none guessed from a version.
import { availableParallelism, totalmem } from "node:os";
import process from "node:process";
import { found, missing, type Finding, type Question } from "./finding.ts";

const FLOOR = [20, 19] as const;

export function runtimeFindings(): readonly Finding[] {
  return [
    nodeVersion(),
    ...FEATURES.map(({ question, has }) =>
      has() ? found(question, "available") : missing(question, "not in this Node"),
    ),
  ];
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const question: Question = {
    id: "node",
    group: "runtime",
    title: "Node.js",
    purpose: "runs everything",
    remedy: `install Node ${FLOOR.join(".")} or later (nodejs.org)`,
  };
  const isEnough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return isEnough ? found(question, detail, true) : missing(question, `${detail} is too old`, true);
}

const newer = "use a newer Node (24 has it)";
const FEATURES: readonly { readonly question: Question; readonly has: () => boolean }[] = [
  {
    question: {
      id: "code-generation",
      group: "runtime",
      title: "code generation",
      purpose: "specialised codecs; without it closures do the work, slower",
      remedy: "start Node without --disallow-code-generation-from-strings",
    },
    has: canGenerateCode,
  },
  {
    question: {
      id: "shared-memory",
      group: "runtime",
      title: "shared memory, Atomics.wait",
      purpose: "the worker boundary",
      remedy: "use Node itself, not a runtime that leaves it out",
    },
    has: () => typeof SharedArrayBuffer === "function" && typeof Atomics.wait === "function",
  },
  {
    question: {
      id: "wait-async",
      group: "runtime",
      title: "Atomics.waitAsync",
      purpose: "waiting for a worker without a message",
      remedy: newer,
    },
    has: () => typeof (Atomics as { readonly waitAsync?: unknown }).waitAsync === "function",
  },
  {
    question: {
      id: "jspi",
      group: "runtime",
      title: "WebAssembly JSPI",
      purpose: "asynchronous imports of WebAssembly plugins",
      remedy: newer,
    },
    has: () =>
      typeof (globalThis as { readonly WebAssembly?: { readonly Suspending?: unknown } }).WebAssembly?.Suspending ===
      "function",
  },
  {
    question: {
      id: "permission-model",
      group: "runtime",
      title: "permission model",
      purpose: "`tenon inspect` loads modules without the right to write",
      remedy: newer,
    },
    has: () =>
      ["--permission", "--experimental-permission"].some((flag) => process.allowedNodeEnvironmentFlags.has(flag)),
  },
];

function canGenerateCode(): boolean {
  try {
    // oxlint-disable-next-line eslint/no-new-func -- whether this is allowed is the question
    return new Function("return true")() === true;
  } catch {
    // That is the answer.
    return false;
  }
}

export function machineFindings(): readonly Finding[] {
  const cores = availableParallelism();
  const question: Question = {
    id: "cores",
    group: "machine",
    title: "processors",
    purpose: "a second one lets calls to workers spin instead of sleep",
    remedy: "give the machine or container more than one",
  };
  const detail = `${cores} usable, ${(totalmem() / 2 ** 30).toFixed(1)} GiB memory`;
  return [cores > 1 ? found(question, detail) : missing(question, detail)];
}
