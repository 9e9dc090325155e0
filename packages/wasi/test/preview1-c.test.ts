// C programs, compiled with clang and wasi-libc where they are installed, against every kind of mount.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  collectOutput,
  createPreview1,
  hostDirectory,
  inputFrom,
  memoryDirectory,
  type Mount,
  overlayDirectory,
} from "@tenon/wasi";
import { engine } from "./engine.ts";

const folder = mkdtempSync(join(tmpdir(), "wasi-c-"));
after(() => rmSync(folder, { recursive: true }));

/** Undefined where the toolchain is missing; with CI=true that is a failure. */
function compile(name: string): Uint8Array | undefined {
  const source = fileURLToPath(new URL(`c/${name}.c`, import.meta.url));
  const output = join(folder, `${name}.wasm`);
  const clang = spawnSync("clang", ["--target=wasm32-wasi", "-O1", source, "-o", output], { encoding: "utf8" });
  if (clang.status === 0) return readFileSync(output);
  assert.notEqual(process.env["CI"], "true", `clang for wasm32-wasi does not work: ${clang.stderr}`);
  return undefined;
}

const programs = { files: compile("files"), attack: compile("attack") };
const missing = "clang, lld, wasi-libc and libclang-rt-dev-wasm32 are not installed";

function run(program: Uint8Array, mounts: Readonly<Record<string, Mount>>) {
  const stdout = collectOutput();
  const wasi = createPreview1({
    args: ["program", "one", "two words"],
    env: { GREETING: "hello" },
    stdin: inputFrom("from the host\n"),
    stdout,
    stderr: stdout,
    mounts,
    clocks: "precise",
  });
  const code = wasi.start(new engine.Instance(new engine.Module(program), wasi.imports));
  return { code, text: stdout.text() };
}

function freshFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

const MOUNTS: Readonly<Record<string, () => Mount>> = {
  "a host directory": () => hostDirectory(freshFolder("host"), { readOnly: false, maxBytes: 100_000 }),
  "a directory in memory": () => memoryDirectory(),
  "an overlay": () => overlayDirectory(hostDirectory(freshFolder("lower"))),
};
for (const [name, mount] of Object.entries(MOUNTS)) {
  test(`C: files, directories, links and times in ${name}`, { skip: programs.files === undefined && missing }, () => {
    assert.deepEqual(run(programs.files!, { "/data": mount() }), { code: 42, text: "done\n" });
  });
}

test("C: no way out of a directory", { skip: programs.attack === undefined && missing }, () => {
  const top = freshFolder("attack");
  const data = join(top, "data");
  mkdirSync(data);
  writeFileSync(join(top, "outside"), "the secret");
  writeFileSync(join(data, "inside"), "inside");
  symlinkSync("..", join(data, "found"));
  symlinkSync(join(top, "outside"), join(data, "absolute"));
  const { code, text } = run(programs.attack!, { "/data": hostDirectory(data, { readOnly: false }) });
  assert.equal(code, 0, text);
  assert.ok(!text.includes("the secret"));
  assert.match(text, /inside: inside/);
  assert.equal(readFileSync(join(top, "outside"), "utf8"), "the secret");
});
