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
import { importDriver } from "@tenon/drivers/import";
import { luaDriver } from "@tenon/drivers/lua";
import { wasmDriver } from "@tenon/drivers/wasm";
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

async function failure(boundary: string, artifact: object): Promise<string> {
  await using host = createHost({ drivers: [wasmDriver, componentDriver, dylibDriver, luaDriver, importDriver] });
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

test("import: what a module imports is named when it is not there, and the module itself when that is not", async () => {
  const module = join(folder, "plugin.mjs");
  const of = (source: string): Promise<string> =>
    writeFile(`${module}${source.length}.mjs`, source).then(() =>
      failure("import", { module: `${module}${source.length}.mjs` }),
    );
  assert.match(
    await of('import "not-installed";'),
    /^\[file-missing\] package not-installed, which .*plugin\.mjs.* imports, /,
  );
  assert.match(
    await of('import "./not-built.js";'),
    /^\[file-missing\] module .*not-built\.js, which .* imports, was not found; /,
  );
  assert.match(
    await failure("import", { modul: module }),
    /^\[config-invalid\] artifact\.module must be .*, not undefined; /,
  );
  assert.match(await failure("import", { module }), /^\[file-missing\] module file:.*plugin\.mjs was not found; /);
});
