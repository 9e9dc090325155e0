// go-plugin programs that were not made for Tenon, under contracts derived from themselves; and a Go host that loads a plugin of ours.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generateProto, resolveWit, type Contract } from "@tenon/contract";
import { grpcDriver, readForeignContract, type ForeignSource } from "@tenon/drivers/grpc";
import { createHost, type Host, type LogEntry } from "@tenon/host";
import { rejection } from "@tenon/verify";
import { buildGoPrograms, crowdsecPlugin, goMissing, type GoPrograms } from "./go-programs.ts";

type Functions = Record<string, Record<string, (...args: unknown[]) => Promise<never>>>;

const noGo = goMissing();
const skip = noGo ?? false;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const EXAMPLE = { key: "BASIC_PLUGIN", value: "hello" };
const TERRAFORM = {
  key: "TF_PLUGIN_MAGIC_COOKIE",
  value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
};

let go: GoPrograms;
let host: Host;
const folder = mkdtempSync(join(tmpdir(), "foreign-"));
const logs: LogEntry[] = [];

before(() => {
  if (noGo === undefined) go = buildGoPrograms();
  host = createHost({ drivers: [grpcDriver], onLog: (entry) => logs.push(entry) });
});
after(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

async function load(
  id: string,
  program: Exclude<ForeignSource, { readonly proto: string }>,
  options: { readonly proto?: string; readonly imports?: object } = {},
): Promise<Functions> {
  const { contract, schema } = await readForeignContract(
    options.proto === undefined ? program : { proto: options.proto },
  );
  const artifact = { ...program, protocol: "go-plugin", schema };
  const plugin = await host.load(contract as Contract<Functions, never>, {
    id,
    boundary: "grpc",
    artifact,
    imports: (options.imports ?? {}) as never,
  });
  return plugin;
}

describe("go-plugin's own examples", { skip }, () => {
  test("a contract is read by reflection, and called over mutual TLS", async () => {
    const { kv } = await load("kv", { command: [go.kv], cwd: folder, cookie: EXAMPLE });
    assert.equal(await kv!["put"]!({ key: "a", value: bytes("one") }), undefined);
    const { value } = (await kv!["get"]!({ key: "a" })) as { value: Uint8Array };
    assert.match(text(value), /^one\n\nWritten from plugin-go-grpc/);
    const error = await rejection(kv!["get"]!({ key: "none" }), "plugin-trap");
    assert.match(error.what, /no such file[^]*gRPC status 2/);
    await isLogged(
      ({ plugin, level, text: line }) => plugin === "kv" && level === "debug" && line === "plugin address",
    );
  });

  test("the plugin calls the host through the broker", async () => {
    const asked: unknown[] = [];
    const sum = ({ a, b }: { a: bigint; b: bigint }): { r: bigint } => {
      asked.push([a, b]);
      return { r: a + b };
    };
    const program = {
      command: [go.bidirectional],
      cwd: folder,
      cookie: EXAMPLE,
      hostServices: ["proto.AddHelper"],
      brokerFields: ["proto.PutRequest.add_server"],
    };
    const { counter } = await load("counter", program, { imports: { addHelper: { sum } } });
    await counter!["put"]!({ addServer: 0, key: "n", value: 5n });
    await counter!["put"]!({ addServer: 0, key: "n", value: 7n });
    assert.deepEqual(await counter!["get"]!({ key: "n" }), { value: 12n });
    assert.deepEqual(asked, [
      [0n, 5n],
      [5n, 7n],
    ]);
  });

  test("the host dials what the plugin opens through the broker, and gives up what it never opened", async () => {
    const cookie = { key: "OPENER", value: "yes" };
    const opener = await load("opener", { command: [go.opener], cookie, brokeredServices: ["proto.AddHelper"] });
    const { value } = (await opener["counter"]!["get"]!({ key: "" })) as { value: bigint };
    const sum = opener["addHelper"]!["sum"]!;
    assert.deepEqual(await sum(Number(value), { a: 2n, b: 3n }), { r: 5n });
    assert.deepEqual(await sum(Number(value), { a: -2n, b: 1n }), { r: -1n });
    const error = await rejection(sum(999, { a: 1n, b: 1n }), "unavailable");
    assert.match(error.what, /opened nothing under the broker id 999/);
  });

  test("a process that is killed is started again, and its socket is gone", async () => {
    const { kv } = await load("kv-killed", { command: [go.kv], cwd: folder, cookie: EXAMPLE });
    await kv!["put"]!({ key: "b", value: bytes("two") });
    const pid = pidOf(go.kv, "kv-killed");
    process.kill(pid, "SIGKILL");
    await rejectionOrValue(() => kv!["get"]!({ key: "b" }));
    const { value } = (await eventually(() => kv!["get"]!({ key: "b" }))) as { value: Uint8Array };
    assert.match(text(value), /^two/);
    await host.get("kv-killed")!.close();
  });

  test("without the cookie the program says so, and ends", async () => {
    const program = { command: [go.kv], cwd: folder, cookie: { key: "OTHER", value: "x" } };
    const error = await rejection(readForeignContract(program), "start-failed");
    assert.match(
      [error.what, ...error.notes].join("\n"),
      /exited with code 1 before the handshake[^]*This binary is a plugin/,
    );
  });

  test("a process that another host started is attached to, and ended only if it is still the same", async () => {
    const child = spawn(go.kv, {
      cwd: folder,
      env: { [EXAMPLE.key]: EXAMPLE.value, TMPDIR: folder },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const line = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(String(chunk))),
    );
    const address = line.split("|")[3]!;
    const pid = child.pid!;
    const { contract, schema } = await readForeignContract({ command: [go.kv], cwd: folder, cookie: EXAMPLE });
    const attach = (reattach: object): Promise<unknown> =>
      host.load(contract, {
        id: `attached-${Math.random()}`,
        boundary: "grpc",
        artifact: { reattach, protocol: "go-plugin", schema },
      });
    const startTime = Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[19]);
    const error = await rejection(attach({ address, pid, startTime: startTime + 1 }), "start-failed");
    assert.match(error.what, /is not the one that was started then/);
    const kept = (await attach({ address, pid, startTime, keepRunning: true })) as Functions & {
      close(): Promise<void>;
    };
    await kept["kv"]!["put"]!({ key: "c", value: bytes("three") });
    await kept.close();
    assert.equal(child.exitCode, null, "it runs on");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const owned = (await attach({ address, pid, startTime })) as { close(): Promise<void> };
    await owned.close();
    await ended;
    const gone = await rejection(attach({ address, pid, startTime }), "start-failed");
    assert.match(gone.what, /is gone|not the one/);
  });
});

