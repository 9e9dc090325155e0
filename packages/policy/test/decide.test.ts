// What is refused to load, what trust changes, and which rule is named.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  auditRecord,
  checkDecision,
  decide,
  NO_REQUESTS,
  placementOf,
  redact,
  resolveExec,
  resolveFs,
  resolveNet,
  type DecideInput,
  type Decision,
  type Enforcement,
  type Policy,
} from "@tenon/policy";

const NONE = {
  fs: "none",
  net: "none",
  env: "advisory",
  clock: "none",
  random: "none",
  subprocess: "none",
  "host-functions": "enforced",
  "cpu-deadline": "enforced",
  memory: "none",
  "output-size": "enforced",
} as const;
const KEPT = {
  ...NONE,
  fs: "enforced",
  net: "enforced",
  env: "enforced",
  clock: "enforced",
  random: "enforced",
  subprocess: "enforced",
} as const;
const SANDBOXED = { ...NONE, fs: "sandbox", net: "sandbox", env: "sandbox", subprocess: "sandbox" } as const;
const DIGEST = `sha256:${"ab".repeat(32)}`;
const policy = (rules: Policy["rules"], more: Partial<Policy> = {}): Policy => ({
  file: "policy.json",
  scope: "user",
  plugins: [],
  trustedDigests: [],
  ...more,
  rules,
});
const ASKED = { ...NO_REQUESTS, fs: [{ path: "${project}/**", mode: "rw" as const, why: "builds" }] };
const input = (more: Partial<DecideInput>): DecideInput => ({
  plugin: "acme/md",
  requests: ASKED,
  boundary: "worker",
  trust: "contained",
  enforcement: NONE,
  policies: [policy([{ at: "policy.json: $.rules[0]", grant: "requested" }])],
  ...more,
});

test("a contained plugin does not load where the boundary keeps nothing from it, whatever it asks for", () => {
  const decision = decide(input({}));
  assert.deepEqual(
    decision.refusals.map(({ capability, enforcement }) => [capability, enforcement]),
    [
      ["fs", "none"],
      ["net", "none"],
      ["env", "advisory"],
      ["subprocess", "none"],
    ],
  );
  assert.throws(() => checkDecision(decision), {
    code: "capability-unenforceable",
    plugin: "acme/md",
    boundary: "worker",
  });
  assert.deepEqual(decide(input({ enforcement: KEPT })).refusals, []);
});

test("a trusted plugin loads there as long as nothing that it asks for is denied", () => {
  const trusted = input({ trust: "trusted" });
  const open = decide(trusted);
  assert.deepEqual(open.refusals, []);
  assert.match(open.notes.join(), /keeps nothing from fs, net, env, exec/);
  const denying = policy([
    { at: "policy.json: $.rules[0]", grant: "requested" },
    { at: "policy.json: $.rules[1]", deny: { fs: [{ path: "${project}/secret/**", mode: "r" }] } },
  ]);
  const denied = decide({ ...trusted, policies: [denying] });
  assert.deepEqual(
    denied.denials.map(({ asked, outcome, rule }) => [asked, outcome, rule]),
    [["rw ${project}/**", "in part", "policy.json: $.rules[1].deny"]],
  );
  assert.throws(
    () => checkDecision(denied),
    /\[capability-unenforceable\] .* keep plugin acme\/md from fs rw \$\{project\}\/\*\*/,
  );
  assert.doesNotThrow(() => checkDecision(decide({ ...trusted, policies: [denying], enforcement: KEPT })));
});

test("a digest that is trusted in full loads anywhere, and only that digest", () => {
  const policies = [policy([], { trustedDigests: [DIGEST] })];
  const decision = decide(input({ policies, digest: DIGEST }));
  assert.deepEqual([decision.isTrustedInFull, decision.refusals], [true, []]);
  assert.equal(decision.denials.length, 1, "what was not granted is still denied where the host is asked");
  for (const digest of [undefined, DIGEST.replace("ab", "cd")])
    assert.ok(decide(input({ policies, digest })).refusals.length > 0, String(digest));
});

