import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { FREE, greeting, openSession, refOf, settle, type Opened, type OpenOptions } from "./wire-fixtures.ts";

async function open(
  options: OpenOptions = {},
): Promise<Opened & { say: (message: unknown) => void; heard: () => Record<string, unknown>[] }> {
  const opened = openSession(options);
  opened.stdout.write(greeting(opened.contract, "json-rpc"));
  await opened.session.ready;
  const say = (message: unknown): void =>
    void opened.stdout.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
  const heard = (): Record<string, unknown>[] =>
    opened
      .sent()
      .toString()
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { ...opened, say, heard };
}

test("parameters go by name under their WIT labels, results come in the JSON form", async () => {
  const { session, contract, say, heard } = await open();
  const sum = session.call(refOf(contract, "work.add"), [1, 2], FREE);
  const list = session.call(refOf(contract, "work.list-all"), [["a"]], FREE);
  const bytes = session.call(refOf(contract, "work.bytes"), [Uint8Array.of(1, 2, 3)], FREE);
  const nothing = session.call(refOf(contract, "work.nothing"), [], { ...FREE, trace: "00-ab-cd-01" });
  await settle();
  assert.deepEqual(heard(), [
    { jsonrpc: "2.0", method: "work.add", params: { a: 1, b: 2 }, id: 1 },
    { jsonrpc: "2.0", method: "work.list-all", params: { "some-names": ["a"] }, id: 2 },
    { jsonrpc: "2.0", method: "work.bytes", params: { data: "AQID" }, id: 3 },
    { jsonrpc: "2.0", method: "work.nothing", params: {}, id: 4, traceparent: "00-ab-cd-01" },
  ]);
  // In another order than asked, without the version member, with a list of numbers for bytes: all allowed.
  say({ id: 4, result: null });
  say({ jsonrpc: "2.0", id: 3, result: [9, 8] });
  say({ jsonrpc: "2.0", id: 2, result: ["b", "c"] });
  say({ jsonrpc: "2.0", id: 1, result: 3 });
  assert.deepEqual(await Promise.all([sum, list, bytes, nothing]), [3, ["b", "c"], Uint8Array.of(9, 8), undefined]);
  assert.equal(session.pending, 0);
  session.lose({ kind: "closed", what: "was closed" });
});

test("the plugin's requests may have any id, and parameters by position or by name in any spelling", async () => {
  const told: unknown[] = [];
  const { session, say, heard } = await open({
    hostFunctions: [(...args) => void told.push(args), async (n) => (n as number) + 1],
  });
  say({ jsonrpc: "2.0", id: "a-1", method: "host.tick", params: [4] });
  say({ jsonrpc: "2.0", id: 7, method: "host.tick", params: { n: 5 } });
  say({ jsonrpc: "2.0", id: -1.5, method: "host.tell", params: { text: "hi" } });
  say({ jsonrpc: "2.0", id: "", method: "host.tell", params: ["ho", 3] });
  await settle();
  const byId = new Map(heard().map((message) => [message["id"], message["result"]]));
  assert.deepEqual(
    byId,
    new Map<unknown, unknown>([
      ["a-1", 5],
      [7, 6],
      [-1.5, null],
      ["", null],
    ]),
  );
  assert.deepEqual(told, [
    ["hi", undefined],
    ["ho", 3],
  ]);
  session.lose({ kind: "closed", what: "was closed" });
});

test("wrong requests are answered with errors and cost nothing else", async () => {
  const { session, say, heard, broken } = await open({
    hostFunctions: [
      () => {
        throw new Error("disk full");
      },
      () => "no number",
    ],
  });
  say({ jsonrpc: "2.0", id: 1, method: "host.format", params: [] });
  say({ jsonrpc: "2.0", id: 2, method: "host.tick", params: [1, 2, 3] });
  say({ jsonrpc: "2.0", id: 3, method: "host.tick", params: { n: "x" } });
  say({ jsonrpc: "2.0", id: 4, method: "host.tick", params: "x" });
  say({ jsonrpc: "2.0", id: 5, method: "host.tell", params: ["x"] });
  say({ jsonrpc: "2.0", id: 6, method: "host.tick", params: [1] });
  say({ jsonrpc: "2.0", method: "nobody.knows" });
  say("");
  await settle();
  const errors = heard().map(({ id, error }) => {
    const { code, data } = error as { readonly code: number; readonly data: { readonly code: string } };
    return [id, code, data.code];
  });
  assert.deepEqual(errors, [
    [1, -32601, "function-missing"],
    [2, -32602, "value-invalid"],
    [3, -32602, "value-invalid"],
    [4, -32602, "value-invalid"],
    [5, -32000, "host-function-failed"],
    [6, -32000, "host-function-failed"],
  ]);
  assert.doesNotMatch(JSON.stringify(heard()), /\.ts:\d|node:internal/, "no stack goes to the plugin");
  assert.deepEqual(broken, []);
  session.lose({ kind: "closed", what: "was closed" });
});

