// The catalogue of what plugins do to a host, as data: what it is, what the host must say of it, and where it can happen.
import assert from "node:assert/strict";
import type { ErrorCode } from "@tenon/contract";
import {
  unless,
  unlessCallbacks,
  unlessContained,
  unlessEngine,
  unlessLoopsEnd,
  unlessMemoryIsBound,
  unlessProcess,
  unlessThreadOrProcess,
  unlessThrows,
} from "./exempt.ts";
import type { CallFault, Fault, StartFault } from "./fault.ts";
import { startedAnew } from "./recovery.ts";

/** How a loop may end: by its deadline, or by the fuel of its engine. */
const ENDED: readonly ErrorCode[] = ["deadline-exceeded", "resource-exhausted"];
/** Long enough for a thread that has to start first; what loops does so all the while. */
const DEADLINE = { deadlineMs: 200 };
const MEMORY_MIB = 8;
const MAX_MESSAGE = 64 * 1024;

/** In the order of the contract's `trap`. */
const TRAPS = [
  "unreachable",
  "memory-out-of-bounds",
  "divide-by-zero",
  "indirect-call-mismatch",
  "indirect-call-mismatch",
  "integer-overflow",
  "invalid-conversion",
  "table-out-of-bounds",
] as const;

/** Of a null element and of one of another type, which engines do not tell apart. */
const CALLS: Readonly<Record<number, string>> = { 3: " (null)", 4: " (another type)" };

const traps: readonly CallFault[] = TRAPS.map((trap, kind) => ({
  id: "R1",
  what: `traps: ${trap}${CALLS[kind] ?? ""}`,
  exempt: unlessEngine,
  codes: ["plugin-trap"],
  provoke: ({ plugin }) => plugin.faults.trap(kind),
  check: ({ error }) => {
    assert.equal(error?.call, "faults.trap");
    assert.deepEqual(error?.details, { trap }, error?.message);
  },
}));

/** A program has no throw, and no answer that could come before its end. */
const THROWN: readonly ErrorCode[] = ["plugin-trap", "exit-unexpected"];
const GONE: readonly ErrorCode[] = ["plugin-crashed", "protocol-error", "exit-unexpected"];

const ends: readonly CallFault[] = [
  {
    id: "R2",
    what: "throws",
    exempt: unlessThrows,
    codes: THROWN,
    provoke: ({ plugin }) => plugin.faults.trap(0),
    check: ({ error }) => assert.equal(error?.call, "faults.trap"),
  },
  {
    id: "R2",
    what: "rejects with what is no error",
    exempt: unlessThrows,
    codes: THROWN,
    provoke: ({ plugin }) => plugin.faults.trap(103),
  },
  {
    id: "R2",
    what: "throws after its answer",
    exempt: unlessThreadOrProcess,
    codes: [],
    provoke: async ({ plugin }) => {
      await plugin.faults.trap(104);
      await startedAnew(plugin);
    },
  },
  ...(["code 3", "code 0"] as const).map((how, index): CallFault => ({
    id: "R3",
    what: `exits with ${how} instead of an answer`,
    exempt: unlessThreadOrProcess,
    codes: GONE,
    provoke: ({ plugin }) => plugin.faults.trap(100 + index),
  })),
  {
    id: "R3",
    what: "is ended by a signal",
    exempt: unlessProcess,
    codes: GONE,
    provoke: ({ plugin }) => plugin.faults.trap(102),
  },
  {
    id: "R6",
    what: "loops and ignores the polite request to end",
    exempt: unlessProcess,
    codes: ENDED,
    provoke: ({ plugin }) => plugin.faults.trap(105, DEADLINE),
  },
  {
    id: "R9",
    what: "answers when nobody waits any more",
    exempt: unlessThreadOrProcess,
    // Longer than the answer takes: it is dropped, and the plugin is not ended for it.
    limits: { cancelGraceMs: 5000 },
    codes: ["deadline-exceeded"],
    provoke: async ({ plugin }) => {
      try {
        return await plugin.faults.trap(106, { deadlineMs: 100 });
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 1100));
      }
    },
  },
];

const loops: readonly CallFault[] = [
  {
    id: "R4",
    what: "loops in a call",
    exempt: unlessLoopsEnd,
    codes: ENDED,
    provoke: ({ plugin }) => plugin.faults.spin(DEADLINE),
  },
  {
    id: "R4",
    what: "loops in a call that the host makes while it serves the plugin",
    exempt: unless(unlessLoopsEnd, unlessCallbacks),
    // Where a plugin cannot be entered twice at once, that is the end of it.
    codes: [...ENDED, "host-function-failed", "plugin-trap"],
    provoke: ({ plugin }) => plugin.faults.nest(1, DEADLINE),
  },
  {
    id: "R4",
    what: "loops in its allocator",
    exempt: unless(unlessEngine, unlessLoopsEnd),
    codes: ENDED,
    provoke: ({ plugin }) => plugin.faults.take("x".repeat(13), DEADLINE),
  },
  {
    id: "R4",
    what: "loops while it frees a result",
    exempt: unless(unlessEngine, unlessLoopsEnd),
    codes: ENDED,
    provoke: ({ plugin }) => plugin.faults.text(13, DEADLINE),
  },
  {
    id: "T-C7",
    what: "waits for a host function that never answers",
    exempt: unlessCallbacks,
    // Where the host cannot wait, a promise is refused.
    codes: ["deadline-exceeded", "boundary-unsupported", "host-function-failed"],
    provoke: ({ plugin }) => plugin.faults.hang(DEADLINE),
  },
];

