// Runs every static check of the project and prints one line for each: `npm run check [-- NAME...] [-- --fix]`.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const AT_ONCE = 2;

const FIXES = [
  { name: "fix lint", command: ["oxlint", "--type-aware", "--fix", "--quiet"] },
  { name: "fix format", command: ["oxfmt", "."] },
  { name: "fix copies", command: ["node", "scripts/copies.mjs"] },
  { name: "fix lock", command: ["node", "scripts/check-lock.mjs", "--fix"] },
];
/** The build comes first and alone: `onBuild` checks read what it writes, and without it would report what is not there. */
const FIRST = [{ name: "types", command: ["tsc", "-b"] }];
const THEN = [
  { name: "dead code", command: ["knip", "--no-progress", "--no-config-hints"] },
  { name: "test types", command: ["tsc", "-p", "tsconfig.tests.json"], onBuild: true },
  { name: "lint", command: ["oxlint", "--type-aware"], onBuild: true },
  { name: "format", command: ["oxfmt", "--list-different", "."] },
  { name: "layers", command: ["node", "scripts/check-layers.mjs"] },
  { name: "lock", command: ["node", "scripts/check-lock.mjs"] },
  { name: "copies", command: ["node", "scripts/copies.mjs", "--check"] },
  { name: "files", command: ["node", "scripts/check-files.mjs"], showOutput: true },
  { name: "docs", command: ["node", "scripts/docs.mjs", "--check"], onBuild: true },
];

const asked = process.argv.slice(2);
const names = asked.filter((arg) => !arg.startsWith("-"));
const isAsked = (check) => names.length === 0 || names.some((name) => check.name.includes(name));

function run({ name, command, showOutput = false }) {
  return new Promise((resolve) => {
    const started = performance.now();
    const [program, ...args] = command;
    const file = program === "node" ? process.execPath : `${ROOT}node_modules/.bin/${program}`;
    const child = spawn(file, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", (error) => (output += `${error.message}; run npm ci first\n`));
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(12)} ${seconds.padStart(5)} s`);
      if ((code !== 0 || showOutput) && output.trim() !== "") console.log(output.trimEnd().replace(/^/gm, "    "));
      resolve({ name, isOk: code === 0 });
    });
  });
}

async function runAll(checks, atOnce) {
  const queue = checks.filter(isAsked);
  const results = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await run(next));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

const started = performance.now();
const results = [];
// A fix that leaves problems behind is no failure of its own: the check after it names them.
if (asked.includes("--fix")) for (const fix of FIXES) await run(fix);
results.push(...(await runAll(FIRST, 1)));
const isBuilt = results.every((result) => result.isOk);
results.push(
  ...(await runAll(
    THEN.filter((check) => isBuilt || !check.onBuild),
    AT_ONCE,
  )),
);
if (!isBuilt)
  console.log(
    `not run until types pass: ${THEN.filter((check) => check.onBuild)
      .map(({ name }) => name)
      .join(", ")}`,
  );

const failed = results.filter((result) => !result.isOk).map((result) => result.name);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (results.length === 0) console.log(`no check is named like ${names.join(" ")}`);
console.log(failed.length === 0 ? `checked in ${seconds} s` : `failed in ${seconds} s: ${failed.join(", ")}`);
if (failed.some((name) => name === "format" || name === "lint"))
  console.log("npm run check -- --fix mends format and some of lint");
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;
