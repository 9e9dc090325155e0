// go-plugin programs as their authors publish them: a Terraform provider, and a TFLint ruleset that calls its host.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Contract } from "@tenon/contract";
import { grpcDriver, readForeignContract } from "@tenon/drivers/grpc";
import { createHost, type Host } from "@tenon/host";
import { published } from "./go-programs.ts";

type Functions = Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
type Program = Omit<Parameters<typeof readForeignContract>[0], "command"> & { readonly [key: string]: unknown };

let host: Host;
before(() => {
  host = createHost({ drivers: [grpcDriver] });
});
after(() => host.close());

async function load(id: string, command: string, program: Program, imports: object = {}): Promise<Functions> {
  const given = { ...program, command: [command] };
  const { contract, schema } = await readForeignContract(given);
  const artifact = { ...given, protocol: "go-plugin", schema };
  return host.load(contract as Contract<Functions, never>, {
    id,
    boundary: "grpc",
    artifact,
    imports: imports as never,
    limits: { startMs: 60_000 },
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("terraform-provider-time parses a duration", async (t) => {
  const found = published("terraform-provider-time");
  if ("missing" in found) return t.skip(found.missing);
  const value = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
  const { provider } = await load("time", found.program, {
    cookie: { key: "TF_PLUGIN_MAGIC_COOKIE", value },
    versions: [5, 6],
  });
  const { functions } = (await provider!["getFunctions"]!()) as { functions: Map<string, unknown> };
  assert.deepEqual([...functions.keys()].sort(), ["duration_parse", "rfc3339_parse", "unix_timestamp_parse"]);
  const answer = (await provider!["callFunction"]!({
    name: "duration_parse",
    arguments: [{ msgpack: new Uint8Array(0), json: bytes('"1h30m"') }],
  })) as { result: { msgpack: Uint8Array }; error: unknown };
  assert.equal(answer.error, undefined);
  // MessagePack: the key `minutes`, a string of seven bytes, and the number 90.
  assert.ok(Buffer.from(answer.result.msgpack).includes(Buffer.from([0xa7, ...bytes("minutes"), 90])));
});

describe("tflint-ruleset-terraform", () => {
  const program = {
    cookie: {
      key: "TFLINT_RULESET_PLUGIN",
      value: "5adSn1bX8nrDfgBqiAqqEkC6OE1h3iD8SqbMc5UUONx8x3xCF0KlPDsBRNDjoYDP",
    },
    versions: [11],
    hostServices: ["proto.Runner"],
    brokerFields: ["proto.Check.Request.runner"],
  };

  test("reads the files that the host gives through the broker, and tells it what is wrong with them", async (t) => {
    const found = published("tflint-ruleset-terraform");
    if ("missing" in found) return t.skip(found.missing);
    const issues: { message: string; range: { filename: string; start: { line: bigint } } }[] = [];
    const files = new Map([
      ["good.tf", bytes("# a comment\n")],
      ["old.tf", bytes("locals {}\n// an old comment\n")],
    ]);
    const known: Record<string, unknown> = {
      getOriginalwd: () => ({ path: "/" }),
      getModulePath: () => ({ path: [] }),
      getFiles: () => ({ files }),
      emitIssue: (issue: (typeof issues)[number]) => {
        issues.push(issue);
        return { applied: false };
      },
    };
    // The rule below asks for nothing else.
    const runner = new Proxy(known, { has: () => true, get: (own, name) => own[String(name)] ?? (() => ({})) });
    const { ruleSet } = await load("tflint", found.program, program, { runner });
    const { names } = (await ruleSet!["getRuleNames"]!()) as { names: readonly string[] };
    assert.ok(names.includes("terraform_comment_syntax"), names.join(", "));
    await ruleSet!["getVersionConstraint"]!();
    const only = ["terraform_comment_syntax"];
    const config = { rules: new Map(), disabledByDefault: false, only, fix: false };
    await ruleSet!["applyGlobalConfig"]!({ config });
    await ruleSet!["getConfigSchema"]!();
    await ruleSet!["applyConfig"]!({ content: { attributes: new Map(), blocks: [] } });
    await ruleSet!["check"]!({ runner: 0 });
    assert.deepEqual(
      issues.map(({ message, range }) => [message, range.filename, range.start.line]),
      [["Comments should begin with #", "old.tf", 2n]],
    );
  });
});
