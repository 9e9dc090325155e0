import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertSentence, ODD, oddProject, startBuild } from "./scratch.ts";

test("Ctrl-C cancels: exit code 130, the plugin ends, nothing is left behind", async () => {
  for (const deed of ["wait", "stubborn"]) {
    const project = oddProject();
    const { child, done, saw } = startBuild([project, ...ODD, "--option", `do=${deed}`]);
    await saw(/waiting in \d+/);
    child.kill("SIGINT");
    const { code, stderr } = await done;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /cancelled/);
    assert.deepEqual(readdirSync(project), ["main.odd"]);
    const pid = Number(/waiting in (\d+)/.exec(stderr)?.[1]);
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" }, "the plugin's process has ended");
  }
});

test(
  "a plugin killed from outside in the middle of a build",
  { skip: process.platform === "win32" && "no SIGKILL" },
  async () => {
    const project = oddProject();
    const { done, saw } = startBuild([project, ...ODD, "--option", "do=wait"]);
    const [, pid] = await saw(/waiting in (\d+)/);
    process.kill(Number(pid), "SIGKILL");
    const { code, stderr } = await done;
    assert.equal(code, 4);
    assertSentence(stderr, /\[plugin-crashed\] plugin test\/odd .*SIGKILL/);
    assert.deepEqual(readdirSync(project), ["main.odd"]);
  },
);

test("--watch builds again when a source changes, cancels a build that is still running, and ends with Ctrl-C", async () => {
  const project = oddProject();
  const { child, done, saw } = startBuild([project, ...ODD, "--watch", "--run"]);
  await saw(/waiting for changes/);
  writeFileSync(join(project, "main.odd"), "second\n");
  await saw(/changed: main\.odd/);
  await saw(/built by test\/odd/);
  await saw(/waiting for changes/);
  writeFileSync(join(project, "added.odd"), "");
  await saw(/changed: added\.odd/);
  await saw(/waiting for changes/);
  child.kill("SIGINT");
  const { code, stdout } = await done;
  assert.equal(code, 130);
  assert.deepEqual(stdout.split("\n").slice(0, 3), ["an odd program", "second", "second"]);
});

test("--watch cancels what is still being built", async () => {
  const project = oddProject();
  const { child, done, saw } = startBuild([project, ...ODD, "--watch", "--option", "do=wait"]);
  await saw(/waiting in \d+/);
  writeFileSync(join(project, "main.odd"), "changed\n");
  await saw(/changed: main\.odd/);
  await saw(/waiting in \d+/);
  child.kill("SIGINT");
  assert.equal((await done).code, 130);
  assert.deepEqual(readdirSync(project), ["main.odd"]);
});
