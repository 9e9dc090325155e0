// For thousands of random policies: a denial wins, tightening never grants more, and what is said of a request is true of every access.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CLOCKS,
  decide,
  matchesPath,
  RANDOMS,
  resolveClock,
  resolveEnv,
  resolveExec,
  resolveFs,
  resolveFunction,
  resolveNet,
  resolveProgram,
  resolveRandom,
  type CapabilityRequests,
  type Decision,
  type Grants,
  type Policy,
} from "@tenon/policy";
import { accessSet, CALLS, COMMANDS, NAMES, PATHS, picker, PROGRAMS, requests, rules, type Rule } from "./random.ts";

const ROUNDS = 1500;
const KEEPS_ALL = {
  fs: "enforced",
  net: "enforced",
  env: "enforced",
  clock: "enforced",
  random: "enforced",
  subprocess: "enforced",
  "host-functions": "enforced",
  "cpu-deadline": "enforced",
  memory: "enforced",
  "output-size": "enforced",
} as const;

function decided(asked: CapabilityRequests, own: readonly Rule[]): Decision {
  const policy: Policy = { file: "policy", scope: "user", plugins: [], rules: own, trustedDigests: [] };
  return decide({
    plugin: "a/b",
    requests: asked,
    boundary: "wasm",
    trust: "contained",
    enforcement: KEEPS_ALL,
    policies: [policy],
  });
}

/** Everything in the universe that the grants let through. */
function allowed(grants: Grants, asked: CapabilityRequests): ReadonlySet<string> {
  const found: string[] = [];
  const add = (isAllowed: boolean, what: string): void => void (isAllowed && found.push(what));
  for (const path of PATHS) {
    add(resolveFs(grants, path, "r").isAllowed, `r ${path}`);
    add(resolveFs(grants, path, "rw").isAllowed, `rw ${path}`);
  }
  for (const program of PROGRAMS) {
    add(resolveProgram(grants, program).isAllowed, `find ${program}`);
    for (const args of COMMANDS) add(resolveExec(grants, program, args).isAllowed, `run ${program} ${args.join(" ")}`);
  }
  for (const name of NAMES) add(resolveEnv(grants, name).isAllowed, `env ${name}`);
  for (const path of CALLS) add(resolveFunction(grants, path).isAllowed, `call ${path}`);
  for (const request of asked.net) {
    for (const { host, port } of resolveNet(grants, request).left) {
      for (const one of [80, 443, 8080]) add(port === "*" || port === one, `net ${host}:${one}`);
    }
  }
  for (const access of CLOCKS.slice(0, CLOCKS.indexOf(resolveClock(grants)) + 1)) found.push(`clock ${access}`);
  for (const access of RANDOMS.slice(0, RANDOMS.indexOf(resolveRandom(grants)) + 1)) found.push(`random ${access}`);
  return new Set(found);
}

function cases(
  check: (asked: CapabilityRequests, own: readonly Rule[], pick: ReturnType<typeof picker>, note: string) => void,
): void {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const pick = picker(seed);
    check(requests(pick), rules(pick), pick, `seed ${seed}`);
  }
}

test("another denial and another narrower rule never allow more, and no more is asked for than granted", () => {
  let narrowed = 0;
  cases((asked, own, pick, note) => {
    const before = allowed(decided(asked, own).grants, asked);
    for (const kind of ["deny", "only"] as const) {
      const tighter = [...own, { at: "more", [kind]: accessSet(pick) }];
      const after = allowed(decided(asked, tighter).grants, asked);
      for (const one of after) assert.ok(before.has(one), `${note}: ${kind} added ${one}`);
      if (after.size < before.size) narrowed++;
    }
  });
  assert.ok(narrowed > ROUNDS / 4, `only ${narrowed} rules made a difference`);
});

test("a denial wins over every grant", () => {
  cases((asked, own, pick, note) => {
    const set = accessSet(pick);
    const rest = allowed(
      decided(asked, [{ at: "all", grant: "requested" }, ...own, { at: "no", deny: set }]).grants,
      asked,
    );
    for (const { path, mode } of set.fs ?? []) {
      for (const one of PATHS.filter((each) => matchesPath(path, each))) {
        assert.ok(!rest.has(`rw ${one}`), `${note}: rw ${one}`);
        assert.ok(mode === "rw" || !rest.has(`r ${one}`), `${note}: r ${one}`);
      }
    }
    for (const name of set.env ?? []) assert.ok(!rest.has(`env ${name}`), `${note}: ${name}`);
    if (set.env?.includes("*"))
      assert.deepEqual(
        [...rest].filter((one) => one.startsWith("env ")),
        [],
      );
    if (set.net?.some(({ host, port }) => host === "*" && port === "*"))
      assert.deepEqual(
        [...rest].filter((one) => one.startsWith("net ")),
        [],
      );
  });
});

test("a plugin gets nothing that it did not ask for, and nothing that no rule grants", () => {
  cases((asked, own, _pick, note) => {
    const none = allowed(
      decided(
        asked,
        own.filter((rule) => rule.grant === undefined),
      ).grants,
      asked,
    );
    const deniedByDefault = [...none].filter((one) => /^(?:rw?|env|run|find|net) /.test(one));
    assert.deepEqual(deniedByDefault, [], note);
    const all = allowed(
      decided({ ...asked, fs: [], env: [], exec: [] }, [...own, { at: "all", grant: "requested" }]).grants,
      asked,
    );
    assert.deepEqual(
      [...all].filter((one) => /^(?:rw?|env|run|find) /.test(one)),
      [],
      note,
    );
  });
});

test("a request that is called granted or denied is so for every access of it", () => {
  const seen = { granted: 0, "in part": 0, denied: 0 };
  cases((asked, own, _pick, note) => {
    const decision = decided(asked, own);
    const rest = allowed(decision.grants, asked);
    for (const { kind, asked: text, outcome } of decision.requests) {
      seen[outcome]++;
      if (outcome === "in part") continue;
      const isGranted = outcome === "granted";
      if (kind === "fs") {
        const [mode, pattern] = text.split(" ") as ["r" | "rw", string];
        for (const path of PATHS.filter((each) => matchesPath(pattern, each)))
          if (isGranted) assert.ok(rest.has(`${mode} ${path}`), `${note}: ${text} is granted, ${path} is not`);
      }
      if (kind === "env") assert.equal(rest.has(`env ${text}`), isGranted, `${note}: ${text}`);
      if (kind === "clock" || kind === "random")
        assert.equal(rest.has(`${kind} ${text}`), isGranted, `${note}: ${kind} ${text}`);
      if (kind === "host-functions" && CALLS.includes(text))
        assert.equal(rest.has(`call ${text}`), isGranted, `${note}: ${text}`);
      if (kind === "exec" && isGranted) assert.ok(rest.has(`find ${text.split(" ")[0]}`), `${note}: ${text}`);
    }
  });
  for (const [outcome, count] of Object.entries(seen)) assert.ok(count > ROUNDS / 10, `${outcome}: ${count}`);
});

test("grants are plain data: what comes out of JSON decides alike", () => {
  cases((asked, own, _pick, note) => {
    const { grants } = decided(asked, own);
    const copy = JSON.parse(JSON.stringify(grants)) as Grants;
    assert.deepEqual(allowed(copy, asked), allowed(grants, asked), note);
  });
});
