// `tenon grants` and `tenon audit`: what a plugin gets and why, and what it did of it.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BIN, tenon, workFolder } from "./run.ts";
import { spawn } from "node:child_process";
import process from "node:process";

const folder = workFolder();
const plugin = join(folder, "plugin");
mkdirSync(plugin);
writeFileSync(
  join(plugin, "tenon.json"),
  JSON.stringify({
    schema: 1,
    id: "acme/md",
    version: "1.0.0",
    contracts: [{ package: "acme:md", world: "plugin" }],
    artifacts: [
      { id: "script", boundary: "lua", script: "${plugin}/md.lua" },
      { id: "thread", boundary: "worker", module: "${plugin}/md.js" },
    ],
    capabilities: {
      fs: [{ path: "${project}/**", mode: "rw", why: "writes\u001b[31m pages" }],
      env: [{ name: "LANG", why: "dates" }],
    },
  }),
);
const policy = join(folder, "policy.json");
writeFileSync(
  policy,
  JSON.stringify({
    schema: 1,
    rules: [{ grant: { fs: [{ path: "${project}/pages/**", mode: "rw" }] }, limits: { callMs: 10 } }],
  }),
);
const env = { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder };

test("grants are shown with what decided, and nothing acts on the terminal", async () => {
  const { code, out, err } = await tenon(["grants", plugin, "--policy", policy, "--project", folder], { env });
  assert.equal(code, 0, err);
  assert.match(out, /^acme\/md on lua, contained$/m);
  assert.match(out, /in part {2}fs rw \$\{project\}\/\*\* {2}\(enforced; .*policy\.json: \$\.rules\[0\]\.grant\)/);
  assert.match(out, /denied {3}env LANG {2}\(enforced; no rule grants it\)\n {11}dates/);
  assert.match(out, /at most {2}callMs 10/);
  assert.match(out, /digest {4}sha256:[0-9a-f]{64}/);
  assert.ok(!out.includes("\u001b"));
});

test("a place that cannot keep the plugin is refused, with exit code 1", async () => {
  const { code, out } = await tenon(
    ["grants", plugin, "--policy", policy, "--project", folder, "--boundary", "worker", "--json"],
    { env },
  );
  assert.equal(code, 1);
  const report = JSON.parse(out) as { refusals: { capability: string }[]; digest: string };
  assert.deepEqual(
    report.refusals.map(({ capability }) => capability),
    ["fs", "env", "fs", "net", "env", "subprocess"],
  );
  const trusting = join(folder, "trusting.json");
  writeFileSync(trusting, JSON.stringify({ schema: 1, trust: { full: [report.digest] } }));
  const trusted = await tenon(["grants", plugin, "--policy", trusting, "--project", folder, "--boundary", "worker"], {
    env,
  });
  assert.equal(trusted.code, 0, trusted.out);
  assert.match(trusted.out, /acme\/md on worker, trusted in full/);
});

test("a project's policy is read, and one that widens is refused with its place", async () => {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "tenon.policy.json"), JSON.stringify({ schema: 1, rules: [{ grant: "requested" }] }));
  const { code, err } = await tenon(["grants", plugin, "--policy", policy, "--project", project], { env });
  assert.equal(code, 1);
  assert.match(err, /tenon\.policy\.json: \$\.rules\[0\]\.grant widens what the user allows/);
});

const log = join(folder, "audit.jsonl");
const line = (more: object): string =>
  `${JSON.stringify({ time: new Date().toISOString(), plugin: "acme/md", boundary: "lua", capability: "fs", argument: "r ${project}/a", decision: "allowed", rule: "r", ...more })}\n`;

test("the audit log is filtered by plugin, decision and time", async () => {
  writeFileSync(
    log,
    line({}) +
      line({ decision: "denied", argument: "\u001b[31m" }) +
      line({ plugin: "other/x", time: "2020-01-01T00:00:00.000Z" }) +
      "half a li",
  );
  const asked = async (...args: string[]): Promise<string[]> => {
    const { code, out, err } = await tenon(["audit", "--file", log, ...args], { env });
    assert.equal(code, 0, err);
    return out.split("\n").filter((one) => one !== "");
  };
  assert.equal((await asked()).length, 3);
  const denied = await asked("--denied");
  assert.equal(denied.length, 1);
  assert.match(denied[0]!, /denied {3}acme\/md \(lua\) {2}fs /);
  assert.ok(!denied[0]!.includes("\u001b"));
  assert.equal((await asked("--plugin", "other/*")).length, 1);
  assert.equal((await asked("--since", "1h")).length, 2);
  assert.equal((JSON.parse((await asked("--json")).join("")) as unknown[]).length, 3);
  assert.equal((await tenon(["audit", "--file", log, "--since", "soon"], { env })).code, 2);
  assert.equal((await tenon(["audit"], { env })).code, 1, "there is no log of one's own");
});

