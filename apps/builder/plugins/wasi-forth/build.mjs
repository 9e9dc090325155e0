// src/*.c -> forthc.wasm, a WASI preview1 command: `npm run build:forth -w apps/builder`. `--check` compares instead of writing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const WASM = join(FOLDER, "forthc.wasm");
/** Other compilers make other bytes: with them, nothing can be compared. Debian: clang lld wasi-libc libclang-rt-dev-wasm32. */
const CLANG = "clang version 14.0.6";

/** Why this machine cannot make the same bytes; undefined where it can. */
function whatIsMissing() {
  const { stdout, error } = spawnSync("clang", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return "clang is not installed";
  return stdout.includes(CLANG) ? undefined : `it was built by ${CLANG}, here is ${stdout.split("\n")[0]}`;
}

/** The module; undefined where the compiler has said why not. */
function build() {
  const folder = mkdtempSync(join(tmpdir(), "tenon-forth-"));
  try {
    const out = join(folder, "forthc.wasm");
    const sources = readdirSync(join(FOLDER, "src")).filter((name) => name.endsWith(".c"));
    const flags = ["--target=wasm32-wasi", "-Oz", "-flto", "-Wall", "-Wextra", "-Werror", "-Wl,--strip-all"];
    const args = [...flags, "-o", out, ...sources.sort().map((name) => `src/${name}`)];
    // clang runs whatever wasm-opt it finds, and npm puts the one of some dependency on the PATH.
    const path = (process.env["PATH"] ?? "").split(delimiter).filter((one) => !one.includes("node_modules"));
    const env = { ...process.env, PATH: path.join(delimiter) };
    const { status } = spawnSync("clang", args, { cwd: FOLDER, env, stdio: ["ignore", "inherit", "inherit"] });
    return status === 0 ? readFileSync(out) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isCheck = process.argv.includes("--check");
const missing = whatIsMissing();
if (missing !== undefined) {
  console.log(`forthc.wasm cannot be built here: ${missing}`);
  process.exitCode = isCheck ? 0 : 1;
} else {
  const made = build();
  if (made !== undefined && !isCheck) writeFileSync(WASM, made);
  const isSame = made?.equals(readFileSync(WASM)) === true;
  console.log(
    `forthc.wasm: ${made?.length ?? 0} bytes, ${isSame ? "as its sources give it" : "NOT what its sources give"}`,
  );
  process.exitCode = isSame ? 0 : 1;
}
