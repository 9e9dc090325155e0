// A plugin is for a host when it names the host's contract and a range with its version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkContract } from "@tenon/registry";
import { ABI, read, withContract } from "./samples.ts";

test("a contract is the one wanted by package, world and range", () => {
  const base = { id: "a/b", file: "/a/tenon.json", contracts: [] };
  const entry = (range?: string) => ({ package: "acme:md", world: "plugin", range, built: undefined, wit: undefined });
  const cases: readonly (readonly [range: string | undefined, id: string, isWanted: boolean])[] = [
    ["^1.2", "acme:md/plugin@1.2.0", true],
    ["^1.2", "acme:md/plugin@1.9.3", true],
    ["^1.2", "acme:md/plugin@2.0.0", false],
    ["^1.2", "acme:md/plugin@1.3.0-rc.1", false],
    ["^1.3.0-rc.1", "acme:md/plugin@1.3.0-rc.2", true],
    ["^0.1", "acme:md/plugin@0.1.7", true],
    ["^0.1", "acme:md/plugin@0.2.0", false],
    ["^1.2", "acme:md/plugin", false],
    [undefined, "acme:md/plugin", true],
    [undefined, "acme:md/plugin@9.0.0", true],
    [undefined, "acme:md/other@9.0.0", false],
    [undefined, "acme:other/plugin", false],
  ];
  for (const [range, id, isWanted] of cases) {
    const manifest = { ...base, contracts: [entry("^77"), entry(range)] };
    if (isWanted) assert.equal(checkContract(manifest, id), manifest.contracts[1], `${range} for ${id}`);
    else assert.throws(() => checkContract(manifest, id), { code: "contract-mismatch" }, `${range} for ${id}`);
  }
  assert.throws(
    () => checkContract({ ...base, contracts: [entry("^2"), entry()] }, "acme:md/x@1.0.0"),
    /\/a\/tenon\.json: \$\.contracts names acme:md\/plugin \^2, acme:md\/plugin, and the host needs acme:md\/x@1\.0\.0/,
  );
  const older = { ...base, contracts: [entry("^1.2")] };
  const others = ["acme:md/plugin@1.0.0", "acme:md/plugin@1.4.0"];
  assert.equal(checkContract(older, "acme:md/plugin@2.0.0", others), older.contracts[0]);
  assert.throws(
    () => checkContract(older, "acme:md/plugin@2.0.0", others.slice(0, 1)),
    /the host needs acme:md\/plugin@2\.0\.0 or acme:md\/plugin@1\.0\.0/,
  );
});

test("built has the digest, and the version where there is one", () => {
  assert.deepEqual(read(withContract({ built: { abi: ABI } })).contracts[0]?.built, { version: undefined, abi: ABI });
  const { built } = read(withContract({ built: { version: "1.4.0", abi: ABI } })).contracts[0]!;
  assert.deepEqual(built, { version: "1.4.0", abi: ABI });
});
