// Decoders of what a plugin's process or thread sends: frames, the handshake line, lines of JSON-RPC.
import assert from "node:assert/strict";
import type { Random } from "@tenon/abi/testing";
import { contractFromResolve, resolveWit, TenonError } from "@tenon/contract";
import { indexFunctions, speaking } from "@tenon/host/driver";
import {
  checkImplements,
  contractOf,
  FRAME,
  FrameFormat,
  FrameSplitter,
  formatHostGreeting,
  formatPluginGreeting,
  JsonRpcPeer,
  LineSplitter,
  parseHostGreeting,
  parsePluginGreeting,
  Peer,
} from "@tenon/host/wire";
import type { FuzzTarget } from "@tenon/verify/fuzz";

const contract = contractFromResolve(
  resolveWit(`package fuzz:wire@1.0.0;
    interface host { tick: func(n: u32) -> u32; tell: func(text: string, times: option<u8>); }
    interface work { add: func(a: s32, b: s32) -> s32; all: func(names: list<string>) -> list<string>; nothing: func(); }
    world plugin { import host; export work; }`).resolve,
  0,
);
const exports = indexFunctions(contract.exports);
const imports = indexFunctions(contract.imports);
const FREE = { deadline: undefined, signal: undefined, trace: undefined };
const MAX_MESSAGE = 4096;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Pieces of 1 to 200 bytes. */
function* pieces(input: Uint8Array, random: Random): Generator<Uint8Array> {
  for (let at = 0; at < input.length;) {
    const size = 1 + Math.floor(random() * (random() < 0.5 ? 8 : 200));
    yield input.subarray(at, at + size);
    at += size;
  }
}

interface Stream {
  readonly frames: readonly string[];
  readonly error: string | undefined;
}
/** What a splitter makes of the chunks: every frame that it gives out, then how it ended. */
function split(chunks: Iterable<Uint8Array>): Stream {
  const frames: string[] = [];
  const splitter = new FrameSplitter(MAX_MESSAGE, (frame) => frames.push(Buffer.from(frame).toString("latin1")));
  try {
    for (const chunk of chunks) splitter.push(chunk);
  } catch (thrown) {
    if (!(thrown instanceof TenonError)) throw thrown;
    return { frames, error: thrown.message };
  }
  return { frames, error: undefined };
}

function frame(kind: number, id: number, ...payload: readonly number[]): number[] {
  const body = [kind, id, ...payload];
  return [body.length, 0, 0, 0, ...body];
}

/** A peer's calls that are in flight: whatever becomes of them, it is a value or a TenonError. */
function watch(calls: readonly Promise<unknown>[]): void {
  for (const call of calls) {
    // Not caught on purpose: a rejection with anything else ends the test run with its stack.
    void call.catch((thrown: unknown) => {
      if (!(thrown instanceof TenonError) || thrown.code === "internal") throw thrown;
    });
  }
}

export const frames: FuzzTarget = {
  name: "frames",
  codes: ["protocol-error", "resource-exhausted"],
  inputs: () =>
    [
      [...frame(FRAME.call, 1, 1, 0, 5), ...frame(FRAME.result, 1, 0x83, 0x7f)],
      [...frame(FRAME.call, 2, 0, 4, 1, 2, 104, 105, 0), ...frame(FRAME.cancel, 2), ...frame(FRAME.drop, 4, 1)],
      [...frame(FRAME.log, 0, 2, 104, 105), ...frame(FRAME.error, 2, ...utf8('{"code":"plugin-trap","what":"x"}'))],
      [...frame(FRAME.result, 2, 1, 1, 97), ...frame(FRAME.result, 3), ...frame(FRAME.close, 0)],
      [...frame(FRAME.call, 3, 1, 15, 10, 1, 116, 7)],
    ].map((bytes) => Uint8Array.from(bytes)),
  words: ['"code":', '"what":', '"notes":[', '"details":', "plugin-trap", "__proto__"],
  run: (input, random) => {
    const cut = split(pieces(input, random));
    assert.deepEqual(cut, split([input]), "where a stream is cut changes what it says");
    const format = new FrameFormat({ send: () => {} }, MAX_MESSAGE);
    const peer = new Peer({
      format,
      remote: exports,
      local: imports,
      serve: (_index, args) => (typeof args[0] === "number" ? args[0] : undefined),
      describeFailure: (thrown) => TenonError.from(thrown),
      maxPendingCalls: 8,
      onLog: () => {},
      onDrop: () => {},
      onClose: () => {},
    });
    watch([
      peer.call(exports[0]!, [1, 2], FREE),
      peer.call(exports[1]!, [["a"]], FREE),
      peer.call(exports[2]!, [], FREE),
    ]);
    const splitter = new FrameSplitter(MAX_MESSAGE, (bytes, isOwned) => peer.receive(format.open(bytes, isOwned)));
    try {
      for (const chunk of pieces(input, random)) splitter.push(chunk);
    } finally {
      peer.fail(new TenonError("plugin-crashed", "the link ended"));
      assert.equal(peer.pending, 0);
    }
    return cut.frames.length;
  },
};

