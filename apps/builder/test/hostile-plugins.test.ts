import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hasSandbox } from "tenon/sandbox";
import { assertSentence, build, buildHere, contentOf, FIXTURES, ODD, oddProject, scratchFolder } from "./scratch.ts";

const UNTRUSTED = ["--plugins", join(FIXTURES, "plugins")];
const noSandbox = hasSandbox({ processes: false, network: false })
  ? false
  : "no sandbox works here; see `tenon doctor`";

test(
  "a plugin that nobody trusts runs in a sandbox, which shows it no folder but its own",
  { skip: noSandbox },
  async () => {
    const { code, stderr } = await buildHere([oddProject(), ...UNTRUSTED]);
    assert.equal(code, 4);
    assert.match(stderr, /\[start-failed\] plugin test\/odd .*\n.*Cannot find module '.*plugins\/site\/rpc\.mjs'/s);
  },
);

test("it does not run where its boundary cannot hold it", async () => {
  const { code, stderr } = await build([oddProject(), ...UNTRUSTED], { TENON_SANDBOX: "none" });
  assert.equal(code, 2);
  assertSentence(stderr, /\[capability-unenforceable\].*trust it with --trust test\/odd/);
});

test("what a plugin is refused is data to it and a line to the person", async () => {
  const project = oddProject();
  writeFileSync(join(project, "..", "secret"), "secret");
  if (process.platform !== "win32") symlinkSync("../secret", join(project, "link"));
  const { code, stderr } = await buildHere([project, ...ODD, "--option", "do=probe"]);
  assert.equal(code, 1);
  assert.match(stderr, /denied test\/odd may not read \.\.\/secret; no grant would allow it/);
  assert.match(stderr, /denied test\/odd may not write main\.odd; allow it with --grant test\/odd=fs:rw:main\.odd/);
  assert.match(stderr, /denied test\/odd may not run sh; allow it with --grant test\/odd=exec:sh/);
  assert.doesNotMatch(stderr, /secret"\}/);
  assert.equal(readFileSync(join(project, "main.odd"), "utf8"), "an odd program\n");
});

test("--grant allows and --deny wins", async () => {
  const granted = await buildHere([
    oddProject(),
    ...ODD,
    "--option",
    "do=probe",
    "--grant",
    "odd=fs:rw:main.odd",
    "--grant",
    "odd=exec:sh",
  ]);
  assert.match(granted.stderr, /"stdout":"ran\\n"/);
  assert.doesNotMatch(granted.stderr, /may not write/);
  const denied = await buildHere([
    oddProject(),
    ...ODD,
    "--option",
    "do=probe",
    "--grant",
    "odd=exec:sh",
    "--deny",
    "odd=exec:sh",
    "--deny",
    "odd=fs:*.odd",
  ]);
  assert.match(denied.stderr, /may not run sh/);
  const unread = await buildHere([oddProject(), ...ODD, "--deny", "odd=fs:*.odd"]);
  assert.equal(unread.code, 4, "the plugin has no source to work with, and throws");
});

const FAULTS: [deed: string, sentence: RegExp][] = [
  ["die", /\[plugin-crashed\] plugin test\/odd .*SIGKILL/],
  ["missing", /\[protocol-error\] plugin test\/odd names the artifact "never-made", which it did not make/],
  ["outside", /\[protocol-error\] .*which leaves the project by \.\./],
  ["shell", /\[protocol-error\] .*wants "\/bin\/sh" to be run/],
  ["wrong", /\[protocol-error\]/],
  ["throw", /\[plugin-trap\] .*a bug/],
];

for (const [deed, sentence] of FAULTS) {
  test(`a plugin's fault is one sentence and exit code 4, and the earlier output stays: ${deed}`, async () => {
    const project = oddProject();
    assert.equal((await buildHere([project, ...ODD])).code, 0);
    const earlier = contentOf(project);
    const { code, stderr } = await buildHere([project, ...ODD, "--option", `do=${deed}`]);
    assert.equal(code, 4, stderr);
    assertSentence(stderr, sentence);
    assert.deepEqual(contentOf(project), earlier);
  });
}

test("a plugin that prints before its handshake is one sentence, and the others do not notice", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "a.chat"), "");
  const chatty = await buildHere([folder, "--plugins", join(FIXTURES, "plugins"), "--trust", "chatty"]);
  assert.equal(chatty.code, 4);
  assertSentence(chatty.stderr, /\[handshake-failed\].*Welcome!.*print exactly one handshake line/);
  writeFileSync(join(folder, "main.odd"), "beside it");
  const odd = await build([folder, ...ODD, "--trust", "chatty", "--run"]);
  assert.deepEqual([odd.code, odd.stdout], [0, "beside it\n"]);
});

test("control characters of a plugin do not reach the terminal", async () => {
  const { stderr } = await buildHere([oddProject(), ...ODD, "--option", "do=paint"]);
  assert.doesNotMatch(stderr, /\u001b|\u0007/);
  assert.match(stderr, /\\x1b\[31mred/);
});
