// The catalogue of what peers say on a wire: broken pipes, garbage, wrong ids, hostile handshakes, HTTP/2 that is none.
import assert from "node:assert/strict";
import type { ErrorCode } from "@tenon/contract";
import { eventually, rejection } from "../expect.ts";
import { AGAIN } from "./recovery.ts";
import type { Wire, WireFault, WireTools } from "./wire-fault.ts";

const LINES: readonly Wire[] = ["frames", "json-rpc"];
const PROGRAMS: readonly Wire[] = [...LINES, "go-plugin"];
const GO: readonly Wire[] = ["go-plugin"];
/** For peers that say nothing: longer than a program takes to start. */
const START = { startMs: 1500 };
const NOT_STARTED: readonly ErrorCode[] = ["start-failed"];
const REFUSED: readonly ErrorCode[] = ["handshake-failed"];
const BROKEN: readonly ErrorCode[] = ["protocol-error"];
const LOST: readonly ErrorCode[] = ["plugin-crashed"];
const TRAPPED: readonly ErrorCode[] = ["plugin-trap"];
/** A peer's claim of one byte more is in its program. */
const MAX_MESSAGE = { maxMessageBytes: 64 * 1024 };

/** The session ends as a breach of the protocol, whether or not a call waits; one that comes with the line, as a failed start. */
async function breach({ plugin, events }: WireTools): Promise<void> {
  await plugin.faults.ping(7, AGAIN).catch(() => {});
  const isBreach = (code: ErrorCode | undefined): boolean => code === "protocol-error" || code === "handshake-failed";
  await eventually("the breach of the protocol is told", () => events.some(({ crash }) => isBreach(crash?.code)));
}

const pipes: readonly WireFault[] = [
  {
    id: "R11",
    what: "ends its output in the middle of a message",
    act: "cut-then-closed",
    wires: LINES,
    codes: BROKEN,
    says: /closed its standard output/,
  },
  {
    id: "R11",
    what: "drops the connection in the middle of a message",
    act: "cut-then-closed",
    wires: GO,
    codes: LOST,
  },
  {
    id: "R11",
    what: "exits in the middle of a message",
    act: "cut-then-exit",
    wires: PROGRAMS,
    codes: LOST,
    says: /exited with code 4/,
  },
  {
    id: "R11",
    what: "ends its output and stays",
    act: "half-close",
    wires: LINES,
    codes: BROKEN,
    says: /closed its standard output/,
  },
  {
    id: "R11",
    what: "ends its input and stays",
    act: "deaf",
    wires: LINES,
    codes: BROKEN,
    says: /closed its standard input/,
  },
  { id: "R11", what: "ends its standard error only", act: "closes-stderr", wires: PROGRAMS, codes: [] },
  {
    id: "R11",
    what: "does not read what it is sent",
    act: "reads-nothing",
    wires: GO,
    codes: ["deadline-exceeded"],
    provoke: ({ plugin }) => plugin.faults.take("x".repeat(2 ** 20), { deadlineMs: 1500 }),
  },
];

const bytes: readonly WireFault[] = [
  { id: "R12", what: "says bytes that are no message", act: "garbage", wires: [...LINES, "thread"], codes: BROKEN },
  {
    id: "R12",
    what: "says bytes that are no HTTP/2",
    act: "garbage",
    wires: GO,
    // Node 20 tells the peer and not us, so that the call's deadline is what ends it.
    codes: ["plugin-trap", "plugin-crashed", "deadline-exceeded"],
    provoke: ({ plugin }) => plugin.faults.ping(7, { deadlineMs: 1500 }),
  },
  {
    id: "R12",
    what: "claims a message of no length",
    act: "length-0",
    wires: ["frames"],
    codes: BROKEN,
    says: /claims 0 bytes/,
  },
  {
    id: "R12",
    what: "claims a message of four gigabytes",
    act: "length-4-gib",
    wires: ["frames"],
    codes: BROKEN,
    says: /claims 4294967295 bytes/,
  },
  {
    id: "R12",
    what: "claims an answer of four gigabytes",
    act: "length-4-gib",
    wires: GO,
    codes: ["resource-exhausted"],
  },
  {
    id: "R12",
    what: "claims one byte more than a message may have",
    act: "length-over",
    wires: ["frames"],
    limits: MAX_MESSAGE,
    codes: BROKEN,
    says: /claims 65537 bytes/,
  },
  {
    id: "R12",
    what: "says a line without end",
    act: "endless-line",
    wires: ["json-rpc"],
    limits: MAX_MESSAGE,
    codes: BROKEN,
    says: /a line is longer than/,
  },
  {
    id: "R12",
    what: "says a message of an unknown kind",
    act: "unknown-kind",
    wires: ["frames", "thread"],
    codes: BROKEN,
    says: /kind 99/,
  },
  {
    id: "R12",
    what: "says JSON of another shape",
    act: "unknown-kind",
    wires: ["json-rpc"],
    codes: BROKEN,
    says: /not a JSON-RPC message/,
  },
  {
    id: "R12",
    what: "answers by a value of another type",
    act: "other-type",
    wires: [...PROGRAMS, "thread"],
    codes: BROKEN,
  },
  {
    id: "R12",
    what: "calls a function that is none of the contract's",
    act: "unknown-function",
    wires: ["frames", "go-plugin", "thread"],
    codes: BROKEN,
  },
  {
    id: "R12",
    what: "calls a method that is none of the contract's, and answers",
    act: "unknown-function",
    wires: ["json-rpc"],
    codes: [],
  },
  {
    id: "R12",
    what: "writes noise over the shared memory",
    act: "scribble",
    wires: ["thread"],
    // Whichever side sees it first.
    codes: ["protocol-error", "plugin-crashed"],
  },
  { id: "R12", what: "says its messages byte by byte", act: "byte-by-byte", wires: PROGRAMS, codes: [] },
  { id: "R12", what: "says many messages at one go", act: "at-one-go", wires: LINES, codes: [] },
];

