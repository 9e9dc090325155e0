import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  build,
  buildHere,
  contentOf,
  copyProject,
  edit,
  FIXTURES,
  PROJECTS,
  scratchFolder,
  startBuild,
} from "./scratch.ts";

const ODD = ["--plugins", join(FIXTURES, "plugins"), "--trust", "odd"];

function oddProject(): string {
  const folder = join(scratchFolder(), "odd");
  cpSync(join(FIXTURES, "odd-project"), folder, { recursive: true });
  return folder;
}

/** What a person sees must be one sentence with what to do, never a stack. */
function assertSentence(stderr: string, pattern: RegExp): void {
  const line = stderr.split("\n").find((one) => one.startsWith("tenon-build: "));
  assert.match(line ?? stderr, pattern);
  assert.doesNotMatch(stderr, /^\s+at /m);
}

test("--help and --version", async () => {
  const help = await build(["--help"]);
  assert.equal(help.code, 0);
  for (const option of [
    "--plugin",
    "--target",
    "--release",
    "--watch",
    "--json",
    "--run",
    "--out",
    "--option",
    "--boundary",
    "--grant",
    "--list",
  ])
    assert.ok(help.stdout.includes(option), option);
  assert.match((await build(["--version"])).stdout, /^tenon-build \d+\.\d+\.\d+\n$/);
});

const WRONG: [args: string[], sentence: RegExp][] = [
  [[], /no project was named/],
  [["a", "b"], /one project at a time/],
  [["--colour", "."], /Unknown option '--colour'/],
  [["."].concat("--boundary", "import"), /--boundary import is not of the form PLUGIN=BOUNDARY/],
  [[".", "--grant", "wat=net:x"], /"net:x" is no grant/],
  [[".", "--json", "--watch"], /cannot go with --watch/],
  [["no-such-folder"], /there is no project folder no-such-folder/],
  [[join(PROJECTS, "digest", "main.wat")], /is a file; a project is a folder/],
  [[join(PROJECTS, "digest"), "--plugin", "cobol"], /there is no plugin cobol; use one of tenon\/assemblyscript/],
  [
    [join(PROJECTS, "digest"), "--boundary", "wat=exec"],
    /has no artifact for the boundary exec; it has worker, import/,
  ],
  [[join(PROJECTS, "digest"), "--boundary", "wta=import"], /there is no plugin wta/],
  [[join(PROJECTS, "digest"), "--policy", "no-such-file"], /no-such-file cannot be read/],
  [[join(PROJECTS, "digest"), "--out", join(PROJECTS, "digest")], /has files in it that no build made/],
];

for (const [args, sentence] of WRONG) {
  test(`wrong usage ends with 2 and one sentence: ${args.map((arg) => arg.replace(PROJECTS, "projects")).join(" ") || "nothing"}`, async () => {
    const { code, stderr } = await buildHere(args);
    assert.equal(code, 2, stderr);
    assertSentence(stderr, sentence);
  });
}

test("a folder that no plugin can build says what each looks for", async () => {
  const { code, stderr } = await buildHere([scratchFolder()]);
  assert.equal(code, 2);
  assert.match(stderr, /no plugin can build/);
  assert.match(stderr, /tenon\/cargo: Cargo\.toml/);
});

test("a missing tool ends with 3 and says how to get it", async () => {
  const env = { PATH: scratchFolder() };
  for (const [project, sentence] of [
    ["matcher", /not built: tenon\/cargo \(exec\) needs cargo; install Rust/],
    ["squeeze", /not built: tenon\/c \(stdio\) needs python3; install Python/],
  ] as const) {
    const { code, stderr } = await build([join(PROJECTS, project), "--out", join(scratchFolder(), "out")], env);
    assert.equal(code, 3, stderr);
    assert.match(stderr, sentence);
  }
});

test("--list starts nothing and shows boundaries; broken plugins are named", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "broken"));
  writeFileSync(join(folder, "broken", "tenon.json"), "{");
  const { code, stdout } = await buildHere(["--list", "--plugins", folder]);
  assert.equal(code, 0);
  assert.match(stdout, /tenon\/wat +worker \(or import\)/);
  assert.match(stdout, /broken is no usable plugin/);
  const listed = JSON.parse((await buildHere(["--list", "--json", "--tools"])).stdout) as {
    id: string;
    tools: { name: string; found: boolean }[];
  }[];
  assert.equal(listed.find((one) => one.id === "tenon/esbuild")?.tools[0]?.found, true);
});

test("--json prints one document, with the program's output and without anything else", async () => {
  const out = join(scratchFolder(), "out");
  const { code, stdout, stderr } = await build([join(PROJECTS, "digest"), "--out", out, "--json", "--run"]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as {
    status: string;
    boundary: string;
    isolation: string;
    artifacts: { size: number }[];
    ran: { exitCode: number; stdout: string };
  };
  assert.deepEqual([report.status, report.boundary, report.isolation], ["built", "worker", "thread"]);
  assert.equal(report.ran.stdout, readFileSync(join(PROJECTS, "digest", "expected.txt"), "utf8"));
  const failed = JSON.parse((await buildHere(["no-such-folder", "--json"])).stdout) as {
    status: string;
    error: { code: string };
  };
  assert.deepEqual([failed.status, failed.error.code], ["error", "file-missing"]);
});

test("a project that does not compile: diagnostics an editor can read, and exit code 1", async () => {
  const project = copyProject("sheet");
  const line = edit(project, "src/render.ts", "return value.toFixed(2);", "return value.toFixed(2;");
  const { code, stderr } = await build([project]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^src/render\\.ts:${line}:.*error: Expected "\\)" but found ";"$`, "m"));
  assert.equal(existsSync(join(project, "build")), false);
  assert.deepEqual(
    readdirSync(project).filter((name) => name.includes("tenon-")),
    [],
  );
});

test("--run passes arguments on and ends with the program's own code", async () => {
  const project = oddProject();
  const { code, stdout } = await build([project, ...ODD, "--release", "--run", "--", "one", "--two"]);
  assert.equal(stdout, "an odd program one --two\n");
  assert.equal(code, 7);
});

test("--run where there is nothing to run says where the result is", async () => {
  const out = join(scratchFolder(), "out");
  const { code, stderr } = await buildHere([join(PROJECTS, "handbook"), "--out", out, "--run"]);
  assert.equal(code, 2);
  assertSentence(stderr, /is nothing to run; open what is in /);
});

test("--clean removes the output and nothing that no build made", async () => {
  const project = copyProject("digest");
  assert.equal((await buildHere([project])).code, 0);
  assert.equal((await buildHere([project, "--clean"])).code, 0);
  assert.equal(existsSync(join(project, "build")), false);
  mkdirSync(join(project, "build"));
  writeFileSync(join(project, "build", "precious"), "");
  assert.equal((await buildHere([project, "--clean"])).code, 2);
  assert.ok(existsSync(join(project, "build", "precious")));
});

test("a plugin that nobody trusts does not run where its boundary cannot hold it", async () => {
  const { code, stderr } = await buildHere([oddProject(), "--plugins", join(FIXTURES, "plugins")]);
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
