// What the kernel refuses to a plugin in each sandbox; and what becomes of plugins where there is none.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { describe, test } from "node:test";
import { mechanismReports, SANDBOX_VARIABLE } from "@tenon/drivers/sandbox";
import { rejection } from "@tenon/verify";
import { openConfined } from "./confined-host.ts";
import { using } from "./matrix-columns.ts";

const hasPython = process.env["CI"] === "true" || spawnSync("/usr/bin/python3", ["--version"]).status === 0;
const skip = hasPython ? false : "there is no /usr/bin/python3";

for (const { id, works, detail } of mechanismReports()) {
  const reason = skip || (works ? false : `${id} does not work here: ${detail}`);
  test(`a contained plugin in ${id} may write its own folder, and nothing beyond`, { skip: reason }, () =>
    using(id, async () => {
      const { host, plugin } = await openConfined(randomUUID(), "contained");
      try {
        assert.deepEqual(JSON.parse(await plugin.exports.acts.attempt(process.pid)), ["write its own folder"]);
      } finally {
        await host.close();
      }
    }),
  );
}

describe("without any mechanism", () => {
  for (const trust of ["contained", "trusted"] as const) {
    test(`a ${trust} plugin whose sandbox is demanded does not load`, { skip }, () =>
      using("none", async () => {
        assert.equal(process.env[SANDBOX_VARIABLE], "none");
        const error = await rejection(openConfined(randomUUID(), trust), "capability-unenforceable");
        assert.match(error.message, /policy demands a sandbox .* tenon doctor/);
      }),
    );
  }
});
