import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { openDisplay } from "../dist/cli/display.js";
import { formatDiagnostic } from "../dist/cli/print-report.js";
import { formatSize, formatTime, PLAIN, styleFor } from "../dist/cli/style.js";

function recorder(isTTY: boolean, columns = 40) {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString("utf8");
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns }), text: () => text };
}

/** Colours depend on the surroundings of the test itself. */
function withEnvironment(changes: Record<string, string | undefined>, work: () => void): void {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    work();
  } finally {
    process.env = before;
  }
}

test("away from a terminal every new message is a line, and nothing is coloured", () => {
  const { stream, text } = recorder(false);
  const display = openDisplay(stream);
  display.progress("compiling a", 10);
  display.progress("compiling a", 10);
  display.progress("linking", undefined);
  display.log("warning", "careful");
  assert.equal(text(), " 10% compiling a\nlinking\nwarning careful\n");
});

test("on a terminal there is one live line that never wraps and is gone in the end", () => {
  withEnvironment({ NO_COLOR: undefined, TERM: "xterm" }, () => {
    const { stream, text } = recorder(true, 20);
    const display = openDisplay(stream);
    display.progress("compiling a file with a very long name", 10);
    const live = text().replaceAll("\r\u001b[K", "");
    assert.equal(live.length, 19);
    display.line("stays");
    display.clear();
    assert.match(text(), /\r\u001b\[Kstays\n/);
    assert.ok(text().endsWith("\r\u001b[K"));
  });
});

test("NO_COLOR and dumb terminals get plain text", () => {
  withEnvironment({ NO_COLOR: undefined, TERM: "xterm" }, () => assert.notEqual(styleFor({ isTTY: true }), PLAIN));
  withEnvironment({ NO_COLOR: "1", TERM: "xterm" }, () => assert.equal(styleFor({ isTTY: true }), PLAIN));
  withEnvironment({ NO_COLOR: undefined, TERM: "dumb" }, () => assert.equal(styleFor({ isTTY: true }), PLAIN));
  assert.equal(styleFor({}), PLAIN);
});

test("diagnostics are written as editors read them", () => {
  const diagnostic = {
    severity: "error",
    message: "no such name",
    file: "src/a.c",
    line: 3,
    column: 7,
    code: "E1",
  } as const;
  assert.equal(formatDiagnostic(diagnostic, PLAIN), "src/a.c:3:7: error: no such name [E1]");
  assert.equal(formatDiagnostic({ severity: "note", message: "m", file: "f", line: 2 }, PLAIN), "f:2: note: m");
  assert.equal(formatDiagnostic({ severity: "warning", message: "one\ntwo" }, PLAIN), "warning: one\n  two");
});

test("sizes and times", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 5_000_000].map(formatSize), ["0 B", "999 B", "1.0 kB", "12.3 kB", "5.0 MB"]);
  assert.deepEqual([0.4, 85, 1900].map(formatTime), ["0 ms", "85 ms", "1.9 s"]);
});
