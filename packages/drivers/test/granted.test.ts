// What policy grants is what a plugin has: folders, variables, programs, host functions and limits, on the boundaries that give them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit } from "@tenon/contract";
import { execDriver } from "@tenon/drivers/exec";
import { importDriver } from "@tenon/drivers/import";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost, traitsFor, type AnyDriver, type PluginOptions } from "@tenon/host";
import {
  decide,
  NO_REQUESTS,
  type AuditRecord,
  type CapabilityRequests,
  type Decision,
  type Policy,
} from "@tenon/policy";
import { probeContract, type ProbeImports } from "@tenon/verify/capabilities";
import { eventually, rejection, takeSnapshot, unchanged } from "@tenon/verify";
import { wasmDriver } from "tenon/wasm";
import { probeModule } from "./probe-guest.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tenon-granted-")));
after(() => rmSync(folder, { recursive: true, force: true }));
const project = join(folder, "project");
for (const name of ["pages/deep", "private", "plugin"]) mkdirSync(join(project, name), { recursive: true });
for (const name of ["top.txt", "pages/deep/a.txt", "private/key.txt", "plugin/own.txt"])
  writeFileSync(join(project, name), name);
process.env["TENON_GRANTED"] = "for whoever was granted it";
process.env["TENON_SECRET"] = "for nobody";

const why = "because";
const DIGEST = `sha256:${"1".repeat(64)}`;
function decisionFor(
  driver: AnyDriver,
  artifact: object,
  requests: Partial<CapabilityRequests>,
  rules: Policy["rules"],
): Decision {
  const policy: Policy = { file: "p", scope: "user", plugins: [], trustedDigests: [DIGEST], rules };
  const { enforcement } = traitsFor(driver, artifact);
  const { boundary } = driver;
  return decide({
    plugin: "a/b",
    requests: { ...NO_REQUESTS, ...requests },
    boundary,
    trust: "contained",
    enforcement,
    policies: [policy],
    digest: DIGEST,
  });
}

const ALL: Policy["rules"] = [{ at: "all", grant: "requested" }];
const imports = { host: { listed: () => 7, unlisted: () => 2 } };
type Asked = {
  readonly requests?: Partial<CapabilityRequests>;
  readonly rules?: Policy["rules"];
  readonly more?: Partial<PluginOptions<ProbeImports>>;
};

async function opened(driver: AnyDriver, artifact: object, { requests = {}, rules = ALL, more = {} }: Asked) {
  const audit: AuditRecord[] = [];
  const host = createHost({ drivers: [driver], onAudit: (record) => audit.push(record) });
  const decision = decisionFor(driver, artifact, requests, rules);
  const options = { id: "a/b", boundary: driver.boundary, artifact, decision, roots: { project }, imports, ...more };
  try {
    const plugin = await host.load(probeContract, options);
    return { host, plugin, probe: plugin.exports.probe, audit, [Symbol.asyncDispose]: () => host.close() };
  } catch (error) {
    await host.close();
    throw error;
  }
}

const guest = { module: probeModule() };

test("a guest has the granted folders where the project's own names are, and nothing that a denial has a part of", async () => {
  const requests = { fs: [{ path: "${project}/pages/**", mode: "r" as const, why }] };
  await using pages = await opened(wasmDriver, guest, { requests });
  // Descriptor 3 is /project/pages.
  assert.equal(await pages.probe.readFile("deep/a.txt"), 2);
  assert.equal(await pages.probe.readFile("../private/key.txt"), 0);
  assert.equal(await pages.probe.readFile("deep/a.txt"), 2, "which is told once");
  assert.deepEqual(
    pages.audit.map(({ capability, argument, decision, rule }) => [capability, argument, decision, rule]),
    [
      ["fs", "r ${project}/pages/**", "allowed", "as folders"],
      ["fs", "r ${project}/pages/deep/a.txt", "allowed", "all.grant"],
      ["fs", "r ${project}/private/key.txt", "denied", "the manifest does not ask for it"],
    ],
  );
  const whole = { fs: [{ path: "${project}/**", mode: "r" as const, why }] };
  await using narrowed = await opened(wasmDriver, guest, {
    requests: whole,
    rules: [{ at: "r", grant: { fs: [{ path: "${project}/pages/**", mode: "r" }] } }],
  });
  assert.equal(await narrowed.probe.readFile("deep/a.txt"), 2, "a narrower grant is a narrower folder");
  await using denied = await opened(wasmDriver, guest, {
    requests: whole,
    rules: [...ALL, { at: "no", deny: { fs: [{ path: "${project}/private/**", mode: "r" }] } }],
  });
  assert.equal(await denied.probe.readFile("top.txt"), 0);
});

