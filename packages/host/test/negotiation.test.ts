// Two lists of contracts in the first lines -> one contract that both speak, or a refusal that shows both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contractFromResolve, resolveWit, type Contract, type TenonError } from "@tenon/contract";
import { indexFunctions, type Dialect } from "@tenon/host/driver";
import { chooseOffer, contractOf, parseHostGreeting } from "@tenon/host/wire";
import { FREE, greeting, openSession, testContract } from "./wire-fixtures.ts";

const contract = testContract();
const dialect = (version: string, functions: string): Dialect => {
  const { resolve } = resolveWit(`package test:wire@${version};
    interface work { ${functions} } world plugin { export work; }`);
  const own = contractFromResolve(resolve, 0);
  return { contract: own, exports: indexFunctions(own.exports), imports: [], hostFunctions: [] };
};
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
};
const [NEWER, OLDER, SAME] = [
  dialect("0.9.0", "add: func(a: u8) -> u8;"),
  dialect("0.8.0", "first: func() -> u8; second: func(a: string) -> string;"),
  dialect("0.8.1", "first: func() -> u8; second: func(a: string) -> string;"),
];
const dialects = [NEWER, OLDER, SAME];

test("the host lists all that it can speak, its own contract first; a plugin may know the first only", async () => {
  const { session, sent, stdout } = openSession({ dialects });
  stdout.write(greeting(contract, "frames"));
  await session.ready;
  const said = parseHostGreeting(sent().subarray(0, -1));
  assert.deepEqual(
    said.offers.map(({ id }) => id),
    ["test:wire/plugin@1.0.0", "test:wire/plugin@0.9.0", "test:wire/plugin@0.8.0", "test:wire/plugin@0.8.1"],
  );
  assert.deepEqual(said.offers[0], said.contract);
  assert.equal(session.contract, contract);
  session.lose({ kind: "closed", what: "was closed" });
});

test("a session is about the contract that the plugin names, in its numbers and its types", async () => {
  const { session, stdout, sent } = openSession({ dialects });
  stdout.write(greeting(OLDER.contract, "json-rpc", { contract: "test:wire/plugin@0.8.0" }));
  await session.ready;
  assert.equal(session.contract, OLDER.contract);
  const second = OLDER.exports.find(({ path }) => path === "work.second")!;
  const answer = session.call(second, ["x"], FREE);
  await until(() => sent().includes('"method"'));
  assert.match(sent().toString(), /"method":"work.second","params":\{"a":"x"\}/);
  stdout.write('{"jsonrpc":"2.0","id":1,"result":"y"}\n');
  assert.equal(await answer, "y");
  session.lose({ kind: "closed", what: "was closed" });
});

test("of versions with one digest the named one is meant, and by the digest alone the preferred one", () => {
  const side = { contract, exports: indexFunctions(contract.exports), imports: [], dialects };
  const said = (text: string): Contract =>
    contractOf({ encoding: "json-rpc", contract: text, implements: undefined }, side);
  assert.equal(OLDER.contract.digest, SAME.contract.digest);
  assert.equal(said("test:wire/plugin@0.8.1"), SAME.contract);
  assert.equal(said("test:wire/plugin@0.8.0"), OLDER.contract);
  assert.equal(said(OLDER.contract.digest), OLDER.contract);
});

test("a plugin of several contracts takes the host's first that it knows, by version before digest", () => {
  const offers = [contract, ...dialects.map((one) => one.contract)];
  assert.equal(chooseOffer(offers, [OLDER.contract, NEWER.contract]), NEWER.contract);
  assert.equal(chooseOffer(offers, [SAME.contract, OLDER.contract]), OLDER.contract);
  assert.equal(chooseOffer([SAME.contract], [OLDER.contract]), OLDER.contract);
  assert.equal(chooseOffer([contract], [SAME.contract, NEWER.contract]), SAME.contract, "to be refused with");
});

test("the refusal shows both lists", async () => {
  const { session, stdout, broken } = openSession({ dialects });
  const strange = "abi:sha256:11";
  stdout.write(greeting(contract, "frames", { contract: strange, contracts: [strange, "abi:sha256:22"] }));
  await assert.rejects(session.ready, (error: TenonError) => {
    assert.equal(error.code, "contract-mismatch");
    for (const text of [
      strange,
      "abi:sha256:22",
      ...[contract, ...dialects.map((one) => one.contract)].map(({ id }) => id),
    ])
      assert.ok(error.what.includes(text), text);
    const { plugin, host } = error.details as {
      readonly plugin: readonly unknown[];
      readonly host: readonly unknown[];
    };
    assert.deepEqual(plugin, [{ digest: strange }, { digest: "abi:sha256:22" }]);
    assert.equal(host.length, 4);
    return true;
  });
  session.lose(broken[0]!);
});

test("a plugin's list does not fill the message", async () => {
  const { session, stdout, broken } = openSession();
  const contracts = Array.from({ length: 5000 }, (_, index) => `abi:${index}`);
  stdout.write(greeting(contract, "frames", { contract: "abi:sha256:11", contracts }));
  await assert.rejects(session.ready, (error: TenonError) => {
    assert.equal(error.code, "contract-mismatch");
    assert.match(error.what, /abi:10 or 245 more, the host speaks/);
    return error.message.length < 1000;
  });
  session.lose(broken[0]!);
});

for (const [features, sees] of [
  [undefined, true],
  [["cancel", "trace", "new"], true],
  [[], false],
] as const) {
  test(`features ${JSON.stringify(features)}: ${sees ? "hears" : "does not hear"} of traces and cancellations`, async () => {
    const { session, stdout, sent } = openSession();
    stdout.write(greeting(contract, "json-rpc", features && { features }));
    await session.ready;
    const abort = new AbortController();
    const nothing = session.call(indexFunctions(contract.exports)[3]!, [], {
      deadline: undefined,
      signal: abort.signal,
      trace: "00-1-2-01",
    });
    abort.abort();
    await until(() => sent().includes('"method":"work.nothing"'));
    if (sees) await until(() => sent().includes("$/cancelRequest"));
    stdout.write('{"jsonrpc":"2.0","id":1,"result":null}\n');
    await nothing;
    assert.equal(sent().includes("00-1-2-01"), sees);
    assert.equal(sent().includes("$/cancelRequest"), sees);
    session.lose({ kind: "closed", what: "was closed" });
  });
}