const ids: readonly WireFault[] = [
  {
    id: "R13",
    what: "answers twice: the first counts, the second ends the session",
    act: "twice",
    wires: [...LINES, "thread"],
    codes: [],
    provoke: async (tools) => {
      const answer = await tools.plugin.faults.ping(7);
      await breach(tools);
      return answer;
    },
  },
  {
    id: "R13",
    what: "answers a call that nobody made",
    act: "unknown-id",
    wires: [...LINES, "thread"],
    codes: BROKEN,
    says: /call 12345 arrived, which is not in flight/,
  },
  {
    id: "R13",
    what: "answers before it was called",
    act: "too-early",
    wires: LINES,
    codes: [],
    provoke: (tools) => breach(tools).then(() => 7),
  },
  {
    id: "R13",
    what: "gives two of its calls one id",
    act: "id-twice",
    wires: [...LINES, "thread"],
    codes: BROKEN,
    says: /used twice/,
    provoke: async ({ plugin }) => {
      const calls = [1, 2].map((n) => plugin.faults.ping(n, AGAIN));
      await Promise.allSettled(calls);
      return await calls[1];
    },
  },
  {
    id: "R13",
    what: "answers a call that was cancelled",
    act: "late",
    wires: LINES,
    // Its answer is dropped, and nobody has to be ended for it.
    limits: { cancelGraceMs: 10_000 },
    codes: [],
    provoke: async ({ plugin, events }) => {
      await plugin.start();
      await rejection(plugin.faults.ping(1, { deadlineMs: 50 }), "deadline-exceeded");
      const answer = await plugin.faults.ping(7);
      assert.deepEqual(
        events.map(({ type }) => type),
        ["started"],
      );
      return answer;
    },
  },
];

const handshakes: readonly WireFault[] = [
  {
    id: "R14",
    what: "exits with code 3 before its line",
    act: "exits-3",
    wires: PROGRAMS,
    codes: NOT_STARTED,
    says: /exited with code 3 before the handshake[^]*cannot find libfoo/,
  },
  {
    id: "R14",
    what: "exits with code 0 before its line",
    act: "exits-0",
    wires: PROGRAMS,
    codes: NOT_STARTED,
    says: /exited with code 0 before the handshake/,
  },
  {
    id: "R14",
    what: "is killed before its line",
    act: "killed",
    wires: PROGRAMS,
    codes: NOT_STARTED,
    says: /was killed by SIGSEGV before the handshake/,
  },
  {
    id: "R14",
    what: "says nothing",
    act: "silent",
    wires: PROGRAMS,
    limits: START,
    codes: NOT_STARTED,
    says: /not ready within 1500 ms; it printed nothing/,
  },
  {
    id: "R14",
    what: "says half a line",
    act: "no-newline",
    wires: PROGRAMS,
    limits: START,
    codes: NOT_STARTED,
    says: /not ready within 1500 ms; it printed "/,
  },
  {
    id: "R14",
    what: "says a mebibyte without a newline",
    act: "long-line",
    wires: PROGRAMS,
    codes: REFUSED,
    says: /printed \d+ bytes without a newline/,
  },
  {
    id: "R14",
    what: "says a banner first",
    act: "banner",
    wires: PROGRAMS,
    codes: REFUSED,
    says: /the first line was "Welcome!"/,
  },
  { id: "R14", what: "says a line that is no text", act: "no-text", wires: PROGRAMS, codes: REFUSED },
  {
    id: "R14",
    what: "ends its output before its line",
    act: "closes-stdout",
    wires: PROGRAMS,
    codes: REFUSED,
    says: /closed its standard output before the handshake/,
  },
  {
    id: "R14",
    what: "speaks another version of the protocol",
    act: "other-protocol",
    wires: PROGRAMS,
    codes: REFUSED,
    says: /speaks version "2"/,
  },
  {
    id: "R14",
    what: "speaks another contract",
    act: "other-contract",
    wires: PROGRAMS,
    codes: ["contract-mismatch"],
  },
  {
    id: "R14",
    what: "says its line twice",
    act: "line-twice",
    wires: LINES,
    codes: [],
    provoke: async (tools) => breach(tools).then(() => 7),
  },
  { id: "R14", what: "throws while it loads", act: "throws", wires: ["thread"], codes: NOT_STARTED, says: /not today/ },
  { id: "R14", what: "exits while it loads", act: "exits", wires: ["thread"], codes: NOT_STARTED },
  {
    id: "R14",
    what: "says something of its own while it loads",
    act: "says-something",
    wires: ["thread"],
    codes: REFUSED,
  },
  {
    id: "R14",
    what: "says that it is ready, and never is",
    act: "lies-ready",
    wires: ["thread"],
    codes: ["deadline-exceeded"],
    provoke: ({ plugin }) => plugin.faults.ping(7, { deadlineMs: 1500 }),
  },
];

