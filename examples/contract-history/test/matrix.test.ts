// Plugins built for every version of the contract, in every form, in hosts of every version: what docs/contract-matrix.md says
// is what happens.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { createHost, type LogEntry, type Plugin } from "@tenon/host";
import { componentDriver } from "tenon/component";
import { dylibDriver } from "tenon/dylib";
import { grpcDriver } from "tenon/grpc";
import { importDriver } from "tenon/import";
import { stdioDriver } from "tenon/stdio";
import { contractOf, history, historyUntil, judge, VERSIONS } from "../history.mjs";
import { FORMS } from "./build.ts";
import { exercise, hostFunctions, type Seen } from "./host-of.ts";

const DRIVERS = [importDriver, componentDriver, stdioDriver, dylibDriver, grpcDriver];

for (const [form, { boundary, lacks, artifact, hosts = VERSIONS }] of Object.entries(FORMS)) {
  describe(form, { skip: lacks ?? false }, () => {
    for (const built of VERSIONS) {
      test(`built for ${built}`, async () => {
        const made = await artifact(built);
        for (const version of hosts) {
          const contract = contractOf(version);
          const seen: Seen = { progress: [], stages: [], logs: [] };
          const news: LogEntry[] = [];
          await using host = createHost({
            drivers: DRIVERS,
            history: [history],
            validate: true,
            onLog: (entry) => void news.push(entry),
          });
          const loading = host.load(contract, {
            id: "history",
            boundary,
            artifact: made,
            imports: hostFunctions(seen),
          });
          const { verdict, steps } = judge(built, version);
          const place = `built for ${built} in a host of ${version}`;
          if (verdict === "incompatible") {
            const problems = steps.flatMap((step) => step.problems);
            await assert.rejects(loading, (error: TenonError) => isRefusal(error, built, version, problems), place);
            continue;
          }
          const plugin = await loading;
          await exercise(plugin as Plugin, built, version, seen).catch((cause: unknown) => {
            throw new Error(place, { cause });
          });
          const [use] = host.usage().contracts;
          assert.deepEqual([use?.contract, use?.verdict], [contractOf(built).id, verdict], place);
          const levels = news
            .filter(({ text }) => text.startsWith("the plugin was built for"))
            .map(({ level }) => level);
          const isLoud = verdict === "migrated" || verdict === "adapted-partial";
          assert.deepEqual(levels, isLoud ? ["warn"] : verdict === "adapted-lossy" ? ["info"] : [], place);
        }
      });
    }
  });
}

/** Both lists, the exact paths, and which hosts would run it. */
function isRefusal(error: TenonError, built: string, host: string, problems: readonly string[]): boolean {
  assert.equal(error.code, "contract-mismatch");
  assert.ok(error.what.includes(`@${built}`) || error.what.includes(contractOf(built).digest), error.what);
  assert.ok(error.what.includes(`plugin@${host}`), error.what);
  for (const problem of problems) assert.ok(error.notes.includes(problem), `${problem} in ${error.notes.join("; ")}`);
  const { fits } = error.details as { readonly fits: { readonly plugins: string[]; readonly hosts: string[] } };
  const loads = (plugin: string, version: string): boolean => judge(plugin, version).verdict !== "incompatible";
  assert.deepEqual(fits, {
    plugins: VERSIONS.filter((version) => loads(version, host)),
    hosts: VERSIONS.filter((version) => loads(built, version)),
  });
  return true;
}

test("a host that does not know the plugin's version names it as the oldest host that would do", async () => {
  const imports = hostFunctions({ progress: [], stages: [], logs: [] });
  const artifact = await FORMS["import"]!.artifact("2.0.0");
  await using host = createHost({ drivers: DRIVERS, history: [historyUntil("1.3.0")] });
  const options = { id: "newer", boundary: "import", artifact, imports };
  await assert.rejects(host.load(contractOf("1.3.0"), options), (error: TenonError) => {
    assert.equal(error.code, "contract-mismatch");
    assert.match(
      error.hint,
      /newest version of the plugin that was built for 1\.3\.0 or 1\.2\.0 or 1\.1\.0 or 1\.0\.0;/,
    );
    assert.match(error.hint, /or a host of 2\.0\.0, the oldest that runs this one/);
    return true;
  });
});