test("rules are for plugins, trusts and boundaries; a project's rules narrow what the user's grant", () => {
  const user = policy([
    { at: "u0", plugin: "acme/*", grant: { fs: [{ path: "${project}/src/**", mode: "rw" }] } },
    { at: "u1", plugin: "other/*", grant: "requested" },
    { at: "u2", boundary: "lua", grant: "requested" },
    { at: "u3", trust: "trusted", grant: "requested" },
  ]);
  const project = policy([{ at: "p0", only: { fs: [{ path: "${project}/**", mode: "r" }] } }], { scope: "project" });
  const { grants } = decide(input({ policies: [user, project], enforcement: KEPT }));
  assert.deepEqual(resolveFs(grants, "${project}/src/a.ts", "r"), { isAllowed: true, rule: "p0.only" });
  assert.deepEqual(resolveFs(grants, "${project}/src/a.ts", "rw"), { isAllowed: false, rule: "p0.only" });
  assert.deepEqual(resolveFs(grants, "${project}/README.md", "r"), { isAllowed: false, rule: "no rule grants it" });
  assert.deepEqual(resolveFs(grants, "${home}/x", "r"), { isAllowed: false, rule: "the manifest does not ask for it" });
  const trusted = decide(input({ policies: [user, project], enforcement: KEPT, trust: "trusted" })).grants;
  assert.equal(resolveFs(trusted, "${project}/README.md", "r").isAllowed, true);
});

test("programs are granted with patterns of their arguments, hosts with ports", () => {
  const requests = {
    ...NO_REQUESTS,
    exec: [
      { program: "dot", args: ["-T*", "**"], why: "draws" },
      { program: "git", args: ["log"], why: "reads" },
    ],
    net: [{ host: "api.test", port: "*" as const, why: "asks" }],
  };
  const rules = [
    {
      at: "r0",
      grant: { exec: [{ program: "dot" }, { program: "git", args: ["*"] }], net: [{ host: "*.test", port: 443 }] },
    },
  ];
  const { grants, requests: decided } = decide(input({ requests, policies: [policy(rules)], enforcement: KEPT }));
  const runs = (program: string, ...args: string[]): boolean => resolveExec(grants, program, args).isAllowed;
  assert.ok(runs("dot", "-Tsvg", "a.dot") && runs("dot", "-Tpng"));
  assert.ok(!runs("dot") && !runs("dot", "-o", "-Tsvg"));
  assert.ok(runs("git", "log") && !runs("git", "push") && !runs("git", "log", "-p"));
  assert.ok(!runs("gitx", "log"));
  assert.deepEqual(resolveNet(grants, requests.net[0]!).left, [{ host: "api.test", port: 443 }]);
  const outcomes = decided
    .filter(({ kind }) => kind === "exec" || kind === "net")
    .map(({ asked, outcome }) => [asked, outcome]);
  assert.deepEqual(outcomes, [
    ["api.test:*", "in part"],
    ["dot -T* **", "granted"],
    ["git log", "granted"],
  ]);
});

test("the later placement wins for what it says, and the least of all limits", () => {
  const plugins = [
    { plugin: "acme/*", trust: "trusted" as const, boundary: "worker" },
    { plugin: "acme/md", boundary: "wasm", isolation: "process", sandbox: "required" as const },
  ];
  assert.deepEqual(placementOf([policy([], { plugins })], "acme/md"), {
    trust: "trusted",
    boundary: "wasm",
    isolation: "process",
    sandbox: "required",
  });
  assert.deepEqual(placementOf([policy([], { plugins })], "x/y"), {
    trust: "contained",
    boundary: undefined,
    isolation: undefined,
    sandbox: undefined,
  });
  const rules = [
    { at: "a", limits: { callMs: 500, memoryMiB: 64 } },
    { at: "b", limits: { callMs: 900 } },
  ];
  assert.deepEqual(decide(input({ policies: [policy(rules)] })).limits, { callMs: 500, memoryMiB: 64 });
});

