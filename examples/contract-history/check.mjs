// A host that speaks 3.0.0 runs plugins that were built for 1.0.0, 2.0.0 and 3.0.0: `node check.mjs`
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createHost } from "tenon";
import { checkMigration, createContractHistory, snapshotFromJson } from "tenon/adapt";
import { importDriver } from "tenon/import";
import one from "./contract/migrations/1-2.mjs";
import two from "./contract/migrations/2-3.mjs";

const frozen = new URL("contract/frozen/", import.meta.url);
const snapshots = readdirSync(frozen).map((version) =>
  snapshotFromJson(JSON.parse(readFileSync(new URL(`${version}/snapshot.json`, frozen), "utf8"))),
);
const history = createContractHistory({ snapshots, migrations: [one, two] });
const digestOf = (version) => snapshots.find(({ contract }) => contract.id.endsWith(`@${version}`)).contract.digest;
const adapterFor = (version) => history.adapter(digestOf(version), digestOf("3.0.0"));

/** What each plugin was asked to build, in its own words. */
const asked = {};
const plugins = {
  "1.0.0": ({ report, project }) => ({
    builder: {
      info: () => ({ name: "oldest", version: "1.0.0", languages: ["c"] }),
      detect: (files) => (files.includes("main.c") ? { language: "c", confidence: 90 } : undefined),
      build: (request) => {
        asked["1.0.0"] = request;
        report.progress("compiling", 50);
        const source = project.readText("main.c");
        assert.deepEqual(source, { tag: "ok", val: "int main(void) {}" });
        return { tag: "ok", val: { artifacts: [{ path: "main.wasm", size: 7 }], diagnostics: [] } };
      },
      clean: () => assert.fail("a host of 3.0.0 does not know it"),
    },
  }),
  "2.0.0": ({ report }) => ({
    builder: {
      describe: () => ({ name: "middle", version: "2.0.0", languages: [] }),
      detect: () => undefined,
      estimate: () => 1200,
      build: (request) => {
        asked["2.0.0"] = request;
        report.progress({ message: "compiling", percent: 50 });
        return { tag: "err", val: { tag: "cancelled" } };
      },
    },
  }),
  "3.0.0": () => ({
    builder: {
      describe: () => ({ name: "newest", version: "3.0.0", languages: ["c"] }),
      detect: () => [{ language: "c", confidence: 0.5, entry: "main.c" }],
      estimate: () => 800,
      build: (request) => {
        asked["3.0.0"] = request;
        return { tag: "ok", val: { artifacts: [], diagnostics: [] } };
      },
    },
  }),
};

const shown = [];
const imports = {
  report: {
    progress: (update) => void shown.push(update),
    stage: () => {},
    log: () => {},
  },
  project: {
    listFiles: () => ({ tag: "ok", val: ["main.c"] }),
    readFile: () => ({ tag: "ok", val: new TextEncoder().encode("int main(void) {}") }),
  },
};
const request = {
  project: "/home/ada/parser",
  entry: undefined,
  profile: "small",
  outputFolder: "/tmp/out",
  settings: [
    { name: "target", value: { tag: "text", val: "wasm32" } },
    { name: "strip", value: { tag: "toggle", val: true } },
  ],
  jobs: 4,
};

const host = createHost({ drivers: [importDriver], contracts: "frozen", validate: true });
const answers = {};
for (const [version, module] of Object.entries(plugins)) {
  const adapter = adapterFor(version);
  const options = { id: `built-for-${version}`, boundary: "import", artifact: { module }, imports, adapter };
  const { builder } = await host.load(adapter.host, options);
  const { name } = await builder.describe();
  answers[version] = { name, found: await builder.detect(["main.c"]), built: await builder.build(request) };
  if (version === "1.0.0") await assert.rejects(builder.estimate(request), /function-missing/);
  console.log(`${name}, built for ${version}: ${adapter.verdict}`);
}
await host.close();

assert.deepEqual(answers["1.0.0"].found, [{ language: "c", confidence: 0.9, entry: undefined }]);
assert.deepEqual(answers["1.0.0"].built, {
  tag: "ok",
  val: { artifacts: [{ path: "main.wasm", kind: "wasm", size: 7n }], diagnostics: [] },
});
assert.deepEqual(asked["1.0.0"], {
  project: "/home/ada/parser",
  entry: undefined,
  profile: "release",
  outDir: "/tmp/out",
  options: [
    ["target", "wasm32"],
    ["strip", "true"],
  ],
});
assert.deepEqual(answers["2.0.0"], { name: "middle", found: [], built: { tag: "err", val: { tag: "cancelled" } } });
assert.deepEqual([asked["2.0.0"], asked["3.0.0"]], [request, request]);
assert.deepEqual(shown, [
  { message: "compiling", percent: 50 },
  { message: "compiling", percent: 50 },
]);

// What `tenon contract check` asks of each migration.
for (const migration of [one, two]) {
  const [from, to] = [migration.from, migration.to].map((version) => history.find(digestOf(version)));
  assert.deepEqual((await checkMigration(migration, { from, to })).problems, []);
}
