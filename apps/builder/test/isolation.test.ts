import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildProject, openBuilder, type BuildOptions } from "../dist/index.js";
import { FIXTURES, PROJECTS, scratchFolder } from "./scratch.ts";

const trusted = { isTrusted: true, grants: [], denials: [] };

function oddBuild(deed: string, more: Partial<BuildOptions> = {}): BuildOptions {
  const project = join(scratchFolder(), "odd");
  cpSync(join(FIXTURES, "odd-project"), project, { recursive: true });
  return { project, settings: [["do", deed]], ...more };
}

test("a plugin that dies in the middle of a build takes no other build with it, and works again afterwards", async () => {
  await using set = await openBuilder({
    plugins: [join(FIXTURES, "plugins", "odd")],
    changes: new Map([["test/odd", trusted]]),
  });
  const site = { project: join(PROJECTS, "handbook"), out: join(scratchFolder(), "out") };
  const wat = { project: join(PROJECTS, "digest"), out: join(scratchFolder(), "out") };
  const dying = oddBuild("die");
  const [dead, alive, also] = await Promise.allSettled([
    buildProject(set, dying),
    buildProject(set, site),
    buildProject(set, wat),
  ]);
  assert.equal(dead.status, "rejected");
  assert.equal((dead.reason as { code: string }).code, "plugin-crashed");
  assert.match((dead.reason as { notes: string[] }).notes.join("\n"), /the last words/);
  assert.deepEqual(
    [alive, also].map((one) => one.status === "fulfilled" && one.value.status),
    ["built", "built"],
  );
  assert.deepEqual(readdirSync(dying.project), ["main.odd"]);
  assert.equal((await buildProject(set, oddBuild("work"))).status, "built");
});

test("two builds by one plugin at the same time come one after the other, each with its own project", async () => {
  await using set = await openBuilder({
    plugins: [join(FIXTURES, "plugins", "odd")],
    changes: new Map([["test/odd", trusted]]),
  });
  const [a, b] = [oddBuild("work"), oddBuild("work")];
  writeFileSync(join(a.project, "main.odd"), "project a");
  writeFileSync(join(b.project, "main.odd"), "project b");
  const reports = await Promise.all([buildProject(set, a), buildProject(set, b)]);
  const scripts = reports.map((report) => readFileSync(join(report.out!, "main.mjs"), "utf8"));
  assert.match(scripts[0]!, /project a/);
  assert.match(scripts[1]!, /project b/);
});

test("a plugin that never answers is ended at its limit", async () => {
  const folder = scratchFolder();
  const manifest = JSON.parse(readFileSync(join(FIXTURES, "plugins/odd/tenon.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const command = ["${node}", join(FIXTURES, "plugins/odd/plugin.mjs")];
  const artifacts = [{ id: "process", boundary: "stdio", command }];
  writeFileSync(join(folder, "tenon.json"), JSON.stringify({ ...manifest, artifacts, limits: { callMs: 1000 } }));
  await using set = await openBuilder({ plugins: [folder], changes: new Map([["test/odd", trusted]]) });
  let pid = 0;
  const sink = { progress: (message: string) => void (pid = Number(/\d+/.exec(message)?.[0])) };
  await assert.rejects(buildProject(set, oddBuild("stubborn", { sink })), { code: "deadline-exceeded" });
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isAlive(pid), false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
