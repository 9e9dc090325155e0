// `tenon contract` usage, impact and explain PLUGIN: what hosts have counted, who breaks, and what an artifact says of itself.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { UsageReport } from "@tenon/host";
import { readUsage, UsageFile } from "@tenon/registry";
import { tenon, workFolder, type Outcome } from "./run.ts";

const WIT = `package demo:shop@1.0.0;
interface host {
  log: func(text: string);
  /// @replaced-by log
  /// @remove-after 2030-01-01
  @since(version = 1.0.0)
  @deprecated(version = 1.0.0)
  note: func(text: string, levels: list<option<level>>);
  enum level { low, high }
}
interface plugin { pack: func(count: u32) -> u32; }
world shop { import host; export plugin; }
`;
const folder = workFolder();
const FILE = join(folder, "usage.jsonl");
const run = (...args: string[]): Promise<Outcome> => tenon(["contract", ...args], { cwd: folder });
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(...args, "--json")).out);
const digestOf = (version: string): string => {
  const lock = JSON.parse(readFileSync(join(folder, "contract/contract.lock.json"), "utf8")) as {
    readonly versions: readonly { readonly version: string; readonly abi: string }[];
  };
  return lock.versions.find((one) => one.version === version)!.abi;
};

before(async () => {
  mkdirSync(join(folder, "contract"));
  writeFileSync(join(folder, "contract/shop.wit"), WIT);
  assert.equal((await run("freeze", "contract")).code, 0);
  writeFileSync(
    join(folder, "contract/shop.wit"),
    WIT.replace("interface plugin {", "interface plugin { /// @optional\n stop: func();"),
  );
  assert.match((await run("freeze", "contract")).out, /frozen 1\.1\.0/);
  const file = new UsageFile(FILE);
  const report = (calls: number, lastUsed: string): UsageReport => ({
    contracts: [
      {
        plugin: "acme/old",
        contract: "demo:shop/shop@1.0.0",
        digest: digestOf("1.0.0"),
        verdict: "adapted-total",
        starts: 1,
        lastUsed,
      },
    ],
    deprecated: [
      {
        plugin: "acme/old",
        contract: "demo:shop/shop@1.1.0",
        path: "host.note",
        item: "demo:shop/host.note",
        since: "1.0.0",
        replacedBy: "log",
        removeAfter: "2030-01-01",
        calls,
        lastUsed,
      },
    ],
  });
  file.write(report(2, "2026-01-01T00:00:00.000Z"));
  file.write(report(5, "2026-01-02T00:00:00.000Z"));
  // Another host of the same user.
  new UsageFile(FILE).write(report(10, "2026-01-01T12:00:00.000Z"));
  appendFileSync(FILE, 'no line of ours\n{"kind":"contract","plugin":3}\n{"kind":"deprecated"');
});

