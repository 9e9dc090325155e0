// Where an artifact's file should be there may be anything: every driver that reads one says what is wrong with it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { contractFromResolve, resolveWit, selectWorld } from "@tenon/contract";
import { componentDriver } from "@tenon/drivers/component";
import { dylibDriver } from "@tenon/drivers/dylib";
import { readForeignContract } from "@tenon/drivers/grpc";
import { importDriver } from "@tenon/drivers/import";
import { luaDriver } from "@tenon/drivers/lua";
import { wasmDriver } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";

const { resolve, rootPackage } = resolveWit("package a:b; interface i { f: func(); } world w { export i; }");
const contract = contractFromResolve(resolve, selectWorld(resolve, rootPackage));
const READERS = [
  ["wasm", "module"],
  ["component", "module"],
  ["dylib", "library"],
  ["lua", "script"],
] as const;

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "tenon-artifact-"))));
after(() => rm(folder, { recursive: true, force: true }));

async function failure(boundary: string, artifact: unknown): Promise<string> {
  await using host = createHost({
    drivers: [wasmDriver, componentDriver, dylibDriver, luaDriver, importDriver, workerDriver],
  });
  return await host.load(contract, { id: "p", boundary, artifact }).then(
    () => "it loaded",
    (error: unknown) => (error as Error).message,
  );
}

for (const [boundary, key] of READERS) {
  test(`${boundary}: nothing, a folder, a pipe, a device and a giant`, async () => {
    const at = (name: string): string => join(folder, `${boundary}-${name}`);
    await mkdir(at("folder"));
    await writeFile(at("giant"), "");
    await truncate(at("giant"), 600 * 1024 * 1024);
    const said: Record<string, string> = {
      nothing: `[file-missing] ${key} ${at("nothing")} is not there; check the path, or build the plugin first`,
      folder: `[artifact-invalid] ${key} ${at("folder")} is no ordinary file; `,
      giant: `[resource-exhausted] ${key} ${at("giant")} has more than 536870912 bytes; `,
    };
    if (process.platform !== "win32") {
      execFileSync("mkfifo", [at("pipe")]);
      await symlink("/dev/zero", at("device"));
      for (const name of ["pipe", "device"]) said[name] = `[artifact-invalid] ${key} ${at(name)} is no ordinary file; `;
    }
    for (const [name, start] of Object.entries(said)) {
      const message = await failure(boundary, { [key]: at(name) });
      assert.ok(message.startsWith(start), message);
    }
  });
}

test("grpc: a schema that is a pipe or a device, or imports one", { skip: process.platform === "win32" }, async () => {
  for (const kind of ["proto", "pb"]) {
    execFileSync("mkfifo", [join(folder, `schema-pipe.${kind}`)]);
    await symlink("/dev/zero", join(folder, `schema-device.${kind}`));
  }
  await writeFile(join(folder, "importing.proto"), 'syntax = "proto3"; import "schema-device.proto";');
  for (const name of [
    "schema-pipe.proto",
    "schema-device.proto",
    "importing.proto",
    "schema-pipe.pb",
    "schema-device.pb",
  ])
    await assert.rejects(
      readForeignContract({ proto: join(folder, name) }),
      /^TenonError: \[artifact-invalid\] .* is no ordinary file/,
    );
});

for (const boundary of ["import", "worker"]) {
  test(`${boundary}: a module that is not there is named, be it the plugin's own or one that it imports`, async () => {
    let count = 0;
    const of = async (source: string): Promise<string> => {
      const module = join(folder, `${boundary}-${count++}.mjs`);
      await writeFile(module, source);
      return failure(boundary, { module });
    };
    const importer = `which .*${boundary}-\\d\\.mjs imports, was not found; `;
    assert.match(
      await of('import "not-installed";'),
      new RegExp(`^\\[file-missing\\] package not-installed, ${importer}`),
    );
    assert.match(
      await of('import "./not-built.js";'),
      new RegExp(`^\\[file-missing\\] module .*not-built\\.js, ${importer}`),
    );
    const [absent, misspelt] = [{ module: join(folder, "absent.mjs") }, { modul: "x" }];
    assert.match(await failure(boundary, absent), /^\[file-missing\] module "file:.*absent\.mjs" was not found; /);
    assert.match(await failure(boundary, { module: folder }), /^\[file-missing\] module ".*" is or imports a folder; /);
    assert.match(await failure(boundary, misspelt), /^\[config-invalid\] artifact\.module .* not undefined; /);
    assert.match(
      await failure(boundary, undefined),
      /^\[config-invalid\] plugin p was registered without an artifact; /,
    );
  });
}
