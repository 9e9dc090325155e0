// `tenon doctor` on the machine that runs the tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { BIN, tenon, workFolder } from "./run.ts";

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

/** A shell in which nobody can make user namespaces, whatever the machine allows. */
const REFUSED = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';
const canRefuse = spawnSync("unshare", ["-Ur", "sh", "-c", REFUSED, "sh", "true"]).status === 0;

test(
  "tenon doctor tries sandboxes for real, and says what hinders",
  { skip: canRefuse ? false : "no user namespace can be made here in which others are refused" },
  () => {
    const shell = ["-Ur", "sh", "-c", REFUSED, "sh", process.execPath, BIN, "doctor", "--json"];
    const { stdout, stderr } = spawnSync("unshare", shell, { encoding: "utf8" });
    assert.equal(stderr, "");
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const { status, detail, remedy } = findings.find(({ id }) => id === "namespaces")!;
    assert.equal(status, "missing");
    assert.match(detail, /could not make namespaces: .*sysctl -w user\.max_user_namespaces=/);
    assert.match(remedy ?? "", /allow user namespaces/);
    assert.equal(findings.find(({ id }) => id === "bubblewrap")?.status, "missing");
  },
);