test("errors of the plugin reject the call, whatever their shape", async () => {
  const { session, contract, say } = await open();
  const add = refOf(contract, "work.add");
  const shapes: readonly (readonly [unknown, string, RegExp])[] = [
    [{ code: -32000, message: "no luck", data: [1] }, "plugin-trap", /^no luck$/],
    [{ code: -32601, message: "no such method" }, "function-missing", /no such method/],
    [{ code: -32800, message: "stopped" }, "cancelled", /stopped/],
    [
      { code: 1, message: "x", data: { code: "capability-denied", what: "no network" } },
      "capability-denied",
      /no network/,
    ],
    ["text", "plugin-trap", /^text$/],
    [{ message: 5 }, "plugin-trap", /without a message/],
    [{ code: 1, message: "y".repeat(100_000) }, "plugin-trap", /^y{2048}$/],
  ];
  for (const [index, [error, code, what]] of shapes.entries()) {
    const pending = session.call(add, [1, 2], FREE);
    say({ jsonrpc: "2.0", id: index + 1, error });
    await assert.rejects(
      pending,
      (thrown: TenonError) => thrown.code === code && what.test(thrown.what) && thrown.call === "work.add",
    );
  }
  const wrong = session.call(add, [1, 2], FREE);
  say({ jsonrpc: "2.0", id: shapes.length + 1, result: "three" });
  await assert.rejects(
    wrong,
    (thrown: TenonError) => thrown.code === "protocol-error" && /result: expected/.test(thrown.what),
  );
  session.lose({ kind: "closed", what: "was closed" });
});

test("a cancelled call is told and may still answer", async () => {
  const { session, contract, say, heard } = await open();
  const abort = new AbortController();
  const pending = session.call(refOf(contract, "work.add"), [1, 2], { ...FREE, signal: abort.signal });
  abort.abort();
  await settle();
  assert.deepEqual(heard()[1], { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } });
  say({ jsonrpc: "2.0", id: 1, result: 3 });
  assert.equal(await pending, 3);
  session.lose({ kind: "closed", what: "was closed" });
});

test("log notifications reach the log, however odd", async () => {
  const { session, say, logs } = await open();
  for (const params of [
    { level: "error", message: "bad" },
    { level: "loud", message: "x" },
    { message: 5 },
    undefined,
    "text",
  ])
    say({ jsonrpc: "2.0", method: "log", params });
  await settle();
  assert.deepEqual(logs, [
    ["error", "bad"],
    ["info", "x"],
    ["info", '{"message":5}'],
    ["info", "null"],
    ["info", '"text"'],
  ]);
  session.lose({ kind: "closed", what: "was closed" });
});

test("a host function may be told without an answer; a failure is logged", async () => {
  const told: unknown[] = [];
  const { session, say, heard, logs } = await open({
    hostFunctions: [(...args) => told.push(args), () => Promise.reject(new Error("no tick"))],
  });
  say({ jsonrpc: "2.0", method: "host.tell", params: { text: "half way", times: 2 } });
  say({ jsonrpc: "2.0", method: "host.tick", params: [1] });
  say({ jsonrpc: "2.0", method: "host.tell", params: { text: 5 } });
  say({ jsonrpc: "2.0", method: "host.nothing-of-the-kind", params: {} });
  await settle();
  assert.deepEqual(told, [["half way", 2]]);
  assert.deepEqual(heard(), []);
  assert.deepEqual(
    logs.map(([level]) => level),
    ["warn", "warn"],
  );
  assert.ok(logs.some(([, text]) => /host\.tick, sent without an id: .*no tick/.test(text)));
  assert.ok(logs.some(([, text]) => /host\.tell.*text/.test(text)));
  assert.equal(session.pending, 0);
  session.lose({ kind: "closed", what: "was closed" });
});

const BREACHES: readonly (readonly [string, string, RegExp])[] = [
  ["garbage", "Traceback (most recent call last):", /a line is not JSON: "Traceback/],
  ["a batch", "[]", /not a JSON-RPC message/],
  ["a number", "1", /not a JSON-RPC message/],
  ["an answer to nothing", '{"jsonrpc":"2.0","id":99,"result":1}', /call 99 arrived, which is not in flight/],
  ["an answer to a text", '{"jsonrpc":"2.0","id":"1","result":1}', /call "1" arrived/],
  ["a request with an object as id", '{"id":{},"method":"host.tick"}', /neither a number nor a short string/],
  [
    "a request with a huge id",
    JSON.stringify({ id: "x".repeat(300), method: "host.tick" }),
    /neither a number nor a short string/,
  ],
  ["a method that is no text", '{"id":1,"method":{}}', /"method" is not a string/],
  ["an object of nothing", "{}", /neither "method" nor "id"/],
  ["a line that is too long", `"${"x".repeat(2000)}"`, /longer than 1000 bytes/],
];

for (const [what, line, message] of BREACHES) {
  test(`ends the session: ${what}`, async () => {
    const { session, contract, say, broken } = await open({ limits: { maxMessageBytes: 1000 } });
    const pending = session.call(refOf(contract, "work.add"), [1, 2], FREE);
    say(line);
    await settle();
    assert.equal(broken.length, 1);
    assert.equal(broken[0]?.kind, "protocol");
    assert.match(broken[0].what, message);
    session.lose(broken[0]);
    await assert.rejects(pending, (error: TenonError) => error.code === "protocol-error");
    await assert.rejects(
      async () => session.call(refOf(contract, "work.add"), [1, 2], FREE),
      (error: TenonError) => error.code === "protocol-error",
    );
  });
}

test("ends the session: an answer twice, and a request id that is in use", async () => {
  for (const twice of [
    { jsonrpc: "2.0", id: 1, result: 3 },
    { jsonrpc: "2.0", id: "r", method: "host.tick", params: [1] },
  ]) {
    const { session, contract, say, broken } = await open({ hostFunctions: [() => {}, () => new Promise(() => {})] });
    const pending = session.call(refOf(contract, "work.add"), [1, 2], FREE);
    pending.catch(() => {});
    say(twice);
    say(twice);
    await settle();
    assert.match(broken[0]?.what ?? "", /not in flight|used twice/);
    session.lose(broken[0]!);
  }
});