describe("usage", () => {
  test("sums what all hosts have written, each call once", async () => {
    const { contracts, deprecated } = (await json("usage", "--file", FILE)) as UsageReport;
    assert.deepEqual(
      contracts.map(({ plugin, starts, lastUsed }) => [plugin, starts, lastUsed]),
      [["acme/old", 2, "2026-01-01T12:00:00.000Z"]],
    );
    assert.deepEqual(
      deprecated.map(({ path, calls }) => [path, calls]),
      [["host.note", 15]],
    );
    const { out } = await run("usage", "contract", "--file", FILE);
    assert.match(out, /acme\/old +demo:shop\/shop@1\.0\.0 +adapted-total +2 starts +last 2026-01-01/);
    assert.match(out, /host\.note +demo:shop\/host\.note +15 calls .* stays until 2030-01-01 +use log/);
  });

  test("is text for collectors too", async () => {
    const { out } = await run("usage", "--file", FILE, "--metrics");
    assert.match(out, /^# TYPE tenon_deprecated_calls counter$/m);
    assert.match(
      out,
      /^tenon_deprecated_calls_total\{plugin="acme\/old",.*path="host\.note".*remove_after="2030-01-01"\} 15$/m,
    );
    assert.match(out, /\n# EOF\n$/);
  });

  test("lists the frozen versions that nobody uses any more", async () => {
    const old = await run("usage", "contract", "--file", FILE, "--unused-for", "1d");
    assert.equal(old.code, 1);
    assert.match(old.out, /1\.0\.0 +last 2026-01-01/);
    assert.equal((await run("usage", "contract", "--file", FILE, "--unused-for", "99999d")).code, 0);
    assert.equal((await run("usage", "--file", FILE, "--unused-for", "1d")).code, 2);
    assert.equal((await run("usage", "contract", "--file", FILE, "--unused-for", "soon")).code, 2);
  });

  test("says who would have to write it", async () => {
    const { code, err } = await run("usage", "--file", join(folder, "none.jsonl"));
    assert.equal(code, 1);
    assert.match(err, /file-missing.*host\.usage\(\)/s);
  });
});

describe("impact", () => {
  test("names the plugins that break if a function goes, with what is known of their calls", async () => {
    const { code, out } = await run("impact", "contract", "host.note", "--file", FILE);
    assert.equal(code, 1);
    assert.match(out, /host\.note: if it goes, 1 of 1 plugins break/);
    assert.match(
      out,
      /x +acme\/old +built for 1\.0\.0 +adapted-total -> incompatible +called 15 times, last 2026-01-02/,
    );
  });

  test("a case goes by itself: calls with it would be refused, and the calls that carry its type are known", async () => {
    const { code, out } = await run("impact", "contract", "host#level.high", "--file", FILE);
    assert.equal(code, 1);
    assert.match(out, /host#level\.high, which is in host\.note: if it goes, 1 of 1 plugins break/);
    assert.match(
      out,
      /acme\/old .*adapted-total -> adapted-partial, with values refused +its type was in 15 calls, last 2026-01-02/,
    );
    assert.equal((await run("impact", "contract", "host.level.high", "--file", FILE)).out, out);
  });

  test("hosts may stop calling what plugins export", async () => {
    const { code, out } = await run("impact", "contract", "plugin.pack", "--file", FILE);
    assert.equal(code, 0, out);
    assert.match(out, /0 of 1 plugins break/);
  });

  test("installed plugins count by their manifests, and one of an unknown version is nobody's guess", async () => {
    for (const [name, abi] of [
      ["known", digestOf("1.1.0")],
      ["strange", `abi:sha256:${"0".repeat(64)}`],
    ] as const) {
      mkdirSync(join(folder, "plugins", name), { recursive: true });
      const manifest = {
        schema: 1,
        id: `acme/${name}`,
        version: "1.0.0",
        contracts: [{ package: "demo:shop", world: "shop", built: { abi } }],
        artifacts: [{ id: "main", boundary: "stdio", entry: { command: ["./run"] } }],
      };
      writeFileSync(join(folder, "plugins", name, "tenon.json"), JSON.stringify(manifest));
    }
    const { out, err } = await run("impact", "contract", "host", "--file", FILE, "--plugins", "plugins");
    assert.match(out, /host, with host\.log, host\.note: if it goes, 2 of 3 plugins break/, err);
    assert.match(out, /\? +acme\/strange +built for a version that is not frozen here/);
  });

  test("a path that is not there is answered with those that are", async () => {
    const { code, err } = await run("impact", "contract", "host.nothing");
    assert.equal(code, 1);
    assert.match(err, /nothing that is called host\.nothing.*host\.log/s);
    assert.match((await run("impact", "contract", "host#level.no")).err, /it has host#level\.low, host#level\.high/);
  });
});

describe("explain PLUGIN", () => {
  const plugin = (name: string, contract: string): string => {
    const text = `export const tenon = { contract: "${contract}" };\nexport default { plugin: { pack: (count) => count } };\n`;
    writeFileSync(join(folder, name), text);
    return name;
  };

  test("says what the plugin was built for, by its own word, and what stands between", async () => {
    const { code, out, err } = await run("explain", plugin("old.mjs", "demo:shop/shop@1.0.0"), "--host", "contract");
    assert.equal(code, 0, err);
    assert.match(
      out,
      /old \(import\) was built for demo:shop\/shop@1\.0\.0 and runs in a host of demo:shop\/shop@1\.1\.0: adapted-total/,
    );
    assert.match(out, /plugin\.stop +EXPORT_FUNC_NO_ADD/);
  });

  test("says what would fit instead", async () => {
    const { code, out } = await run("explain", plugin("new.mjs", "demo:shop/shop@3.0.0"), "--host", "contract");
    assert.equal(code, 1);
    assert.match(out, /new \(import\) does not run in a host of demo:shop\/shop@1\.1\.0/);
    assert.match(
      out,
      /built for demo:shop\/shop@3\.0\.0, the host speaks demo:shop\/shop@1\.1\.0 .* or demo:shop\/shop@1\.0\.0/,
    );
    assert.match(out, /built for 1\.1\.0 or 1\.0\.0; or a host of 3\.0\.0, the oldest that runs this one/);
  });

  test("names the newest release in the folders beside it that would fit", async () => {
    for (const [version, built] of [
      ["1.4.2", "1.1.0"],
      ["1.5.0", "1.1.0"],
      ["2.0.0", "3.0.0"],
      ["2.1.0", "3.0.0"],
    ] as const) {
      const name = `packer-${version}`;
      mkdirSync(join(folder, "store", name), { recursive: true });
      plugin(`store/${name}/packer.mjs`, `demo:shop/shop@${built}`);
      const manifest = {
        schema: 1,
        id: "acme/packer",
        version,
        contracts: [{ package: "demo:shop", world: "shop", range: `^${built}` }],
        artifacts: [{ id: "main", boundary: "import", module: "${plugin}/packer.mjs" }],
      };
      writeFileSync(join(folder, "store", name, "tenon.json"), JSON.stringify(manifest));
    }
    mkdirSync(join(folder, "store", "broken"));
    writeFileSync(join(folder, "store", "broken", "tenon.json"), "{");
    const { code, out, err } = await run("explain", "store/packer-2.1.0", "--host", "contract");
    assert.equal(code, 1, err);
    assert.match(out, /take acme\/packer 1\.5\.0, its newest release that fits this host \(built for 1\.1\.0\)/);
    assert.match(out, /or a host of 3\.0\.0, the oldest that runs this one/);
  });

  test("needs to know the host, and knows a plugin from a rule", async () => {
    assert.equal((await run("explain", "old.mjs")).code, 2);
    assert.equal((await run("explain", "nothing.mjs", "--host", "contract")).code, 2);
    assert.equal((await run("explain", "migration-required")).code, 0);
  });
});

test("a file of counts grows with what is used, not with how often", () => {
  const file = join(folder, "long.jsonl");
  const use = {
    plugin: "p",
    contract: "demo:shop/shop@1.0.0",
    digest: "abi:sha256:00",
    verdict: "exact",
    lastUsed: "2026-01-01T00:00:00.000Z",
  } as const;
  const writer = new UsageFile(file);
  const total = 8000;
  for (let starts = 1; starts <= total; starts++) writer.write({ contracts: [{ ...use, starts }], deprecated: [] });
  assert.ok(readFileSync(file).length < 1024 * 1024 + 1024);
  assert.equal(readUsage(file).contracts[0]?.starts, total);
});