test("--follow goes on with what is written from now on", async () => {
  const child = spawn(process.execPath, [BIN, "audit", "--file", log, "--follow", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  try {
    for (let tries = 0; tries < 300 && out === ""; tries++) {
      appendFileSync(log, `\n${line({ argument: "new" })}`);
      await sleep(50);
    }
    assert.equal((JSON.parse(out.split("\n")[0]!) as { argument: string }).argument, "new");
  } finally {
    child.kill("SIGINT");
  }
  const [code] = (await new Promise<unknown[]>((resolve) => child.on("close", (...end) => resolve(end)))) as [number];
  assert.equal(code, 130);
});

const hello = join(folder, "hello");
mkdirSync(hello);
writeFileSync(
  join(hello, "hello.wit"),
  "package t:hello; interface host { ask: func() -> u32; } interface api { greet: func(name: string) -> string; ask: func() -> u32; } world plugin { import host; export api; }",
);
writeFileSync(
  join(hello, "hello.lua"),
  'return { api = { greet = function(name) return "hello " .. name end, ask = function() return host.ask() end } }',
);
writeFileSync(
  join(hello, "hello.mjs"),
  "export default (host) => ({ api: { greet: (name) => `hi ${name}`, ask: () => host.host.ask() } });",
);
writeFileSync(join(hello, "imports.mjs"), "export default { host: { ask: () => 7 } };");
writeFileSync(
  join(hello, "tenon.json"),
  JSON.stringify({
    schema: 1,
    id: "t/hello",
    version: "1.0.0",
    contracts: [{ package: "t:hello", world: "plugin", wit: "${plugin}/hello.wit" }],
    artifacts: [
      { id: "script", boundary: "lua", script: "${plugin}/hello.lua" },
      { id: "thread", boundary: "worker", module: "${plugin}/hello.mjs" },
    ],
    capabilities: {},
  }),
);

test("tenon call decides as a host does: what a boundary cannot keep is refused, what is denied is denied, and the log says so", async () => {
  const state = join(folder, "state");
  const calls = { env: { XDG_CONFIG_HOME: join(folder, "nowhere"), XDG_STATE_HOME: state }, cwd: folder };
  const strict = join(folder, "strict.json");
  writeFileSync(strict, JSON.stringify({ schema: 1, rules: [{ deny: { "host-functions": ["host.*"] } }] }));
  const call = (...more: readonly string[]) => tenon(["call", hello, ...more], calls);
  const imports = ["--imports", join(hello, "imports.mjs")];
  // Nobody has said anything: nothing is held back.
  assert.equal((await call("greet", "Ada", "--boundary", "worker")).out.trim(), '"hi Ada"');
  assert.equal((await call("ask", ...imports)).out.trim(), "7");
  assert.equal((await call("greet", "Ada", "--policy", strict)).out.trim(), '"hello Ada"');
  const refused = await call("greet", "Ada", "--boundary", "worker", "--policy", strict);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /\[capability-unenforceable\] the worker boundary cannot keep plugin t\/hello/);
  const denied = await call("ask", ...imports, "--policy", strict);
  assert.equal(denied.code, 1);
  assert.match(denied.err, /may not call host\.ask: .*strict\.json: \$\.rules\[0\]\.deny/);
  const { out } = await tenon(["audit", "--json"], calls);
  const records = JSON.parse(out) as Record<string, string>[];
  assert.deepEqual(
    records.map(({ plugin: id, capability, argument, decision }) => [id, capability, argument, decision]),
    [
      ["t/hello", "load", "fs, which is none there", "denied"],
      ["t/hello", "host-functions", "host.ask", "denied"],
    ],
  );
});

test("policy places what is called without --boundary", async () => {
  const placing = join(folder, "placing.json");
  writeFileSync(placing, JSON.stringify({ schema: 1, plugins: { "t/*": { trust: "trusted", boundary: "worker" } } }));
  const { out, err } = await tenon(["call", hello, "greet", "Ada", "--policy", placing], { cwd: folder });
  assert.equal(out.trim(), '"hi Ada"', err);
});

test("tenon run refuses what a policy denies, by the rule, and runs what it does not", async () => {
  const program = join(folder, "none.wasm");
  // `_start` that returns.
  writeFileSync(
    program,
    Buffer.from("0061736d0100000001040160000003020100070a01065f737461727400000a040102000b", "hex"),
  );
  const tight = join(folder, "tight");
  mkdirSync(join(tight, "data"), { recursive: true });
  writeFileSync(
    join(tight, "tenon.policy.json"),
    JSON.stringify({ schema: 1, rules: [{ deny: { fs: [{ path: "${project}/data/**" }], env: ["*_TOKEN"] } }] }),
  );
  const start = (...options: readonly string[]) => tenon(["run", program, ...options], { cwd: tight, env });
  assert.equal((await start("--env", "LANG=C")).code, 0);
  const files = await start("--dir", "data::/data:ro");
  assert.equal(files.code, 1);
  assert.match(
    files.err,
    /\[capability-denied\] .* may not have fs r \$\{project\}\/data\/\*\*: .*tenon\.policy\.json: \$\.rules\[0\]\.deny/,
  );
  // A folder of which a denial has a part is denied as a whole.
  assert.match((await start("--dir", ".::/")).err, /may not have fs rw \$\{project\}\/\*\*/);
  assert.match((await start("--env", "A_TOKEN=x")).err, /may not have env A_TOKEN/);
  assert.equal((await start("--dir", `${hello}::/hello`)).code, 0);
});
