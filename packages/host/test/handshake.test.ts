import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, TenonError } from "@tenon/contract";
import { parseHostGreeting } from "@tenon/host/wire";
import { greeting, openSession, settle, testContract } from "./wire-fixtures.ts";

const contract = testContract();
const DIGEST = contract.digest;

test("the host's line says who it is, the contract and the function numbers", async () => {
  const { session, sent, stdout } = openSession();
  stdout.write(greeting(contract, "frames"));
  await session.ready;
  const line = sent().toString();
  assert.equal(line.indexOf("\n"), line.length - 1, "one line and nothing else");
  assert.deepEqual(JSON.parse(line), {
    tenon: 1,
    host: "tenon/test",
    contract: { id: "test:wire/plugin@1.0.0", digest: DIGEST },
    offers: [{ id: "test:wire/plugin@1.0.0", digest: DIGEST }],
    exports: ["work.add", "work.bytes", "work.list-all", "work.nothing"],
    imports: ["host.tell", "host.tick"],
    encodings: ["frames", "json-rpc"],
    features: ["cancel", "trace"],
  });
  assert.deepEqual(parseHostGreeting(Buffer.from(line.trim())), {
    contract: { id: contract.id, digest: DIGEST },
    offers: [{ id: contract.id, digest: DIGEST }],
    encodings: ["frames", "json-rpc"],
    features: ["cancel", "trace"],
  });
  session.lose({ kind: "closed", what: "was closed" });
});

const GOOD: readonly (readonly [string, string])[] = [
  ["frames with the digest", greeting(contract, "frames")],
  ["JSON-RPC with the digest", greeting(contract, "json-rpc")],
  ["JSON-RPC with the id", greeting(contract, "json-rpc", { contract: contract.id })],
  ["with a Windows newline", greeting(contract, "frames").replace("\n", "\r\n")],
  [
    "with the list of its functions, in any order, and more",
    greeting(contract, "json-rpc", {
      implements: ["work.nothing", "work.list-all", "work.bytes", "work.add", "other.thing"],
    }),
  ],
  ["with members that nobody knows", greeting(contract, "frames", { name: "x", features: ["y"], __proto__: null })],
];

for (const [what, line] of GOOD) {
  test(`accepted: ${what}, also byte by byte`, async () => {
    for (const chunks of [[line], [...line]]) {
      const { session, stdout, broken } = openSession();
      for (const chunk of chunks) stdout.write(chunk);
      await session.ready;
      assert.deepEqual(broken, []);
      session.lose({ kind: "closed", what: "was closed" });
    }
  });
}

const BAD: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
  [
    "a banner",
    "Welcome to plugin 1.0\n",
    "handshake-failed",
    /line of JSON; the first line was "Welcome to plugin 1\.0"/,
  ],
  ["garbage", "\u0000\u001b[2J\u00ff\n", "handshake-failed", /line of JSON/],
  ["an empty line", "\n", "handshake-failed", /line of JSON/],
  ["JSON that is no object", "[1]\n", "handshake-failed", /JSON object/],
  ["null", "null\n", "handshake-failed", /JSON object/],
  ["no version", '{"encoding":"frames"}\n', "handshake-failed", /no "tenon" member/],
  [
    "another version",
    `${JSON.stringify({ tenon: 2, encoding: "frames", contract: DIGEST })}\n`,
    "handshake-failed",
    /version .*2.* this side speaks 1/,
  ],
  ["a hostile version", '{"tenon":{"toString":1}}\n', "handshake-failed", /version/],
  [
    "an unknown encoding",
    greeting(contract, "frames", { encoding: "xml" }),
    "handshake-failed",
    /"encoding" must be one of frames, json-rpc/,
  ],
  ["no contract", greeting(contract, "frames", { contract: 1 }), "handshake-failed", /"contract" must be/],
  [
    "functions that are no list",
    greeting(contract, "frames", { implements: "all" }),
    "handshake-failed",
    /"implements" must be/,
  ],
  [
    "another digest",
    greeting(contract, "frames", { contract: "abi:sha256:00" }),
    "contract-mismatch",
    /abi:sha256:00, the host speaks test:wire\/plugin@1\.0\.0 \(abi:sha256:/,
  ],
  [
    "frames with an id only",
    greeting(contract, "frames", { contract: contract.id }),
    "contract-mismatch",
    /frames need the exact digest/,
  ],
  [
    "another version of the contract",
    greeting(contract, "json-rpc", { contract: "test:wire/plugin@2.0.0" }),
    "contract-mismatch",
    /2\.0\.0.* the host speaks test:wire\/plugin@1\.0\.0/,
  ],
  [
    "functions that are missing",
    greeting(contract, "json-rpc", { implements: ["work.add"] }),
    "function-missing",
    /work\.bytes, work\.list-all, work\.nothing/,
  ],
  [
    "a refusal",
    '{"tenon":1,"error":{"code":"library-missing","what":"numpy is missing"}}\n',
    "library-missing",
    /numpy/,
  ],
  [
    "a start that took too much",
    '{"tenon":1,"error":{"code":"resource-exhausted","what":"out of fuel","details":{"limit":"fuel"}}}\n',
    "resource-exhausted",
    /out of fuel/,
  ],
  [
    "a refusal with a code that is not the plugin's to say",
    '{"tenon":1,"error":{"code":"host-shutdown","what":"x"}}\n',
    "start-failed",
    /refused to start: x/,
  ],
  ["64 KiB without a newline", "x".repeat(65 * 1024), "handshake-failed", /printed 65536 bytes without a newline/],
  ["the line twice, frames", greeting(contract, "frames").repeat(2), "handshake-failed", /a frame claims \d+ bytes/],
  [
    "the line twice, JSON-RPC",
    greeting(contract, "json-rpc").repeat(2),
    "handshake-failed",
    /the handshake line came twice/,
  ],
  [
    "garbage right after the line",
    `${greeting(contract, "json-rpc")}oops\n`,
    "handshake-failed",
    /a line is not JSON: "oops"/,
  ],
];

for (const [what, text, code, message] of BAD) {
  test(`refused: ${what}`, async () => {
    const { session, stdout, broken } = openSession();
    stdout.write(Buffer.from(text));
    const error = (await session.ready.then(
      () => assert.fail("accepted"),
      (thrown: unknown) => thrown,
    )) as TenonError;
    assert.equal(error.code, code, error.message);
    assert.match(error.what, message);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
    assert.ok(error.message.length < 1200);
    assert.equal(broken.length, 1, "the driver is told to end the plugin");
    session.lose(broken[0]!);
  });
}

test("the end of the output before the line says what was printed", async () => {
  const { session, stdout, broken } = openSession();
  stdout.end("half a li");
  await settle();
  session.lose(broken[0]!);
  await assert.rejects(
    session.ready,
    /closed its standard output before the handshake; it printed "half a li" without a newline/,
  );
});

test("an exit before the line is a failed start", async () => {
  const { session } = openSession();
  session.lose({ kind: "crashed", what: "exited with code 3", notes: ["Traceback"] });
  await assert.rejects(
    session.ready,
    (error: TenonError) =>
      error.code === "start-failed" &&
      /exited with code 3 before the handshake; it printed nothing/.test(error.what) &&
      error.notes[0] === "Traceback",
  );
});
