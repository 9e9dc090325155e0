import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { AuditRecord, FsAccess, Grants } from "@tenon/policy";
import type { Denial } from "../dist/host/build-context.js";
import { projectFunctions } from "../dist/host/project-functions.js";
import { grantsOf, scratchFolder } from "./scratch.ts";

const all = (path = "**", mode: FsAccess["mode"] = "rw"): FsAccess => ({ path: `\${project}/${path}`, mode });
const ALL = grantsOf({ fs: [all()] });

/** `inside/` is the project, `secret.txt` lies beside it. */
function setUp(grants: Grants = ALL) {
  const folder = scratchFolder();
  const project = join(folder, "inside");
  mkdirSync(join(project, "src"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(project, "src", "a.txt"), "text");
  const denials: Denial[] = [];
  const sink = { progress: () => {}, log: () => {}, denied: (denial: Denial) => void denials.push(denial) };
  const audited: string[] = [];
  const audit = (kind: AuditRecord["capability"], argument: string, verdict: { readonly isAllowed: boolean }): void =>
    void audited.push(`${kind} ${argument} ${verdict.isAllowed}`);
  const context = { plugin: "test/plugin", grants, project, signal: new AbortController().signal, sink, audit };
  return { folder, project, denials, audited, files: projectFunctions(() => context) };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function skipsOnWindows(t: TestContext): boolean {
  if (process.platform === "win32") t.skip("links and pipes need rights on Windows");
  return process.platform === "win32";
}

test("reads, writes and lists inside the project", () => {
  const { files, project } = setUp();
  assert.deepEqual(files.readFile("src/a.txt"), { tag: "ok", val: bytes("text") });
  assert.deepEqual(files.readFile("./src//a.txt"), { tag: "ok", val: bytes("text") });
  assert.deepEqual(files.writeFile("new/deep/b.txt", bytes("longer than before")), { tag: "ok", val: undefined });
  assert.deepEqual(files.writeFile("new/deep/b.txt", bytes("short")), { tag: "ok", val: undefined });
  assert.equal(readFileSync(join(project, "new/deep/b.txt"), "utf8"), "short");
  assert.deepEqual(files.listFiles(""), { tag: "ok", val: ["new/deep/b.txt", "src/a.txt"] });
  assert.deepEqual(files.listFiles("src"), { tag: "ok", val: ["src/a.txt"] });
  assert.deepEqual(files.remove("new"), { tag: "ok", val: undefined });
  assert.equal(existsSync(join(project, "new")), false);
  assert.deepEqual(files.readFile("nothing.txt"), { tag: "err", val: { tag: "not-found" } });
  assert.deepEqual(files.readFile("src/a.txt/b"), { tag: "err", val: { tag: "not-found" } });
});

test("files of the output need no grant while a build runs, and lead nowhere else", (t) => {
  const { folder, project, denials } = setUp();
  const staging = join(project, ".build.tenon-1");
  mkdirSync(staging);
  const grants = grantsOf({ fs: [] });
  const sink = { progress: () => {}, log: () => {}, denied: (denial: Denial) => void denials.push(denial) };
  const context = {
    plugin: "test/plugin",
    grants,
    project,
    staging,
    signal: new AbortController().signal,
    sink,
    audit: () => {},
  };
  const files = projectFunctions(() => context);
  assert.deepEqual(files.writeFile(`${staging}/a/b.html`, bytes("x")), { tag: "ok", val: undefined });
  assert.equal(readFileSync(join(staging, "a", "b.html"), "utf8"), "x");
  assert.deepEqual(files.readFile(`${staging}/a/b.html`), { tag: "ok", val: bytes("x") });
  assert.deepEqual(files.remove(`${staging}/a`), { tag: "ok", val: undefined });
  const tagOf = (path: string): string => {
    const result = files.writeFile(path, bytes("x"));
    return result.tag === "ok" ? "ok" : result.val.tag;
  };
  for (const path of [`${staging}/../src/a.txt`, `${staging}2/a`, `${folder}/a`, "src/a.txt", staging])
    assert.equal(tagOf(path), "denied", path);
  assert.equal(files.remove(`${staging}/`).tag, "err");
  assert.equal(existsSync(staging), true);
  if (skipsOnWindows(t)) return;
  symlinkSync(join(project, "src"), join(staging, "link"));
  assert.equal(tagOf(`${staging}/link/a.txt`), "denied");
  // Without a build there is no output.
  assert.equal(setUp(ALL).files.writeFile(`${staging}/a`, bytes("x")).tag, "err");
});

test("what is no ordinary file is unsuitable", (t) => {
  const { files, project } = setUp();
  writeFileSync(join(project, "latin"), Uint8Array.of(0xff, 0xfe));
  assert.deepEqual(files.readFile("latin"), { tag: "ok", val: Uint8Array.of(0xff, 0xfe) });
  assert.equal(files.readFile("src").tag, "err");
  if (skipsOnWindows(t)) return;
  execFileSync("mkfifo", [join(project, "pipe")]);
  // A pipe that nobody writes to would block for ever.
  assert.deepEqual((files.readFile("pipe") as { val: { tag: string } }).val.tag, "unsuitable");
});

const ESCAPES = [
  "../secret.txt",
  "src/../../secret.txt",
  "/etc/passwd",
  "a\u0000b",
  "..",
  "src/..",
  "C:/secret.txt",
  `${"x/".repeat(3000)}x`,
];

for (const path of ESCAPES) {
  test(`a path that leaves the project is denied, as data, and reported: ${JSON.stringify(path.slice(0, 30))}`, () => {
    const { files, folder, denials } = setUp();
    for (const result of [
      files.readFile(path),
      files.writeFile(path, bytes("x")),
      files.remove(path),
      files.listFiles(path),
    ]) {
      assert.equal(result.tag, "err");
      assert.equal((result as { val: { tag: string } }).val.tag, "denied", JSON.stringify(result));
    }
    assert.equal(denials.length, 4);
    assert.equal(denials[0]?.grant, undefined);
    assert.equal(readFileSync(join(folder, "secret.txt"), "utf8"), "secret");
  });
}

test("symbolic links may lead anywhere inside and nowhere outside", (t) => {
  if (skipsOnWindows(t)) return;
  const { files, project, folder } = setUp();
  symlinkSync("src", join(project, "inner"));
  symlinkSync("../secret.txt", join(project, "file-out"));
  symlinkSync("..", join(project, "folder-out"));
  symlinkSync(folder, join(project, "absolute-out"));
  symlinkSync("loop", join(project, "loop"));
  symlinkSync("../not-there-yet.txt", join(project, "dangling-out"));
  symlinkSync("src/later.txt", join(project, "dangling-in"));
  assert.deepEqual(files.readFile("inner/a.txt"), { tag: "ok", val: bytes("text") });
  const outside = [
    "file-out",
    "folder-out/secret.txt",
    "absolute-out/secret.txt",
    "loop",
    "inner/../folder-out/secret.txt",
  ];
  for (const path of outside) assert.equal((files.readFile(path) as { val: { tag: string } }).val.tag, "denied", path);
  assert.equal((files.writeFile("dangling-out", bytes("x")) as { val: { tag: string } }).val.tag, "denied");
  assert.equal((files.writeFile("folder-out/new.txt", bytes("x")) as { val: { tag: string } }).val.tag, "denied");
  assert.equal(existsSync(join(folder, "not-there-yet.txt")), false);
  assert.deepEqual(files.writeFile("dangling-in", bytes("in")), { tag: "ok", val: undefined });
  assert.equal(readFileSync(join(project, "src/later.txt"), "utf8"), "in");
  const listed = files.listFiles("");
  assert.deepEqual(listed, { tag: "ok", val: ["dangling-in", "src/a.txt", "src/later.txt"] });
});

test("grants: reading and writing are two things, a denial wins, and a link counts as where it leads", (t) => {
  const grants = grantsOf({ fs: [all("src/**", "r"), all("out/**", "rw")] }, { fs: [all("src/private/**", "r")] });
  const { files, project, denials, audited } = setUp(grants);
  mkdirSync(join(project, "src/private"));
  writeFileSync(join(project, "src/private/key"), "key");
  writeFileSync(join(project, "top"), "top");
  assert.equal(files.readFile("src/a.txt").tag, "ok");
  assert.deepEqual(files.writeFile("src/a.txt", bytes("x")), {
    tag: "err",
    val: { tag: "denied", val: "the plugin has no grant fs:rw:src/a.txt" },
  });
  assert.equal(files.readFile("top").tag, "err");
  assert.equal(files.readFile("src/private/key").tag, "err");
  assert.equal(files.writeFile("out/x/y", bytes("x")).tag, "ok");
  assert.deepEqual(
    denials.map((denial) => denial.grant),
    ["fs:rw:src/a.txt", "fs:r:top", "fs:r:src/private/key"],
  );
  assert.deepEqual(audited, [
    "fs r ${project}/src/a.txt true",
    "fs rw ${project}/src/a.txt false",
    "fs r ${project}/top false",
    "fs r ${project}/src/private/key false",
    "fs rw ${project}/out/x/y true",
  ]);
  // `build`, `dist`, `out` and the like are what builds leave, so they are not listed; what may not be read is not either.
  assert.deepEqual(files.listFiles(""), { tag: "ok", val: ["src/a.txt"] });
  if (skipsOnWindows(t)) return;
  symlinkSync("../src/private/key", join(project, "out/door"));
  assert.equal((files.readFile("out/door") as { val: { tag: string } }).val.tag, "denied");
});

test("a folder goes only when everything in it may", () => {
  const { files, project } = setUp(grantsOf({ fs: [all()] }, { fs: [all("src/a.txt", "r")] }));
  assert.equal((files.remove("src") as { val: { tag: string } }).val.tag, "denied");
  assert.equal((files.remove("") as { val: { tag: string } }).val.tag, "denied");
  assert.ok(existsSync(join(project, "src/a.txt")));
});
