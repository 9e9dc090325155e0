// `tenon doctor` on the machine that runs the tests.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { tenon, workFolder } from "./run.ts";

interface Finding {
  readonly id: string;
  readonly status: string;
  readonly detail: string;
  readonly purpose: string;
  readonly remedy?: string;
}

test("tenon doctor reports what was found and how to get the rest", async () => {
  const { code, out, err } = await tenon(["doctor", "--json"]);
  assert.deepEqual([code, err], [0, ""]);
  const { ok, boundaries, findings } = JSON.parse(out) as { ok: boolean; boundaries: string[]; findings: Finding[] };
  assert.ok(ok && boundaries.includes("import") && boundaries.includes("stdio"));
  const byId = new Map(findings.map((one) => [one.id, one]));
  assert.equal(byId.size, findings.length, "ids are unique");
  assert.match(byId.get("node")?.detail ?? "", new RegExp(`^${process.versions.node} `));
  assert.equal(byId.get("code-generation")?.status, "ok");
  for (const { id, status, remedy, purpose } of findings) {
    assert.ok(purpose !== "", id);
    assert.equal(status === "missing", remedy !== undefined, `${id}: what is missing says how to get it`);
  }
});

test("tenon doctor believes the tools, not the machine's name: without a PATH there are none", async () => {
  const { code, out } = await tenon(["doctor", "--json"], { env: { PATH: workFolder() } });
  assert.equal(code, 0);
  const { findings } = JSON.parse(out) as { findings: (Finding & { group: string })[] };
  assert.deepEqual(
    findings.filter(({ group, status }) => group === "toolchains" && status === "ok"),
    [],
  );
});
