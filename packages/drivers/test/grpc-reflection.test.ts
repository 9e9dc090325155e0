// A plugin behind serveGrpc describes itself to those who may ask: this project's own reader, and grpcurl.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Contract } from "@tenon/contract";
import { grpcDriver, readForeignContract } from "@tenon/drivers/grpc";
import { createHost } from "@tenon/host";
import { TENON_COOKIE } from "@tenon/plugin/grpc";
import { serveGrpc } from "@tenon/plugin/serve-grpc";
import { conformanceContract, rejection } from "@tenon/verify";
import { goMissing, grpcurl } from "./go-programs.ts";

const SERVED = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/serve-grpc-conformance"));
const { default: definition } = (await import(import.meta.resolve("@tenon/verify/plugins/conformance"))) as {
  readonly default: Parameters<typeof serveGrpc>[0];
};
const SERVICES = ["tenon.conformance.calls.v0_1.Calls", "tenon.conformance.values.v0_1.Values"];
const PERSON = {
  name: "Ada",
  age: 36,
  nickName: "A",
  tags: ["x", "y"],
  address: { street: "St", zipCode: "1", position: { item1: 1.5, item2: -2 } },
};
const folder = mkdtempSync(join(tmpdir(), "tenon-reflection-"));
after(() => rmSync(folder, { recursive: true }));

type Functions = Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;

describe("reflection of a plugin behind serveGrpc", () => {
  test("a host that knows nothing of its contract reads it, and calls it", async () => {
    const program = { command: [process.execPath, SERVED], cookie: TENON_COOKIE };
    const { contract, schema } = await readForeignContract(program);
    const counts = (all: Contract): Readonly<Record<string, number>> =>
      Object.fromEntries(all.exports.map(({ key, functions }) => [key, functions.length]));
    assert.deepEqual(counts(contract), counts(conformanceContract));
    const host = createHost({ drivers: [grpcDriver] });
    try {
      const plugin: Functions = await host.load(contract as Contract<Functions, never>, {
        id: "described",
        boundary: "grpc",
        artifact: { ...program, protocol: "go-plugin", schema },
      });
      assert.deepEqual(await plugin["values"]!["echoPerson"]!({ value: PERSON }), { value: PERSON });
      assert.deepEqual(await plugin["values"]!["echoColour"]!({ value: "value-dark-blue" }), {
        value: "value-dark-blue",
      });
    } finally {
      await host.close();
    }
  });

  test("tenon inspect shows what a program serves", () => {
    const script = join(folder, "plugin");
    writeFileSync(script, `#!${process.execPath}\nimport(${JSON.stringify(SERVED)});\n`);
    chmodSync(script, 0o755);
    const cli = fileURLToPath(new URL("../../cli/bin/tenon.js", import.meta.url));
    const cookie = `${TENON_COOKIE.key}=${TENON_COOKIE.value}`;
    const { stdout, stderr } = spawnSync(process.execPath, [cli, "inspect", script, "--cookie", cookie], {
      encoding: "utf8",
    });
    assert.match(stdout, /values\.echo-person: func\(request: record/, stderr);
  });

  test("a server on a port describes itself only where it was told to", async () => {
    const { address, close } = await serveGrpc(definition, { listen: "127.0.0.1:0" });
    try {
      await rejection(readForeignContract({ target: address, tls: false }), "boundary-unsupported");
    } finally {
      await close();
    }
  });

  test("grpcurl lists, describes and calls it", { skip: goMissing() ?? false }, async () => {
    const program = grpcurl();
    const { address, close } = await serveGrpc(definition, { listen: "127.0.0.1:0", reflection: true });
    const ask = async (...args: readonly string[]): Promise<string> => {
      const child = spawn(program, ["-plaintext", ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += String(chunk)));
      await new Promise((resolve) => child.once("close", resolve));
      return out;
    };
    try {
      assert.deepEqual((await ask(address, "list")).trim().split("\n"), SERVICES);
      // To describe one, all messages of its file have to hold together.
      for (const service of SERVICES) assert.match(await ask(address, "describe", service), /is a service:/);
      const person = await ask(address, "describe", "tenon.conformance.values.v0_1.EchoPersonRequest");
      assert.match(person, /optional string nick_name = 3;\s+repeated string tags = 4;/);
      const request = JSON.stringify({ value: PERSON });
      const answer = await ask("-d", request, address, `${SERVICES[1]}/EchoPerson`);
      assert.deepEqual(JSON.parse(answer), { value: PERSON });
    } finally {
      await close();
    }
  });
});
