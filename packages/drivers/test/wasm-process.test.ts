import assert from "node:assert/strict";
import { test } from "node:test";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { createHost } from "@tenon/host";
import { runConformance, type ArtifactKind } from "@tenon/verify";
import { conformanceGuest } from "./wasm-conformance-guest.ts";
import { contract, guest } from "./wasm-guests.ts";

const driver = createWasmDriver({
  // The program stands in the package that knows all drivers; a path, because it is run and not imported.
  process: { stdio: stdioDriver, program: new URL("../../tenon/dist/child-sandbox.js", import.meta.url) },
});

test("a loop in a process ends with its deadline, and the plugin works again", async () => {
  const host = createHost({ drivers: [driver] });
  try {
    const plugin = await host.load(contract, {
      id: "guest",
      boundary: "wasm",
      artifact: { module: guest(), fuel: 0, isolation: "process" },
      imports: { host: { tick: (n) => n + 1 } },
      restart: { backoffMs: 1 },
    });
    await assert.rejects(plugin.api.spin({ deadlineMs: 100 }), { code: "deadline-exceeded" });
    await eventually(async () => (await plugin.api.add(1, 2, { deadlineMs: 20_000 })) === 3);
  } finally {
    await host.close();
  }
});

/** The thread that is being ended may still take a call along with it. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let left = 50; left > 0; left--) {
    if (await check().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("did not come true");
}

runConformance({
  driver,
  title: "wasm in a process",
  isolation: "process",
  artifact: (kind: ArtifactKind) => ({ module: conformanceGuest(kind), fuel: 0 }),
  skips: [
    {
      case: "deadline/a loop is stopped and the plugin works again",
      reason: "the process ends the guest's thread and goes on itself, so that there is no crash to see; shown below",
    },
    { case: "cancel/the plugin is told", reason: "the canonical ABI has no way to tell a guest of a cancellation" },
    {
      case: "crash/every call in flight rejects once, and the next one finds a new plugin",
      reason: "a core module runs one call at a time, so that no others are in flight when one ends it",
    },
  ],
});