const go = (what: string, act: string, says: RegExp): WireFault => ({
  id: "R14",
  what,
  act,
  wires: GO,
  codes: REFUSED,
  says,
});
const goHandshakes: readonly WireFault[] = [
  go("speaks net/rpc", "net-rpc", /speaks "net\/rpc", and only gRPC crosses languages/),
  go("speaks neither", "thrift", /speaks "thrift"/),
  go("speaks a version of the application that is another", "other-version", /speaks version 7 of the application's/),
  go("speaks a version that is no number", "odd-version", /version is no number/),
  go("names a socket that is not there", "no-socket", /there is no socket at/),
  go("names a file that is no socket", "not-a-socket", /is no socket/),
  go("names a socket outside of its folder", "outside", /outside of the folder/),
  go("names one outside by two dots", "traversal", /outside of the folder/),
  go("names a port of this machine", "tcp", /listens on tcp/),
  go("names another machine", "other-host", /listens on tcp "192\.0\.2\.1:80"/),
  go("answers readably where TLS was asked for", "plaintext", /without a certificate although mutual TLS/),
  go("sends a certificate that nobody asked for", "unsolicited", /a certificate that nobody asked for/),
  go("sends a certificate that is no base64", "no-base64", /certificate is not base64/),
  go("sends a certificate that is none", "bad-certificate", /certificate cannot be read/),
];

const http = (what: string, act: string, ...codes: readonly ErrorCode[]): WireFault => ({
  id: "R30",
  what,
  act,
  wires: GO,
  codes,
});
const streams: readonly WireFault[] = [
  http("answers without a status", "no-status", ...TRAPPED),
  http("answers with a status that is no number", "odd-status", ...TRAPPED),
  http("answers with a page of HTML", "html", ...TRAPPED),
  http("answers with HTTP 503", "http-503", "plugin-crashed", "plugin-trap"),
  http("resets the stream", "reset", "plugin-trap", "plugin-crashed"),
  http("goes away in the middle of a call", "go-away", "plugin-crashed", "plugin-trap", "cancelled"),
  http("compresses by an encoding that it does not name", "compressed", ...TRAPPED),
  // The library takes it for a method that answered nothing.
  http("ends its answer early", "ends-early", "plugin-trap", "function-missing", "protocol-error"),
  http("sends headers without measure", "large-headers", "plugin-trap", "plugin-crashed", "resource-exhausted"),
  {
    ...http("never ends its answer", "no-end", "deadline-exceeded"),
    provoke: ({ plugin }) => plugin.faults.ping(7, { deadlineMs: 1500 }),
  },
  {
    // Asked for its health when it does not answer a call.
    ...http("answers by garbage how it is", "odd-health", "deadline-exceeded"),
    provoke: ({ plugin }) => plugin.faults.ping(7, { deadlineMs: 1500 }),
  },
  http("sends ten thousand pings", "ping-flood", "plugin-trap", "plugin-crashed"),
  http("sends a thousand settings, and answers", "settings-flood"),
];

/** All of them, in the order in which they run. */
export const WIRE_FAULTS: readonly WireFault[] = [
  ...pipes,
  ...bytes,
  ...ids,
  ...handshakes,
  ...goHandshakes,
  ...streams,
];
