// What a component uses of its grants, and what it is denied, as lines of the audit log: files and connections, wherever it runs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHost, traitsFor } from "@tenon/host";
import { decide, NO_REQUESTS, type AuditRecord, type CapabilityRequests } from "@tenon/policy";
import { eventually } from "@tenon/verify";
import { faultContract } from "@tenon/verify/faults";
import { componentDriver } from "tenon/component";
import { networkComponent, networkContract } from "./component-network.ts";
import { faultsComponent } from "./faults-guest.ts";

/** On a thread of its own: a component on the host's thread blocks it while it waits. */
const SERVER = `const { createServer } = require("node:net"); const { parentPort } = require("node:worker_threads");
  const server = createServer((socket) => { socket.on("error", () => {}); socket.end("hello"); });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
let server: Worker;
let port: number;
const project = mkdtempSync(join(tmpdir(), "tenon-audit-"));
before(async () => {
  mkdirSync(join(project, "pages"));
  writeFileSync(join(project, "pages/f"), "");
  server = new Worker(SERVER, { eval: true });
  [port] = (await once(server, "message")) as [number];
});
after(async () => {
  rmSync(project, { recursive: true });
  await server.terminate();
});

const why = "because";
const ACCESS_DENIED = 101;

function decided(requests: Partial<CapabilityRequests>, artifact: object) {
  return decide({
    plugin: "p",
    requests: { ...NO_REQUESTS, ...requests },
    boundary: "component",
    trust: "contained",
    enforcement: traitsFor(componentDriver, artifact).enforcement,
    policies: [
      { file: "p", scope: "user", plugins: [], trustedDigests: [], rules: [{ at: "all", grant: "requested" }] },
    ],
  });
}

type Line = readonly [argument: string, decision: string];
const linesOf = (audit: readonly AuditRecord[], kind: string): readonly Line[] =>
  audit.filter(({ capability }) => capability === kind).map(({ argument, decision }) => [argument, decision]);

for (const isolation of ["inline", "worker", "process"] as const) {
  test(`${isolation}: a file that is opened ten times is told once`, async () => {
    const audit: AuditRecord[] = [];
    await using host = createHost({ drivers: [componentDriver], onAudit: (record) => audit.push(record) });
    const artifact = { module: faultsComponent("faults"), isolation };
    const plugin = await host.load(faultContract, {
      id: "p",
      boundary: "component",
      artifact,
      imports: { host: { tick: (n) => n, nest: () => 0, hang: () => 0 } },
      decision: decided({ fs: [{ path: "${project}/pages/**", mode: "rw", why }] }, artifact),
      roots: { project },
    });
    assert.equal(await plugin.faults.openFiles(10), 10);
    // What was told last is not lost with whoever told it.
    await plugin.close();
    await eventually("the file is told", () => linesOf(audit, "fs").length > 1);
    assert.deepEqual(linesOf(audit, "fs"), [
      ["rw ${project}/pages/**", "allowed"],
      ["r ${project}/pages/f", "allowed"],
    ]);
  });

  test(`${isolation}: a place that is reached or denied is told with its port`, async () => {
    const audit: AuditRecord[] = [];
    await using host = createHost({ drivers: [componentDriver], onAudit: (record) => audit.push(record) });
    const artifact = { module: networkComponent, isolation };
    const plugin = await host.load(networkContract, {
      id: "p",
      boundary: "component",
      artifact,
      decision: decided({ net: [{ host: "127.0.0.1", port, why }] }, artifact),
    });
    assert.equal(await plugin.api.read(port), "hello".length);
    assert.equal(await plugin.api.read(port), "hello".length);
    assert.equal(await plugin.api.read(port + 1), ACCESS_DENIED);
    await eventually("both are told", () => linesOf(audit, "net").length > 2);
    assert.deepEqual(linesOf(audit, "net"), [
      [`127.0.0.1:${port}`, "allowed"],
      [`127.0.0.1:${port}`, "allowed"],
      [`127.0.0.1:${port + 1}`, "denied"],
    ]);
    assert.equal(audit.at(-1)?.rule, "the manifest does not ask for it");
  });
}