test("an audit record has no secret in it, and is bounded", () => {
  const fields = {
    plugin: "a/b",
    boundary: "wasm",
    capability: "exec" as const,
    decision: "denied" as const,
    rule: "r",
  };
  assert.equal(
    redact("curl --token abc123 https://me:pw@h.test/?api_key=zzz&x=1"),
    "curl --token *** https://***@h.test/?api_key=***&x=1",
  );
  assert.equal(redact("Authorization: Bearer abcdefgh12345"), "Authorization: Bearer ***");
  assert.equal(redact("git log --oneline"), "git log --oneline");
  assert.equal(auditRecord({ ...fields, argument: "x".repeat(9999) }).argument.length, 256);
  assert.match(auditRecord({ ...fields, argument: "a" }).time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

const stdio = (more: Partial<DecideInput>): DecideInput =>
  input({ boundary: "stdio", enforcement: SANDBOXED, takesSandbox: true, hasSandbox: () => true, ...more });

test("a limit of memory that nothing keeps is a refusal, and a note for a digest that is trusted in full", () => {
  const policies = [policy([{ at: "a", limits: { memoryMiB: 64 } }])];
  const of = (memory: Enforcement, more: Partial<DecideInput> = {}): Decision =>
    decide(stdio({ policies, enforcement: { ...SANDBOXED, memory }, ...more }));
  const what = "the stdio boundary does not keep plugin acme/md to limits.memoryMiB here, which policy sets";
  assert.deepEqual(of("enforced").refusals, []);
  assert.deepEqual(of("sandbox", { hasMemoryBound: () => true }).refusals, []);
  assert.deepEqual(of("none", { hasMemoryBound: () => true }).refusals, [
    { capability: "memory", enforcement: "none", what },
  ]);
  for (const more of [{}, { hasMemoryBound: () => false }])
    assert.deepEqual(of("sandbox", more).refusals, [
      { capability: "memory", enforcement: "sandbox", what: `${what} (see tenon doctor)` },
    ]);
  const trusted = of("none", { digest: "sha256:x", policies: [{ ...policies[0]!, trustedDigests: ["sha256:x"] }] });
  assert.deepEqual(trusted.refusals, []);
  assert.deepEqual(trusted.notes.slice(1), [what, "sha256:x is trusted in full"]);
});

test("a contained plugin runs in a sandbox where one works, and does not load where none does", () => {
  const here = decide(stdio({}));
  assert.deepEqual([here.refusals, here.notes], [[], []]);
  assert.deepEqual(here.sandbox, { processes: false, network: false });
  for (const hasSandbox of [() => false, undefined]) {
    const { sandbox, refusals, requests } = decide(stdio({ hasSandbox }));
    assert.equal(sandbox, undefined);
    assert.deepEqual(
      refusals.map(({ capability, enforcement }) => `${capability} ${enforcement}`),
      ["fs none", "net none", "env advisory", "subprocess none"],
    );
    assert.match(refusals[0]!.what, /no sandbox of the operating system works here/);
    assert.equal(requests[0]!.enforcement, "none", "nothing is promised that is not there");
  }
});

test("a trusted plugin runs in a sandbox only where policy asks for one by name, and may start processes there", () => {
  const trusted = decide(stdio({ trust: "trusted" }));
  assert.deepEqual([trusted.sandbox, trusted.refusals], [undefined, []]);
  const demanded = decide(stdio({ trust: "trusted", sandbox: "required" }));
  assert.deepEqual(demanded.sandbox, { processes: true, network: false });
  const requests = { ...ASKED, exec: [{ program: "dot", why: "draws" }] };
  const denied = stdio({
    trust: "trusted",
    sandbox: "required",
    requests,
    policies: [
      policy([
        { at: "a", grant: "requested" },
        { at: "b", deny: { exec: [{ program: "dot" }] } },
      ]),
    ],
  });
  assert.deepEqual(decide(denied).sandbox, { processes: false, network: false }, "a denial takes all of them");
});

test("a sandbox that policy demands is never left out, whoever is trusted", () => {
  const policies = [policy([{ at: "a", grant: "requested" }], { trustedDigests: [DIGEST] })];
  for (const trust of ["contained", "trusted"] as const) {
    const asked = stdio({ trust, sandbox: "required", policies, digest: DIGEST });
    assert.deepEqual(decide(asked).refusals, []);
    const { refusals } = decide({ ...asked, hasSandbox: () => false });
    assert.match(refusals[0]!.what, /policy demands a sandbox/);
    // A thread can have none.
    const { refusals: more } = decide({ ...asked, enforcement: NONE, takesSandbox: false });
    assert.equal(more.length, 4);
    // What keeps its plugins by itself needs none.
    assert.deepEqual(decide({ ...asked, enforcement: KEPT, takesSandbox: false }).refusals, []);
  }
});

test("without a sandbox by name, a contained plugin is refused and a trusted one is not", () => {
  assert.equal(decide(stdio({ sandbox: "off" })).refusals.length, 4);
  assert.deepEqual(decide(stdio({ sandbox: "off", trust: "trusted" })).refusals, []);
});

test("hosts of the network that were granted are among what a sandbox has to do", () => {
  const requests = { ...NO_REQUESTS, net: [{ host: "example.org", port: 443, why: "asks" }] };
  assert.deepEqual(decide(stdio({ requests })).sandbox, { processes: false, network: true });
  assert.deepEqual(decide(stdio({ requests, policies: [policy([])] })).sandbox, { processes: false, network: false });
  // An engine reaches them from inside: it runs without a sandbox, unless one is demanded.
  const engine = stdio({ requests, enforcement: KEPT });
  assert.deepEqual([decide(engine).sandbox, decide(engine).refusals], [undefined, []]);
  assert.equal(decide({ ...engine, sandbox: "required" }).refusals.length, 1);
});
