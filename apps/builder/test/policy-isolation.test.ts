// One word of the policy moves a plugin to a thread or a process of its own, and what it builds is the same.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildProject, openBuilder } from "../dist/index.js";
import { contentOf, PROJECTS, scratchFolder } from "./scratch.ts";

function policyOf(plugins: object): string {
  const file = join(scratchFolder(), "policy.json");
  writeFileSync(file, JSON.stringify({ schema: 1, plugins, rules: [{ grant: "requested" }] }));
  return file;
}

async function outputOf(project: string, plugin: string, isolation?: string): Promise<Record<string, string>> {
  await using set = await openBuilder({ policy: policyOf({ [plugin]: { ...(isolation && { isolation }) } }) });
  const out = join(scratchFolder(), "out");
  const report = await buildProject(set, { project: join(PROJECTS, project), out });
  assert.equal(report.status, "built");
  assert.equal(report.plugin, plugin);
  assert.equal(report.isolation, isolation === "process" ? "process" : "sandbox");
  const { ".tenon-build.json": _, ...files } = contentOf(out);
  return files;
}

for (const [project, plugin] of [
  ["almanac", "tenon/markdown"],
  ["kitchen", "tenon/cookbook"],
] as const) {
  test(`${plugin} builds the same on the builder's thread, on one of its own and in a process`, async () => {
    const inline = await outputOf(project, plugin);
    assert.ok(Object.keys(inline).length > 1);
    for (const isolation of ["inline", "worker", "process"])
      assert.deepEqual(await outputOf(project, plugin, isolation), inline, isolation);
  });
}

test("an isolation that the boundary does not have costs the plugin, and says what there is", async () => {
  const plugins = { "tenon/site": { trust: "trusted", isolation: "worker" } };
  await using set = await openBuilder({ policy: policyOf(plugins) });
  const [broken] = set.broken;
  assert.equal(broken?.error.code, "capability-unenforceable");
  assert.match(broken.error.message, /stdio boundary cannot run a plugin with isolation "worker"/);
});

test("an isolation that there is not is refused with its place", async () => {
  await assert.rejects(openBuilder({ policy: policyOf({ "tenon/markdown": { isolation: "thread" } }) }), {
    code: "config-invalid",
    message: /\$\.plugins\["tenon\/markdown"\]\.isolation must be one of inline, worker, process/,
  });
});