for (const isolation of ["inline", "worker"] as const) {
  test(`${isolation}: each file that is used or denied is one line of the log, also from another thread`, async () => {
    const requests = { fs: [{ path: "${project}/pages/**", mode: "r" as const, why }] };
    const baseline = takeSnapshot();
    {
      await using plugin = await opened(wasmDriver, { ...guest, isolation }, { requests });
      for (const path of ["deep/a.txt", "../private/key.txt", "deep/a.txt"]) await plugin.probe.readFile(path);
      const files = (): readonly (readonly string[])[] =>
        plugin.audit.slice(1).map(({ argument, decision }) => [argument, decision]);
      await eventually("both are told", () => files().length === 2);
      assert.deepEqual(files(), [
        ["r ${project}/pages/deep/a.txt", "allowed"],
        ["r ${project}/private/key.txt", "denied"],
      ]);
    }
    await unchanged(baseline);
  });
}

test("a guest in a process has what it was granted and no more; its files are not told one by one", async () => {
  const requests = { fs: [{ path: "${project}/pages/**", mode: "r" as const, why }] };
  await using plugin = await opened(wasmDriver, { ...guest, isolation: "process" }, { requests });
  assert.equal(await plugin.probe.readFile("deep/a.txt"), 2);
  assert.equal(await plugin.probe.readFile("../private/key.txt"), 0);
});

test("an artifact cannot give itself folders, a network, or freedom from fuel", async () => {
  const loads = (wasi: object, more: object = {}) =>
    opened(wasmDriver, { ...guest, ...more, wasi }, { more: { folder: join(project, "plugin") } });
  await assert.rejects(loads({ folders: { "/": { path: project } } }), { code: "capability-denied" });
  await assert.rejects(loads({ folders: { "/": { path: join(project, "plugin/..") } } }), {
    code: "capability-denied",
  });
  await assert.rejects(loads({ network: { allow: ["a.test:443"] } }), { code: "capability-denied" });
  await assert.rejects(loads({}, { fuel: 0, trusted: true }), { code: "capability-unenforceable" });
  await using own = await loads({ folders: { "/own": { path: join(project, "plugin"), readOnly: false } } });
  assert.equal(await own.probe.readFile("own.txt"), 2);
});

