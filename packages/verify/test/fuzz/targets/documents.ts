// Decoders of JSON documents: contract descriptors and mappings of exec plugins.
import assert from "node:assert/strict";
import { contractFromDescriptor, contractFromResolve, contractToDescriptor, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { diffSnapshots, readLock, snapshotFromJson, snapshotToJson, takeSnapshot } from "@tenon/contract/evolution";
import { indexFunctions } from "@tenon/host/driver";
import type { FuzzTarget } from "@tenon/verify/fuzz";
import { readArtifact } from "../../../../drivers/dist/exec/options.js";

const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Undefined for what is no JSON, whose parser is the engine's. */
function parsed(input: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(input)) as unknown;
  } catch {
    return undefined;
  }
}

const WIT = `package fuzz:documents@1.0.0;
interface types {
  record item { name: string, size: option<u32>, tags: list<string> }
  variant shape { empty, circle(f64), many(list<item>) }
  enum colour { red, dark-blue }
  flags rights { read, write }
  resource counter { constructor(n: u32); bump: func(by: u8) -> u32; make: static func() -> counter; }
}
interface jobs {
  use types.{item, shape, colour, rights, counter};
  run: func(item: item, how: shape) -> result<list<item>, string>;
  paint: func(colour: colour, rights: rights) -> tuple<u8, char, bool>;
  hold: func(one: borrow<counter>) -> own<counter>;
}
interface plain { text: func(text: string, n: u32) -> string; }
world whole { import types; export types; export jobs; }
world small { export plain; }`;
const loaded = resolveWit(WIT);
const { resolve } = loaded;
const contractOf = (world: string): Contract =>
  contractFromResolve(
    resolve,
    resolve.worlds.findIndex(({ name }) => name === world),
  );
export const descriptor: FuzzTarget = {
  name: "descriptor",
  isJson: true,
  codes: ["contract-invalid", "resource-exhausted"],
  inputs: () => ["whole", "small"].map((world) => utf8(contractToDescriptor(contractOf(world)))),
  run: (input) => {
    const json = parsed(input);
    if (json === undefined) return undefined;
    const contract = contractFromDescriptor(json as never);
    assert.equal(contractFromDescriptor(contractToDescriptor(contract)).digest, contract.digest);
    return contract;
  },
};

const snapshotOf = (index: number): unknown => snapshotToJson(takeSnapshot(loaded, index));
export const snapshot: FuzzTarget = {
  name: "snapshot",
  isJson: true,
  codes: ["contract-invalid", "resource-exhausted"],
  inputs: () => [0, 1].map((index) => utf8(snapshotOf(index))),
  run: (input) => {
    const json = parsed(input);
    if (json === undefined) return undefined;
    const read = snapshotFromJson(json);
    assert.equal(diffSnapshots(read, snapshotFromJson(snapshotToJson(read))).findings.length, 0);
    return diffSnapshots(read, takeSnapshot(loaded, 0));
  },
};

const LOCK_FILE = {
  tenon: 1,
  package: "fuzz:documents",
  world: "small",
  versions: ["0.1.0", "1.0.0"].map((version) => ({
    version,
    abi: "abi:sha256:0",
    interfaces: { "fuzz:documents/plain@1.0.0": "i:sha256:0" },
    files: { "a.wit": "sha256:0", "snapshot.json": "sha256:1" },
    frozenAt: "2026-11-26",
    status: "supported",
  })),
};
export const contractLock: FuzzTarget = {
  name: "contract-lock",
  isJson: true,
  codes: ["contract-invalid"],
  inputs: () => [utf8(LOCK_FILE)],
  run: (input) => {
    const json = parsed(input);
    return json === undefined ? undefined : readLock(json);
  },
};

const plain = indexFunctions(contractOf("small").exports);
const MAPPING = {
  program: "tool",
  functions: {
    "plain.text": {
      args: ["--n={n}", { if: "text", then: ["{text}"] }, "--", "{text:raw}"],
      stdin: "{text:json}",
      env: { A: "{n}" },
      stdout: "text",
      exit: { "0": "{stdout:trim}", "3-5": "no", "*": "{code}", signal: "x", missing: "y" },
    },
  },
};

export const execMapping: FuzzTarget = {
  name: "exec-mapping",
  isJson: true,
  codes: ["config-invalid", "function-missing", "boundary-unsupported"],
  inputs: () => [
    utf8(MAPPING),
    utf8({ program: "tool", functions: { "plain.text": { args: [], exit: { "0": "{stdout}" } } } }),
    utf8({ program: "tool", functions: { "plain.text": { value: "{text}{n}" } } }),
  ],
  words: [
    "{stdout}",
    "{stdout:trim}",
    "{n}",
    "{text:json}",
    "{{",
    "$stdout",
    "$lines",
    "$if",
    "$match",
    '"exit":',
    '"value":',
    "missing",
    "*",
  ],
  run: (input) => {
    const json = parsed(input);
    return json === undefined ? undefined : readArtifact(json as never, { exports: plain });
  },
};
