// Plugin output is data from a stranger: cut, capped, cleaned and tagged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { terminalSafe } from "@tenon/contract";
import { DEFAULT_LIMITS, type LogEntry } from "@tenon/host";
import { Output } from "../dist/output.js";

const collect = (limits = DEFAULT_LIMITS): { output: Output; entries: LogEntry[] } => {
  const entries: LogEntry[] = [];
  return { output: new Output("p", limits, (entry) => entries.push(entry)), entries };
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("lines are joined across writes, split multi-byte characters included", () => {
  const { output, entries } = collect();
  const all = bytes("grün\nzwei\r\nrest");
  for (const byte of all) output.write("stdout", Uint8Array.of(byte));
  output.flush();
  assert.deepEqual(
    entries.map((entry) => entry.text),
    ["grün", "zwei", "rest"],
  );
  assert.ok(entries.every((entry) => entry.plugin === "p" && entry.level === "info"));
});

test("control sequences cannot reach a terminal", () => {
  assert.equal(terminalSafe("a\u001b[31mred\u202e\tb\u0007"), "a\\x1b[31mred\\x202e\tb\\x07");
});

test("an endless line is cut once and its rest dropped, in bounded memory", () => {
  const { output, entries } = collect({ ...DEFAULT_LIMITS, maxLogLineBytes: 100 });
  for (let i = 0; i < 1000; i++) output.write("stderr", bytes("x".repeat(1000)));
  output.write("stderr", bytes("\nnext\n"));
  assert.equal(entries.length, 2);
  assert.equal(entries[0]?.text.length, 103);
  assert.equal(entries[1]?.text, "next");
});

test("a flood is dropped and counted", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 5000 });
  const { output, entries } = collect({ ...DEFAULT_LIMITS, maxLogLinesPerSecond: 10 });
  for (let i = 0; i < 1000; i++) output.write("stdout", bytes(`line ${i}\n`));
  assert.equal(entries.length, 10);
  context.mock.timers.setTime(7000);
  output.write("stdout", bytes("after\n"));
  assert.equal(entries.at(-1)?.dropped, 990);
  assert.equal(output.tail().length, 20);
});

test("structured lines of the usual loggers become level, text and fields; a forged plugin tag stays a field", () => {
  const { output, entries } = collect();
  output.write(
    "stderr",
    bytes(
      '{"@level":"error","@message":"boom","plugin":"other","__proto__":{"x":1}}\n{"level":"nope","msg":"x"}\n{broken\n',
    ),
  );
  assert.equal(entries[0]?.level, "error");
  assert.equal(entries[0]?.text, "boom");
  assert.equal(entries[0]?.plugin, "p");
  assert.equal(entries[0]?.fields?.["plugin"], "other");
  assert.deepEqual(
    entries.slice(1).map((entry) => entry.level),
    ["warn", "warn"],
  );
  assert.equal(({} as { x?: number }).x, undefined);
});