for (const [name, driver, artifact] of [
  ["worker", workerDriver, { module: import.meta.resolve("@tenon/verify/plugins/probe") }],
  [
    "stdio",
    stdioDriver,
    { command: [process.execPath, fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-probe"))] },
  ],
  ["wasm", wasmDriver, guest],
] as const) {
  test(`${name}: a variable that was asked for and granted is there, and is named in the log without its value`, async () => {
    const requests = {
      env: [
        { name: "TENON_GRANTED", why },
        { name: "TENON_SECRET", why },
      ],
    };
    await using plugin = await opened(driver, artifact, {
      requests,
      rules: [{ at: "r0", grant: { env: ["*_GRANTED"] } }],
    });
    assert.equal(await plugin.probe.readEnv("TENON_GRANTED"), 2);
    if (name !== "wasm") assert.notEqual(await plugin.probe.readEnv("TENON_SECRET"), 2);
    assert.deepEqual(
      plugin.audit
        .filter(({ capability }) => capability === "env")
        .map(({ argument, decision, rule }) => [argument, decision, rule]),
      [
        ["TENON_GRANTED", "allowed", "r0.grant"],
        ["TENON_SECRET", "denied", "no rule grants it"],
      ],
    );
    assert.ok(!JSON.stringify(plugin.audit).includes("for whoever"));
  });
}

const variables = contractFromResolve(
  resolveWit("package t:t; interface api { show: func(name: string) -> string; } world w { export api; }").resolve,
  0,
);

test("exec: variables that the artifact passes on must be granted, every start is a line of the log, and a denied program does not start", async () => {
  const marker = join(folder, "started");
  const artifact = {
    program: [
      process.execPath,
      "-e",
      `require("fs").writeFileSync(${JSON.stringify(marker)}, ""); console.log(process.env[process.argv[1]] ?? "nothing")`,
    ],
    inherit: ["TENON_GRANTED", "TENON_SECRET"],
    functions: { "api.show": { args: ["{name}"], exit: { "0": "{stdout:trim}" } } },
  };
  const audit: AuditRecord[] = [];
  await using host = createHost({ drivers: [execDriver], onAudit: (record) => audit.push(record) });
  const requests = { env: [{ name: "TENON_GRANTED", why }] };
  const load = (decision: Decision) => host.load(variables, { id: "a/b", boundary: "exec", artifact, decision });
  const { api } = (await load(decisionFor(execDriver, artifact, requests, ALL))) as unknown as {
    api: { show: (name: string) => Promise<string> };
  };
  assert.equal(await api.show("TENON_GRANTED"), "for whoever was granted it");
  assert.equal(await api.show("TENON_SECRET"), "nothing");
  assert.ok(
    audit.some(
      ({ capability, argument, decision }) =>
        capability === "exec" && argument.startsWith("node -e") && decision === "allowed",
    ),
  );
  assert.ok(audit.some(({ argument, decision }) => argument === "TENON_SECRET" && decision === "denied"));
  await host.get("a/b")?.close();
  rmSync(marker);
  const denying = [...ALL, { at: "no", deny: { exec: [{ program: "node" }] } }];
  const denied = (await load(decisionFor(execDriver, artifact, requests, denying))) as unknown as { api: typeof api };
  await assert.rejects(denied.api.show("x"), { code: "capability-denied", message: /may not start node: no\.deny/ });
  assert.equal(existsSync(marker), false);
});

test("a refused plugin is not registered, and a decision is for one plugin on one boundary", async () => {
  const audit: AuditRecord[] = [];
  await using host = createHost({ drivers: [wasmDriver, workerDriver], onAudit: (record) => audit.push(record) });
  const artifact = { module: import.meta.resolve("@tenon/verify/plugins/probe") };
  const contained = { ...decisionFor(workerDriver, artifact, {}, ALL) };
  const { enforcement } = workerDriver.traits;
  const refused = decide({
    plugin: "a/b",
    requests: NO_REQUESTS,
    boundary: "worker",
    trust: "contained",
    enforcement,
    policies: [],
  });
  assert.throws(
    () => host.register(probeContract, { id: "a/b", boundary: "worker", artifact, imports, decision: refused }),
    { code: "capability-unenforceable" },
  );
  assert.deepEqual(
    [host.plugins.length, audit.map(({ capability, decision }) => [capability, decision])],
    [0, [["load", "denied"]]],
  );
  for (const wrong of [
    { id: "a/c", boundary: "worker" },
    { id: "a/b", boundary: "wasm" },
  ])
    assert.throws(() => host.register(probeContract, { ...wrong, artifact, imports, decision: contained }), {
      code: "config-invalid",
    });
});

test("limits are capped by policy", async () => {
  const rules = [...ALL, { at: "r", limits: { callMs: 200 } }];
  const artifact = { ...guest, isolation: "worker", fuel: 0 };
  await using plugin = await opened(wasmDriver, artifact, { rules, more: { limits: { callMs: 60_000 } } });
  await assert.rejects(plugin.probe.spin(), { code: "deadline-exceeded" });
});

test("an upgrade to another place asks for a decision of that place", async () => {
  const artifact = { module: import.meta.resolve("@tenon/verify/plugins/probe") };
  await using host = createHost({ drivers: [workerDriver, importDriver] });
  const decision = decisionFor(workerDriver, artifact, {}, ALL);
  await host.load(probeContract, { id: "a/b", boundary: "worker", artifact, decision, imports });
  const refused = await rejection(host.upgrade("a/b", { boundary: "import" }), "config-invalid");
  assert.match(refused.what, /no decision of policy/);
  const next = decisionFor(importDriver, artifact, {}, ALL);
  const report = await host.upgrade("a/b", { boundary: "import", decision: next });
  assert.deepEqual([report.from, report.to], ["worker", "import"]);
});
