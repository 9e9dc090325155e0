// What a guest's process tells the host for the audit log: taken as far as such a process may speak, whatever it says.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractToDescriptor } from "@tenon/contract/core";
import { stdioDriver } from "@tenon/drivers/stdio";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { createHost, traitsFor } from "@tenon/host";
import { decide, NO_REQUESTS, type AuditRecord } from "@tenon/policy";
import { contract, guest } from "./wasm-guests.ts";

const program = new URL("fixtures/tells.mjs", import.meta.url);
const driver = createWasmDriver({ process: { stdio: stdioDriver, program } });
const MAX_PER_S = 1000;
const KEPT_OF_A_RULE = 512;

/** Calls the process once; gives the answer, or the code of the error, and what the log has of it. */
async function told(id: string): Promise<{ readonly answer: unknown; readonly audit: readonly AuditRecord[] }> {
  const audit: AuditRecord[] = [];
  await using host = createHost({ drivers: [driver], onAudit: (record) => audit.push(record) });
  const artifact = { module: guest(), isolation: "process" } as const;
  const plugin = await host.load(contract, {
    id,
    boundary: "wasm",
    artifact,
    imports: { host: { tick: (n) => n } },
    decision: decide({
      plugin: id,
      requests: NO_REQUESTS,
      boundary: "wasm",
      trust: "contained",
      enforcement: traitsFor(driver, artifact).enforcement,
      policies: [],
    }),
  });
  const answer = await plugin.api.add(1, 2).catch(({ code }: { code: string }) => code);
  return { answer, audit: audit.filter(({ capability }) => capability === "fs" || capability === "net") };
}

test("a use is a line, and is there before the answer", async () => {
  const { answer, audit } = await told("one file");
  assert.equal(answer, 3);
  assert.deepEqual(
    audit.map(({ plugin, argument, decision, rule }) => [plugin, argument, decision, rule]),
    [["one file", "r ${project}/f", "allowed", "says the process"]],
  );
});

for (const id of ["no JSON", "no answer", "another kind", "a long text"]) {
  test(`${id}: ends the process, and is no line`, async () => {
    const { answer, audit } = await told(id);
    assert.equal(answer, "protocol-error");
    assert.deepEqual(audit, []);
  });
}

test("a long rule is cut", async () => {
  const { answer, audit } = await told("a long rule");
  assert.equal(answer, 3);
  assert.deepEqual(
    audit.map(({ argument, rule }) => [argument, rule.length]),
    [["f", KEPT_OF_A_RULE]],
  );
});

test("more than any guest tells is one line that says so", async () => {
  const { answer, audit } = await told("flood");
  assert.equal(answer, 3);
  assert.equal(audit.length, MAX_PER_S + 1);
  assert.match(audit.at(-1)!.argument, /^\(more than 1000 files and places/);
});

test("a program of somebody else's has no such word", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tenon-notes-"));
  try {
    const start = join(folder, "start.json");
    writeFileSync(start, JSON.stringify({ pluginId: "one file", contract: contractToDescriptor(contract) }));
    await using host = createHost({ drivers: [stdioDriver] });
    const plugin = await host.load(contract, {
      id: "other",
      boundary: "stdio",
      artifact: { command: [process.execPath, fileURLToPath(program), start] },
      imports: { host: { tick: (n) => n } },
    });
    await assert.rejects(plugin.api.add(1, 2), { code: "protocol-error", message: /unknown kind 9/ });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