describe("a Terraform provider on HashiCorp's framework", { skip }, () => {
  const program = { cookie: TERRAFORM, versions: [5, 6] } as const;
  const call = (provider: Functions[string], value: string): Promise<unknown> =>
    provider["callFunction"]!({
      name: "shout",
      arguments: [{ msgpack: new Uint8Array(0), json: bytes(JSON.stringify(value)) }],
    });

  test("its functions are listed and called, and its own errors are values", async () => {
    const { provider } = await load("words", { ...program, command: [go.provider] });
    const { functions } = (await provider!["getFunctions"]!()) as { functions: Map<string, { summary: string }> };
    assert.equal(functions.get("shout")?.summary, "upper case");
    // MessagePack: a string of five bytes.
    assert.deepEqual(await call(provider!, "hello"), {
      result: { msgpack: Uint8Array.from([0xa5, ...bytes("HELLO")]), json: new Uint8Array(0) },
      error: undefined,
    });
    const failed = (await call(provider!, "")) as { error: unknown };
    assert.deepEqual(failed.error, { text: "there is nothing to shout", functionArgument: 0n });
    const schema = (await provider!["getProviderSchema"]!({})) as { serverCapabilities: { planDestroy: boolean } };
    assert.equal(schema.serverCapabilities.planDestroy, true);
  });

  test("a version that it does not speak is refused", async () => {
    const error = await rejection(
      readForeignContract({ ...program, versions: [7], command: [go.provider] }),
      "handshake-failed",
    );
    assert.match(error.what, /speaks version 6 of the application's protocol, the host speaks 7/);
  });
});

describe("CrowdSec's notification-dummy", () => {
  test("an old go-plugin program without reflection is called by its .proto", async (t) => {
    const plugin = process.platform === "linux" ? crowdsecPlugin() : undefined;
    if (plugin === undefined) return t.skip("the package crowdsec comes from Debian, by apt-get");
    const program = { command: [plugin], cookie: { key: "CROWDSEC_PLUGIN_KEY", value: "any" } };
    const unread = await rejection(readForeignContract(program), "boundary-unsupported");
    assert.match(unread.what, /no gRPC reflection/);
    const proto = fileURLToPath(new URL("fixtures/notifier.proto", import.meta.url));
    const { notifier } = await load("dummy", program, { proto });
    const output = join(folder, "notifications");
    const config = `type: dummy\nname: demo\nlog_level: info\nformat: x\noutput_file: ${output}\n`;
    await notifier!["configure"]!({ config: bytes(config) });
    await notifier!["notify"]!({ text: "the joint holds", name: "demo" });
    assert.equal(readFileSync(output, "utf8").trim(), "the joint holds");
    await isLogged((entry) => entry.plugin === "dummy" && /received signal for demo/.test(entry.text));
    const error = await rejection(notifier!["notify"]!({ text: "x", name: "other" }), "plugin-trap");
    assert.match(error.what, /invalid plugin config name other/);
  });
});

describe("a Go host", { skip }, () => {
  const plugin = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-grpc-conformance"));
  const wit = readFileSync(new URL("../../../contracts/conformance/conformance.wit", import.meta.url), "utf8");

  for (const tls of [true, false]) {
    test(`loads a plugin of ours by the .proto of its contract, ${tls ? "with" : "without"} mutual TLS`, () => {
      for (const file of generateProto(resolveWit(wit).resolve, 0).files) {
        const path = join(folder, "proto", file.path);
        spawnSync("mkdir", ["-p", dirname(path)]);
        writeFileSync(path, file.text);
      }
      const person = {
        name: "Ada",
        age: 36,
        tags: ["x"],
        address: { street: "s", zipCode: "1", position: { item1: 1.5, item2: -2 } },
      };
      const args = ["tenon/conformance/values/v0_1.proto", "Values", "EchoPerson", JSON.stringify({ value: person })];
      const done = spawnSync(go.host, [join(folder, "proto"), ...args, "--", process.execPath, plugin], {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], TMPDIR: folder, ...(!tls && { NO_TLS: "1" }) },
      });
      assert.equal(done.status, 0, done.stderr);
      assert.deepEqual(JSON.parse(done.stdout), { value: person });
      assert.ok(!readdirSync(folder).some((name) => name.startsWith("tenon-")), "the plugin's folder is gone");
    });
  }
});

