// Test files -> each run in a process of its own on node's runner, its output printed in one piece, and its processes ended with it.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPORTER = fileURLToPath(new URL("test-reporter.mjs", import.meta.url));

/**
 * Runs `files` in their order, `atOnce` of them at a time, with `flags` of node and `env` beside the own environment. A file that has not
 * ended after `limitMs` is killed with everything it started, and failed; one of which a test has failed ends `graceMs` after its last test at
 * the latest. `print` gets what a file has said, once it has ended. Answers `totals` by the runner's names (`tests`, `pass`, `fail`, …),
 * the `failed` files and the `seconds` of each.
 */
export async function runFiles(
  files,
  { cwd, flags = [], atOnce, limitMs, graceMs = 10_000, env = {}, print = console.log },
) {
  const folder = mkdtempSync(join(tmpdir(), "tenon-tests-"));
  const running = new Set();
  const stop = (signal) => {
    for (const pid of running) killTree(pid);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  /** @type {Record<string, number>} */
  const totals = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  const failed = [];
  const seconds = {};
  const left = [...files.entries()];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, file] = next;
      const ran = await runFile(file, { cwd, flags, limitMs, graceMs, env, running, at: join(folder, String(index)) });
      for (const [name, count] of Object.entries(ran.counts)) totals[name] += count;
      // A file that was wrong beside its tests, or could not say what they came to, is a failure of its own.
      if (ran.why !== undefined && !(ran.counts.fail + ran.counts.cancelled > 0)) {
        totals.tests += 1;
        totals.fail += 1;
      }
      seconds[file] = ran.seconds;
      print(
        `\n${ran.why === undefined ? "ok" : "FAILED"} ${file}, ${ran.seconds.toFixed(1)} s\n${ran.output.trimEnd()}`,
      );
      if (ran.why === undefined) continue;
      print(`${file} ${ran.why}`);
      failed.push(file);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, files.length) }, work));
  for (const signal of signals) process.off(signal, stop);
  rmSync(folder, { recursive: true, force: true });
  return { totals, failed, seconds };
}

/** One file; `why` says what was wrong with it, if anything. */
async function runFile(file, { cwd, flags, limitMs, graceMs, env, running, at }) {
  const report = `${at}.json`;
  const log = openSync(`${at}.txt`, "a+");
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    [...flags, `--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout", file],
    {
      cwd,
      // A group of its own, so that what it leaves behind can be found.
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env, TENON_TEST_REPORT: JSON.stringify({ report, limitMs, graceMs }) },
    },
  );
  let killed;
  running.add(child.pid);
  const timer = setTimeout(() => (killed = killTree(child.pid)), limitMs);
  const [code, signal] = await new Promise((resolve) => {
    child.once("error", () => resolve([null, null]));
    child.once("exit", (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  running.delete(child.pid);
  // What outlived it in its group is nobody's any more.
  killGroup(child.pid);
  const counts = readReport(report);
  const output = readFileSync(`${at}.txt`, "utf8");
  closeSync(log);
  const why = () => {
    if (killed !== undefined)
      return `had not ended after ${limitMs / 1000} s: it was killed, with ${killed - 1} processes that it had started`;
    if (code !== 0) return `ended with ${signal ?? code}`;
    return counts === undefined ? "ended before its tests did" : undefined;
  };
  return { why: why(), counts: counts ?? {}, output, seconds: (performance.now() - begin) / 1000 };
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // It did not come to its end.
    return undefined;
  }
}

/** Kills a process and its descendants, also those that lead groups of their own; how many there were. */
function killTree(pid) {
  const found = [pid, ...descendants(pid)];
  for (const one of found) kill(one);
  killGroup(pid);
  return found.length;
}

function killGroup(pid) {
  kill(-pid);
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Linux tells them under /proc; elsewhere the group has to do. */
function descendants(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number);
      return children.flatMap((child) => [child, ...descendants(child)]);
    });
  } catch {
    return [];
  }
}
