import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { conformanceContract, CONFORMANCE_CASES } from "@tenon/verify";

test("cases have unique names in groups, and every function of the contract has one", () => {
  const names = CONFORMANCE_CASES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => /^[a-z]+\/\S/.test(name)));
  const values = conformanceContract.exports.find(({ key }) => key === "values")!;
  for (const { name } of values.functions) assert.ok(names.includes(`values/${name}`), name);
});

/** Runs a suite in a process of its own, because a suite that fails must not fail this one. */
function suite(plugin: string, skips: string): { readonly status: number | null; readonly output: string } {
  const script = `
    import { importDriver } from "@tenon/drivers/import";
    import { runConformance } from "@tenon/verify";
    import conformance from "@tenon/verify/plugins/conformance";
    const broken = { ...conformance, create: async (host) => {
      const { values, calls } = await conformance.create(host);
      return { values: { ...values, ${plugin} }, calls };
    } };
    runConformance({ driver: importDriver, artifact: (kind) => ({ module: kind === "conformance" ? broken : import.meta.resolve("@tenon/verify/plugins/" + kind) }), skips: ${skips} });`;
  const env = { ...process.env };
  // Set for the tests of a test run, which this is not.
  delete env["NODE_TEST_CONTEXT"];
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--test-reporter=tap", "-e", script], {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
    env,
  });
  return { status, output: stdout };
}

test("a plugin that returns wrong values fails its cases and no others", () => {
  const { status, output } = suite("echoU8: (value) => (value + 1) % 256", "[]");
  assert.equal(status, 1, output);
  assert.match(output, /not ok \d+ - values\/echo-u8\n/);
  assert.match(output, / ok \d+ - values\/echo-u16\n/);
});

test("a skip for no case, or without a reason, is a failure", () => {
  const { status, output } = suite("", '[{ case: "values/echo-u9", reason: "it does not exist at all" }]');
  assert.equal(status, 1, output);
  assert.match(output, /no case is named values\/echo-u9/);
  assert.match(suite("", '[{ case: "values/*", reason: "no" }]').output, /is skipped without a reason/);
});