describe("the command line", { skip }, () => {
  const cli = fileURLToPath(new URL("../../cli/bin/tenon.js", import.meta.url));
  const tenon = (...args: readonly string[]): string => {
    const done = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  };

  test("lists the services of a program and calls them with JSON, which may leave out defaults", () => {
    const shown = tenon("inspect", go.kv, "--cookie", "BASIC_PLUGIN=hello");
    assert.match(shown, /contract {4}grpc:proto\/plugin/);
    assert.match(shown, /kv\.put: func\(request: record \{ key, value \}\)/);
    const cookie = ["--cookie", `${TERRAFORM.key}=${TERRAFORM.value}`, "--protocol-versions", "5,6"];
    const request = { name: "shout", arguments: [{ json: Buffer.from('"hi"').toString("base64") }] };
    const answer = tenon("call", go.provider, ...cookie, "call-function", JSON.stringify(request), "--json");
    const { result } = JSON.parse(answer) as { result: { msgpack: string } };
    assert.deepEqual([...Buffer.from(result.msgpack, "base64")], [0xa2, ...bytes("HI")]);
  });
});

/** Standard error has a pipe of its own, and may be behind the calls. */
async function isLogged(isIt: (entry: LogEntry) => boolean): Promise<void> {
  await eventually(async () => assert.ok(logs.some(isIt), "it is not logged"));
}

/** The process of the plugin that was started last with this program. */
function pidOf(program: string, _id: string): number {
  const own = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "latin1").startsWith(program);
      } catch {
        // It ended in between.
        return false;
      }
    })
    .map(Number);
  return Math.max(...own);
}

async function rejectionOrValue(run: () => Promise<unknown>): Promise<void> {
  await run().catch((error: { readonly code?: string }) => assert.equal(error.code, "plugin-crashed"));
}

async function eventually(run: () => Promise<unknown>): Promise<unknown> {
  const until = performance.now() + 10_000;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
