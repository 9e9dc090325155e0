// What `tenon new plugin` makes, with an author's files in it -> a plugin that is built, by the very commands it tells the author.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { builtOnce, filesAsInputs, versionOf } from "./built-once.mjs";
import { rustForWasm } from "./rust-wasm.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TENON = join(ROOT, "packages/cli/bin/tenon.js");
/** componentize-js brings an engine and a compiler, so it has an install of its own: `npm ci --prefix examples/component-js`. */
export const COMPONENTIZE_MODULES = join(ROOT, "examples/component-js/node_modules");

/** Why a language cannot be built here, as a reason for a skip; undefined where it can. In CI everything must be there. */
export function missingFor(lang, boundary) {
  if (process.env["CI"] === "true") return undefined;
  const runs = (program, ...args) => spawnSync(program, args).status === 0;
  const lacks = (program) => `${program} is not installed`;
  if (lang === "rust" && isWasm(boundary)) return rustForWasm().missing;
  if (lang === "rust") return runs("cargo", "--version") ? undefined : lacks("cargo");
  if (lang === "python")
    return runs("python3", "-c", "import sys; assert sys.version_info >= (3, 10)") ? undefined : lacks("Python 3.10");
  if (lang === "go") {
    const { stdout } = spawnSync("go", ["version"], { encoding: "utf8" });
    return Number(/go1\.(\d+)/.exec(stdout ?? "")?.[1] ?? 0) >= 24 ? undefined : lacks("Go 1.24 or later");
  }
  if (lang === "c" && !runs("make", "--version")) return lacks("make");
  if (lang === "c" && boundary === "wasm" && !(runs("clang", "--version") && runs("wasm-ld", "--version")))
    return lacks("clang with wasm-ld");
  if (lang === "js" && boundary === "component" && !existsSync(COMPONENTIZE_MODULES))
    return "componentize-js is not installed (npm ci --prefix examples/component-js)";
  return undefined;
}

/** In these a plugin of the template is run by node itself; in all others by what a compiler made. */
const RUN_BY_NODE = ["ts", "js", "lua"];

/**
 * Why a template need not be built again, as a reason for a skip: another node has built and tested it in the same run, which
 * TENON_SCAFFOLDS_BUILT_ON names. Undefined where it has to be.
 */
export function builtElsewhere(lang) {
  const where = process.env["TENON_SCAFFOLDS_BUILT_ON"];
  if (!where || RUN_BY_NODE.includes(lang)) return undefined;
  return `built and tested on ${where} in this run, and its compiler is the same here; examples/conformance runs guests in ${lang} on both`;
}

function isWasm(boundary) {
  return boundary === "component" || boundary === "wasm";
}

/**
 * A folder with a built plugin; the caller removes it. `files` are put over what was made, by their place in the folder.
 * Throws an Error with the output of the command that failed.
 */
export function buildScaffold({ lang, boundary, wit, name = "plugin", files = {} }) {
  const folder = mkdtempSync(join(tmpdir(), `tenon-${lang}-`));
  try {
    const args = ["new", "plugin", name, "--lang", lang, "--dir", folder, "--json"];
    if (boundary !== undefined) args.push("--boundary", boundary);
    if (wit !== undefined) args.push("--wit", wit);
    const { build } = JSON.parse(must(process.execPath, [TENON, ...args], folder));
    for (const [to, from] of Object.entries(files)) cpSync(from, join(folder, to));
    const inputs = [...filesAsInputs(folder), ...build, ...compilerOf(lang)];
    const built = builtOnce(`scaffold-${lang}`, inputs, (into) => {
      runBuild({ lang, boundary, folder, build });
      cpSync(folder, into, { recursive: true, filter: isKept });
    });
    cpSync(built, folder, { recursive: true });
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Neither what was installed, of which there may be much, nor what a compiler keeps for itself. */
function isKept(path) {
  return !["node_modules", "target"].includes(basename(path));
}

/** What a build depends on beside the files of the scaffold. */
function compilerOf(lang) {
  const lock = lang === "js" ? "examples/component-js/package-lock.json" : "package-lock.json";
  const npm = ["js", "ts", "assemblyscript"].includes(lang) ? [readFileSync(join(ROOT, lock))] : [];
  const programs = { rust: ["rustc", "-vV"], c: ["clang", "--version"], go: ["go", "version"] };
  const version = programs[lang] === undefined ? [] : [versionOf(...programs[lang])];
  return [...npm, ...version, ...OWN.flatMap((folder) => filesAsInputs(join(ROOT, folder), isCode))];
}

/** `tenon wrap` and what it stands on, and how compilers are called here. */
const OWN = ["packages/cli/dist", "packages/wasm/dist", "packages/abi/dist", "packages/contract/dist", "scripts"];
const isCode = (path) => /\.m?js$/.test(path);

/** Runs the commands that `tenon new plugin` gave; what they would install is taken from this checkout. */
export function runBuild({ lang, boundary, folder, build }) {
  const isComponentJs = lang === "js" && boundary === "component";
  for (const command of build) {
    if (command === "npm install") {
      const modules = join(folder, "node_modules");
      if (!existsSync(modules))
        symlinkSync(isComponentJs ? COMPONENTIZE_MODULES : join(ROOT, "node_modules"), modules, "junction");
    } else if (command.startsWith("cargo build") && isWasm(boundary)) {
      lockCrate(folder);
      buildCrate(folder);
    }
    if (!/^(npm install$|cargo build|rustup )/.test(command) || (!isWasm(boundary) && command.startsWith("cargo")))
      must("sh", ["-c", inTarget(command)], folder, environment());
  }
}

/** The versions that are known to work, so that no registry is asked about newer ones in the middle of a test. */
function lockCrate(folder) {
  const lock = join(folder, "Cargo.lock");
  if (existsSync(lock)) return;
  const [, name] = /^name = "(.*)"/m.exec(readFileSync(join(folder, "Cargo.toml"), "utf8")) ?? [];
  const known = readFileSync(join(ROOT, "examples/conformance/rust/Cargo.lock"), "utf8");
  writeFileSync(lock, known.replace('name = "conformance"', `name = "${name}"`));
}

/** Builds a crate for WebAssembly; the module is in `CARGO_TARGET_DIR`. */
export function buildCrate(folder) {
  const rust = rustForWasm();
  if (rust.missing !== undefined) throw new Error(rust.missing);
  must(
    rust.cargo,
    ["build", "--release", "--target", "wasm32-unknown-unknown", "--quiet", ...rust.args],
    folder,
    rust.env,
  );
}

/** Crates share one folder for what they are built into. */
function inTarget(command) {
  const { env } = rustForWasm();
  return env === undefined ? command : command.replace(/(^|\s)target\/wasm32/, `$1${env.CARGO_TARGET_DIR}/wasm32`);
}

function environment() {
  const path = [join(ROOT, "node_modules/.bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
  // A test runner's own variables would make a child report to it instead of printing.
  const env = { ...process.env, PATH: path };
  delete env["NODE_TEST_CONTEXT"];
  return env;
}

function must(program, args, cwd, env = environment()) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${[program, ...args].join(" ")} failed\n${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`);
}