const LINES = [
  '{"jsonrpc":"2.0","id":"a","method":"host.tick","params":[5]}',
  '{"jsonrpc":"2.0","method":"log","params":{"level":"info","message":"hi"}}',
  '{"jsonrpc":"2.0","id":1,"result":3}',
  '{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"x","data":{"code":"plugin-trap"}}}',
  '{"jsonrpc":"2.0","id":7,"method":"host.tell","params":{"text":"hi","times":3}}',
  '{"jsonrpc":"2.0","id":3,"result":null}',
];

export const jsonRpc: FuzzTarget = {
  name: "json-rpc",
  isJson: true,
  codes: ["protocol-error", "resource-exhausted"],
  inputs: () => [...LINES, LINES.join("\n"), LINES.join("\r\n")].map((text) => utf8(`${text}\n`)),
  words: [
    '"id":',
    '"method":',
    '"params":',
    '"result":',
    '"error":',
    '"data":',
    "__proto__",
    "host.tick",
    "null",
    "1e999",
    "\n",
  ],
  run: (input, random) => {
    const peer = new JsonRpcPeer({
      send: () => {},
      remote: exports,
      local: imports,
      serve: (_index, args) => (typeof args[0] === "number" ? args[0] : undefined),
      describeFailure: (thrown) => TenonError.from(thrown),
      maxPendingCalls: 8,
      onLog: () => {},
    });
    watch([
      peer.call(exports[0]!, [1, 2], FREE),
      peer.call(exports[1]!, [["a"]], FREE),
      peer.call(exports[2]!, [], FREE),
    ]);
    const splitter = new LineSplitter(MAX_MESSAGE, (line) => peer.receive(line));
    try {
      for (const chunk of pieces(input, random)) splitter.push(chunk);
    } finally {
      peer.fail(new TenonError("plugin-crashed", "the link ended"));
    }
    return peer;
  },
};

/** Another version of the contract, which the host speaks as well. */
const other = contractFromResolve(
  resolveWit("package test:wire@0.9.0; interface work { old: func(); } world plugin { export work; }").resolve,
  0,
);
const side = {
  contract,
  exports,
  imports,
  hostFunctions: [],
  dialects: [{ contract: other, exports: indexFunctions(other.exports), imports: [], hostFunctions: [] }],
};

export const handshake: FuzzTarget = {
  name: "handshake",
  isJson: true,
  codes: [
    "handshake-failed",
    "start-failed",
    // What a plugin may say of its own start.
    "contract-mismatch",
    "function-missing",
    "artifact-invalid",
    "config-invalid",
    "library-missing",
    "file-missing",
  ],
  inputs: () =>
    [
      formatPluginGreeting({ encoding: "frames", contract: contract.digest, implements: undefined }),
      formatPluginGreeting({
        encoding: "json-rpc",
        contract: contract.id,
        implements: exports.map(({ path }) => path),
      }),
      formatPluginGreeting({
        encoding: "frames",
        contract: other.digest,
        contracts: [other.digest, contract.digest],
        implements: undefined,
        features: ["cancel"],
      }),
      formatHostGreeting(side, "tenon/fuzz"),
      '{"tenon":1,"error":{"code":"library-missing","what":"no numpy","notes":["a","b"],"details":{"a":[1]}}}\n',
      '{"tenon":1,"error":"no"}\n',
    ].map((line) => utf8(line.trimEnd())),
  words: [
    '"tenon":1',
    '"error":',
    '"encoding":',
    '"frames"',
    '"implements":[',
    '"contract":',
    '"contracts":[',
    '"features":[',
    '"offers":[',
    "__proto__",
    "null",
    "\\ud800",
  ],
  run: (input) => {
    let host: unknown;
    try {
      host = parseHostGreeting(input);
    } catch (thrown) {
      if (!(thrown instanceof TenonError) || thrown.code !== "handshake-failed") throw thrown;
    }
    const greeting = parsePluginGreeting(input);
    checkImplements(greeting, speaking(side, contractOf(greeting, side)));
    return [host, greeting];
  },
};
