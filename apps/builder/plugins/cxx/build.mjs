// plugin.cpp -> dist/cxx.so, against the header of the builder's contract. Made where it runs: a shared library is of one system.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const CLI = at("../../../../packages/cli/bin/tenon.js");
/** What plugin.cpp was written for. */
const CONTRACT = at("../../../../contracts/builder/frozen/0.1.0");
const OUT = at("dist/");

/** Undefined where the library is there afterwards; else why it is not. Throws where a compiler refuses the source. */
export function buildPlugin() {
  if (process.platform === "win32") return "the plugin is written for POSIX systems";
  const library = join(OUT, "cxx.so");
  if (isNewer(library)) return undefined;
  const compiler = ["g++", "clang++", "c++"].find((name) => spawnSync(name, ["--version"]).status === 0);
  if (compiler === undefined) return "there is no C++ compiler; install g++ or clang (Debian: apt-get install g++)";
  mkdirSync(OUT, { recursive: true });
  run(process.execPath, [CLI, "codegen", CONTRACT, "--c", "--out", OUT]);
  const flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden", `-I${OUT}`];
  run(compiler, [...flags, at("plugin.cpp"), "-o", library]);
  return undefined;
}

function isNewer(library) {
  if (!existsSync(library)) return false;
  const sources = [at("."), CONTRACT, at("../../../../packages/cli/templates/native/")];
  const times = sources.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => statSync(join(folder, name)).mtimeMs),
  );
  return statSync(library).mtimeMs > Math.max(...times);
}

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`);
}
