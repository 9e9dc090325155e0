import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  assertSentence,
  build,
  buildHere,
  copyProject,
  edit,
  ODD,
  oddProject,
  PROJECTS,
  scratchFolder,
} from "./scratch.ts";

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
    /has no artifact for boundary exec; it has artifacts for worker, import/,
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
  assert.match(stdout, /tenon\/wat +worker \(or import\) +contract \^0\.3 /);
  assert.match(stdout, /tenon\/site +stdio +contract \^0\.1 /);
  assert.match(stdout, /broken is no usable plugin/);
  const listed = JSON.parse((await buildHere(["--list", "--json", "--tools"])).stdout) as {
    id: string;
    tools: { name: string; found: boolean }[];
    targets?: string[];
    builtFor: { version: string; verdict: string };
  }[];
  const of = (id: string) => listed.find((one) => one.id === id);
  assert.equal(of("tenon/esbuild")?.tools[0]?.found, true);
  assert.deepEqual(of("tenon/esbuild")?.builtFor, { version: "0.1.0", verdict: "migrated" });
  // What 0.1.0 did not have is absent, not empty.
  assert.deepEqual([of("tenon/esbuild")?.targets, of("tenon/wat")?.targets], [undefined, ["wasm"]]);
});

test("a build says which version of the contract its plugin is of, and warns of it no further", async () => {
  const { code, stderr } = await buildHere([join(PROJECTS, "handbook"), "--out", join(scratchFolder(), "out")]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /built by tenon\/site \(stdio, contract 0\.1\.0: migrated\) in /);
  assert.doesNotMatch(stderr, /warning/);
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
