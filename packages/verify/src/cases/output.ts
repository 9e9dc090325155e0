// What a plugin prints becomes structured, clean and bounded log entries.
import assert from "node:assert/strict";
import { exemptInGraph, type ConformanceCase } from "../case.ts";
import { eventually } from "../expect.ts";

export const outputCases: readonly ConformanceCase[] = [
  {
    name: "output/lines are tagged, structured where they can be, and safe for a terminal",
    exempt: exemptInGraph,
    run: async ({ fresh }) => {
      const { plugin, logs } = await fresh({ limits: { maxLogLineBytes: 100 } });
      await plugin.calls.logLines([
        "plain \u00fc",
        "\u001b[2Jcleared\u0007",
        '{"level":"error","msg":"in JSON","file":"a.c"}',
        "z".repeat(500),
        "last",
      ]);
      await eventually("the last line is logged", () => logs.some(({ text }) => text.includes("last")));
      assert.ok(logs.every((entry) => entry.plugin === plugin.id));
      assert.ok(logs.some(({ text }) => text === "plain \u00fc"));
      // oxlint-disable-next-line no-control-regex
      assert.ok(logs.every(({ text }) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)));
      assert.ok(logs.some(({ text }) => text.includes("cleared")));
      const structured = logs.find(({ text }) => text === "in JSON");
      assert.equal(structured?.level, "error");
      assert.equal(structured?.fields?.["file"], "a.c");
      assert.ok(logs.every(({ text }) => text.length <= 110));
    },
  },
  {
    name: "output/a flood is cut and counted, and calls go on",
    exempt: exemptInGraph,
    run: async ({ fresh }) => {
      const { plugin, logs } = await fresh({ limits: { maxLogLinesPerSecond: 100 } });
      const began = performance.now();
      await plugin.calls.flood(20_000, { deadlineMs: 30_000 });
      assert.equal(await plugin.values.echoU8(1, { deadlineMs: 30_000 }), 1);
      const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
      assert.ok(logs.length > 0, "some of it is there");
      assert.ok(logs.length <= 100 * seconds + 10, `${logs.length} entries in ${seconds} s`);
    },
  },
];
