// The official WASI test suite against preview1 here: WASI_TESTSUITE=<folder with prebuilt .wasm files> node run-testsuite.mjs [PART-OF-A-NAME].
// Each case is a .wasm file, with a .json of the same name that says how to run it (WebAssembly/wasi-testsuite, doc/specification.md).
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const CASE_TIMEOUT_MS = 20_000;
const [mode, file, specification] = process.argv.slice(2);

if (mode === "--case") await runCase(file, JSON.parse(specification));
else runAll(process.env.WASI_TESTSUITE, mode ?? "");

/** Runs in a process of its own, so that a case which hangs or kills its host is one failure. */
async function runCase(path, { args = [], env = {}, root }) {
  const wasi = await import("../dist/index.js");
  const options = {
    args: [basename(path), ...args],
    env,
    mounts: root ? { "/": mountOf(wasi, root) } : {},
    stdin: wasi.hostInput(0),
    stdout: wasi.hostOutput(1),
    stderr: wasi.hostOutput(2),
  };
  if (process.env.WASI_TESTSUITE_FACE === "preview2") {
    process.exitCode = await runComponent(wasi, options, readFileSync(path));
    return;
  }
  const preview1 = wasi.createPreview1(options);
  const module = await WebAssembly.compile(readFileSync(path));
  process.exitCode = preview1.start(await WebAssembly.instantiate(module, preview1.imports));
}

/**
 * The same program as a component: with WASI_TESTSUITE_FACE=preview2 the adapter that jco carries (`npm ci` in
 * this folder) turns its preview1 into preview2. Only what both can express can pass.
 */
async function runComponent(wasi, options, program) {
  const { componentNew, preview1AdapterCommandPath } = await import("@bytecodealliance/jco");
  const adapter = readFileSync(preview1AdapterCommandPath());
  const bytes = await componentNew(program, [["wasi_snapshot_preview1", adapter]]);
  const { compileModules, instantiate, planComponent } = await import("../../wasm/dist/index.js");
  const plan = planComponent(bytes);
  const names = plan.components[0].ops.filter((op) => op.op === "import").map((op) => op.name);
  const preview2 = wasi.createPreview2(options);
  const linked = instantiate(plan, await compileModules(plan, bytes), preview2.importsFor(names));
  const run = [...linked.exports.keys()].find((name) => name.startsWith("wasi:cli/run@"));
  return preview2.start(linked.func(run, "run"));
}

/** The directory itself, or WASI_TESTSUITE_MOUNT=memory (a copy in memory) or =overlay (the directory below, memory above). */
function mountOf(wasi, root) {
  const kind = process.env.WASI_TESTSUITE_MOUNT ?? "host";
  if (kind === "host") return wasi.hostDirectory(root, { readOnly: false });
  if (kind === "overlay") return wasi.overlayDirectory(wasi.hostDirectory(root));
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return wasi.memoryDirectory({
    files: Object.fromEntries(paths.map((path) => [relative(root, path), readFileSync(path)])),
  });
}

function runAll(folder, part) {
  if (!folder || !existsSync(folder)) {
    print("skipped: WASI_TESTSUITE names no folder with prebuilt test cases");
    return;
  }
  const results = findCases(folder)
    .filter((path) => path.includes(part))
    .map(runOne);
  const failed = results.filter((result) => result.problem !== undefined);
  for (const { name, problem } of failed) print(`FAILED ${name}: ${problem}`);
  print(`${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;
}

function findCases(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(".wasm") && path.includes("wasip1"))
    .map((path) => join(folder, path))
    .toSorted();
}

function runOne(path) {
  const specified = path.replace(/\.wasm$/, ".json");
  const wanted = existsSync(specified) ? JSON.parse(readFileSync(specified, "utf8")) : {};
  const scratch = mkdtempSync(join(tmpdir(), "wasi-testsuite-"));
  try {
    // The suite's own switch: error numbers exactly as on Linux instead of any that some system gives. Some cases compare the environment.
    const strict = path.includes("rust") ? { ERRNO_MODE_UNIX: "1" } : {};
    const root = wanted.root ? join(scratch, "root") : undefined;
    if (root) cpSync(join(dirname(path), wanted.root), root, { recursive: true });
    const specification = JSON.stringify({ args: wanted.args, env: { ...strict, ...wanted.env }, root });
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--case", path, specification], {
      timeout: CASE_TIMEOUT_MS,
      encoding: "utf8",
      input: "",
    });
    return { name: basename(path, ".wasm"), problem: compare(wanted, child) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function compare({ exit_code = 0, stdout }, child) {
  if (child.error) return child.error.message;
  if (child.status !== exit_code) return `exit code ${child.status}, not ${exit_code}\n${child.stderr.slice(0, 2000)}`;
  if (stdout !== undefined && child.stdout !== stdout) return `stdout ${JSON.stringify(child.stdout.slice(0, 200))}`;
  return undefined;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
