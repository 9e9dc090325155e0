import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import type { Verdict } from "@tenon/policy";
import type { Denial } from "../dist/host/build-context.js";
import { findProgram, toolFunctions } from "../dist/host/tool-functions.js";
import type { ToolOptions } from "../dist/generated/plugin.js";
import { grantsOf, scratchFolder } from "./scratch.ts";

const NODE = basename(process.execPath);
const PLAIN: ToolOptions = { env: [] };
process.env["PATH"] = `${dirname(process.execPath)}:${process.env["PATH"]}`;

function setUp(tools: readonly string[] = [NODE], deniedTools: readonly string[] = []) {
  const project = scratchFolder();
  const denials: Denial[] = [];
  const abort = new AbortController();
  const sink = { progress: () => {}, log: () => {}, denied: (denial: Denial) => void denials.push(denial) };
  const named = (programs: readonly string[]) => ({ exec: programs.map((program) => ({ program })) });
  const grants = grantsOf(named(tools), named(deniedTools));
  const audited: string[] = [];
  const audit = (_: unknown, argument: string, { isAllowed, rule }: Verdict): void =>
    void audited.push(`${argument}: ${isAllowed} by ${rule}`);
  const context = { plugin: "test/plugin", grants, project, signal: abort.signal, sink, audit };
  return { project, audited, denials, abort, tools: toolFunctions(() => context) };
}

test("a granted tool runs in the project, without a shell, with its input and its variables", async () => {
  const { tools, project } = setUp();
  mkdirSync(join(project, "sub"));
  const script =
    "let text = ''; process.stdin.on('data', (c) => text += c).on('end', () => { console.log(JSON.stringify([process.cwd(), process.argv[1], process.env.OWN, text])); process.exit(3); })";
  const result = await tools.runTool(NODE, ["-e", script, "$HOME; *"], {
    cwd: "sub",
    env: [["OWN", "1"]],
    stdin: "in",
  });
  assert.equal(result.tag, "ok");
  assert.ok(result.tag === "ok");
  assert.deepEqual(JSON.parse(result.val.stdout), [join(project, "sub"), "$HOME; *", "1", "in"]);
  assert.equal(result.val.exitCode, 3);
});

test("a tool sees only the few variables that the host passes on", async () => {
  const { tools } = setUp();
  process.env["SECRET_TOKEN"] = "secret";
  const result = await tools.runTool(NODE, ["-p", "process.env.SECRET_TOKEN ?? 'nothing'"], PLAIN);
  delete process.env["SECRET_TOKEN"];
  assert.ok(result.tag === "ok");
  assert.equal(result.val.stdout.trim(), "nothing");
});

test("what is not granted, or forbidden, is denied as data and reported", async () => {
  const { tools, denials } = setUp(["cc"]);
  assert.deepEqual(await tools.runTool(NODE, ["-v"], PLAIN), {
    tag: "err",
    val: { tag: "denied", val: `the plugin has no grant exec:${NODE}` },
  });
  assert.equal(await tools.findTool(NODE), undefined);
  assert.deepEqual(
    denials.map((denial) => denial.grant),
    [`exec:${NODE}`, `exec:${NODE}`],
  );
  const forbidden = setUp([NODE], [NODE]);
  assert.equal((await forbidden.tools.runTool(NODE, ["-v"], PLAIN)).tag, "err");
  assert.deepEqual(forbidden.audited, [`${NODE} -v: false by deny`]);
});

test("names are looked up in PATH only: no path, no relative folder of PATH", async () => {
  assert.equal(findProgram(NODE), join(dirname(process.execPath), NODE));
  for (const name of ["", process.execPath, `./${NODE}`, "no-such-tool-at-all", "a\u0000b"])
    assert.equal(findProgram(name), undefined, name);
  const { tools } = setUp([NODE, "no-such-tool-at-all"]);
  assert.deepEqual(await tools.runTool("no-such-tool-at-all", [], PLAIN), { tag: "err", val: { tag: "not-found" } });
});

test("a folder outside of the project, and a variable that is none, are refused", async () => {
  const { tools, denials } = setUp();
  assert.equal(
    ((await tools.runTool(NODE, ["-v"], { ...PLAIN, cwd: ".." })) as { val: { tag: string } }).val.tag,
    "denied",
  );
  assert.equal(denials.length, 1);
  assert.equal((await tools.runTool(NODE, ["-v"], { env: [["A=B", "x"]] })).tag, "err");
  assert.equal((await tools.runTool(NODE, ["a\u0000b"], PLAIN)).tag, "err");
});

test("the end of a long output is kept", async () => {
  const { tools } = setUp();
  const result = await tools.runTool(NODE, ["-e", "process.stdout.write('x'.repeat(3_000_000) + 'end')"], PLAIN);
  assert.ok(result.tag === "ok");
  assert.ok(result.val.truncated);
  assert.ok(result.val.stdout.endsWith("xend"));
  assert.ok(result.val.stdout.length < 1_200_000);
});

/** Starts a child of its own, writes both process ids to a file and waits. */
const HANGING = `
  const { spawn } = require("node:child_process");
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
  require("node:fs").writeFileSync("pids", process.pid + " " + child.pid);
  process.on("SIGTERM", () => {});
  setTimeout(() => {}, 60000);
`;

async function pidsGone(project: string): Promise<boolean> {
  const pids = readFileSync(join(project, "pids"), "utf8").split(" ").map(Number);
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      // A zombie that waits for a reaper is gone as well.
      return process.platform !== "linux" || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
    } catch {
      return false;
    }
  };
  for (let tries = 0; tries < 100 && pids.some(isAlive); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return !pids.some(isAlive);
}

test("a tool that does not end is stopped after its time, with all that it started", async () => {
  const { tools, project } = setUp();
  const result = await tools.runTool(NODE, ["-e", HANGING], { env: [], timeoutMs: 400 });
  assert.deepEqual(result, { tag: "err", val: { tag: "timed-out" } });
  assert.ok(await pidsGone(project));
});

test("the end of the build ends its tools", async () => {
  const { tools, project, abort } = setUp();
  const running = tools.runTool(NODE, ["-e", HANGING], PLAIN);
  while (!existsSync(join(project, "pids")) || readFileSync(join(project, "pids"), "utf8") === "")
    await new Promise((resolve) => setTimeout(resolve, 10));
  abort.abort();
  assert.equal((await running).tag, "err");
  assert.ok(await pidsGone(project));
});