const sizes: readonly CallFault[] = [
  {
    id: "R7",
    what: "grows its memory until there is no more",
    exempt: unlessMemoryIsBound,
    limits: { memoryMiB: MEMORY_MIB },
    codes: [],
    provoke: ({ plugin }) => plugin.faults.grow({ deadlineMs: 20_000 }),
    check: ({ value }) => assert.ok((value as number) <= MEMORY_MIB, `it had ${String(value)} MiB`),
  },
  {
    id: "R7",
    what: "grows a table until there is no more",
    exempt: unless(unlessEngine, unlessMemoryIsBound),
    codes: [],
    provoke: ({ plugin }) => plugin.faults.growTable({ deadlineMs: 20_000 }),
    check: ({ value }) => assert.ok((value as number) <= 1_000_000, `it had ${String(value)} elements`),
  },
  {
    id: "R7",
    what: "claims a result of 2 GiB",
    exempt: unlessEngine,
    codes: ["plugin-trap", "resource-exhausted"],
    provoke: ({ plugin }) => plugin.faults.text(2 ** 31),
  },
  {
    id: "T-C2",
    what: "returns more than the limit of a message",
    exempt: unlessContained,
    limits: { maxMessageBytes: MAX_MESSAGE },
    codes: ["resource-exhausted", "protocol-error", "plugin-crashed"],
    provoke: ({ plugin }) => plugin.faults.text(MAX_MESSAGE - 100).then(() => plugin.faults.text(MAX_MESSAGE + 100)),
  },
];

const depths: readonly CallFault[] = [
  {
    id: "R8",
    what: "recurses until its stack ends",
    exempt: unlessContained,
    codes: ["plugin-trap", "resource-exhausted"],
    provoke: ({ plugin }) => plugin.faults.recurse({ deadlineMs: 20_000 }),
    check: ({ error }, { traits }) => {
      if (unlessEngine(traits) !== undefined) return;
      // A machine within the engine has a stack of its own, and says in words that it has ended.
      if (error?.details === undefined) assert.match(error!.what, /stack overflow/);
      else assert.deepEqual(error.details, { trap: "stack-overflow" });
    },
  },
  {
    id: "T-C6",
    what: "calls the host, which calls it again, without end",
    exempt: unlessCallbacks,
    codes: ["resource-exhausted", "plugin-trap", "host-function-failed", "deadline-exceeded"],
    provoke: ({ plugin }) => plugin.faults.nest(1_000_000, { deadlineMs: 5000 }),
  },
];

const MAX_LINES = 100;
const floods: readonly CallFault[] = [
  {
    id: "R10",
    what: "calls the host without end",
    exempt: unless(unlessCallbacks, unlessLoopsEnd),
    codes: ENDED,
    provoke: ({ plugin }) => plugin.faults.floodHost(2 ** 32 - 1, DEADLINE),
  },
  {
    id: "R10",
    what: "prints without measure",
    exempt: unlessContained,
    limits: { maxLogLinesPerSecond: MAX_LINES },
    codes: [],
    provoke: ({ plugin }) => plugin.faults.floodOutput(20_000, { deadlineMs: 20_000 }),
    check: (_outcome, { logs }) => {
      // Some seconds of it on a slow machine, and nowhere near all of it.
      assert.ok(logs.length < 100 * MAX_LINES, `${logs.length} lines were kept`);
    },
  },
  {
    id: "R19",
    what: "opens ten thousand files and closes none",
    exempt: unlessEngine,
    codes: [],
    provoke: ({ plugin }) => plugin.faults.openFiles(10_000, { deadlineMs: 20_000 }),
    check: ({ value }) => {
      const opened = value as number;
      assert.ok(opened > 0 && opened < 10_000, `it opened ${opened} files`);
    },
  },
];

/** Whatever it says: a start that failed, was too long, or bytes that are refused before anything runs. */
const NOT_STARTED: readonly ErrorCode[] = ["start-failed", "resource-exhausted", "deadline-exceeded"];
const REFUSED: readonly ErrorCode[] = ["artifact-invalid", "resource-exhausted"];
/** As long as nobody else waits: what loops does so all the while. */
const START_MS = 600;
const starts: readonly StartFault[] = [
  {
    id: "R5",
    what: "loops while it is instantiated",
    artifact: "start-spins",
    exempt: unlessLoopsEnd,
    limits: { startMs: START_MS },
    codes: NOT_STARTED,
  },
  {
    id: "R5",
    what: "loops while it initializes",
    artifact: "initialize-spins",
    exempt: unless(unlessEngine, unlessLoopsEnd),
    limits: { startMs: START_MS },
    codes: NOT_STARTED,
  },
  { id: "R8", what: "nests types in its binary", artifact: "deep-types", exempt: unlessEngine, codes: REFUSED },
];

/** All of them, in the order in which they run. */
export const FAULTS: readonly Fault[] = [...traps, ...ends, ...loops, ...sizes, ...depths, ...floods, ...starts];
