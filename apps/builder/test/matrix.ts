// A plugin built for every version of the contract, in one form, in hosts of every version: what docs/contract-matrix.md says
// is what happens. A test file for each form, so that no one of them takes long.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { createHost, type AnyDriver, type LogEntry } from "@tenon/host";
import { contractOf, history, judge, VERSIONS } from "./matrix-history.ts";
import type { Form } from "./matrix-forms.ts";
import { exercise, hostFunctions, nothingSeen } from "./matrix-host.ts";

/** The tests of one form: `built for 1.0.0`, and so on. */
export function testMatrix(name: string, form: Form, driver: AnyDriver): void {
  describe(name, { skip: form.lacks ?? false }, () => {
    for (const built of VERSIONS) {
      test(`built for ${built}`, async () => {
        const artifact = await form.artifact(built);
        for (const host of form.hosts ?? VERSIONS) await testPair({ form, driver, artifact, built, host });
      });
    }
  });
}

/** As if the plugin had had one release for each version: a refusal is to name the newest that fits. */
const RELEASES = VERSIONS.map((version, index) => ({
  version: `1.${index}.0`,
  contracts: [contractOf(version).digest],
}));

interface Pair {
  readonly form: Form;
  readonly driver: AnyDriver;
  readonly artifact: unknown;
  /** Versions. */
  readonly built: string;
  readonly host: string;
}

async function testPair({ form, driver, artifact, built, host: version }: Pair): Promise<void> {
  const seen = nothingSeen();
  const lines: LogEntry[] = [];
  await using host = createHost({
    drivers: [driver],
    history: [history],
    validate: true,
    onLog: (entry) => void lines.push(entry),
  });
  const { verdict, steps } = judge(built, version);
  const place = `built for ${built} in a host of ${version}: ${verdict}`;
  const options = {
    id: "history",
    boundary: form.boundary,
    artifact,
    imports: hostFunctions(seen),
    releases: RELEASES,
  };
  const loading = host.load(contractOf(version), options);
  if (verdict === "incompatible") {
    const problems = steps.flatMap((step) => step.problems);
    await assert.rejects(loading, (error: TenonError) => isRefusal(error, built, version, problems), place);
    return;
  }
  const plugin = await loading;
  await exercise(plugin, built, version, seen).catch((cause: unknown) => {
    throw new Error(place, { cause });
  });
  const [use] = host.usage().contracts;
  const spoken = form.isLinked === true ? linkedAs(built, version) : built;
  assert.deepEqual([use?.contract, use?.verdict], [contractOf(spoken).id, judge(spoken, version).verdict], place);
  const told = lines.filter(({ text }) => text.startsWith("the plugin was built for")).map(({ level }) => level);
  assert.deepEqual(told, toldOf(verdict), place);
}

/** The version, the host's own first, then the newest, that a linker cannot tell from the one that the plugin was built for. */
function linkedAs(built: string, host: string): string {
  const isLoaded = (version: string): boolean => judge(version, host).verdict !== "incompatible";
  const offered = [host, ...VERSIONS.toReversed()].filter(isLoaded);
  return offered.find((version) => ["exact", "structural"].includes(judge(built, version).verdict)) ?? built;
}

/** How loud the host is about a plugin of another version. */
function toldOf(verdict: string): readonly string[] {
  if (verdict === "migrated" || verdict === "adapted-partial") return ["warn"];
  return verdict === "adapted-lossy" ? ["info"] : [];
}

/** Both lists, the exact paths, which hosts would run it, and which release of the plugin this host would. */
function isRefusal(error: TenonError, built: string, host: string, problems: readonly string[]): boolean {
  assert.equal(error.code, "contract-mismatch");
  assert.ok(error.what.includes(`@${built}`) || error.what.includes(contractOf(built).digest), error.what);
  assert.ok(error.what.includes(`plugin@${host}`), error.what);
  for (const problem of problems) assert.ok(error.notes.includes(problem), `${problem} in ${error.notes.join("; ")}`);
  const loads = (plugin: string, version: string): boolean => judge(plugin, version).verdict !== "incompatible";
  const newest = VERSIONS.findLastIndex((version) => loads(version, host));
  const release = { version: `1.${newest}.0`, contract: contractOf(VERSIONS[newest]!).id };
  const { fits } = error.details as { readonly fits: unknown };
  assert.deepEqual(fits, {
    plugins: VERSIONS.filter((version) => loads(version, host)),
    hosts: VERSIONS.filter((version) => loads(built, version)),
    release,
  });
  assert.ok(error.hint.startsWith(`take history ${release.version}, its newest release`), error.hint);
  return true;
}
