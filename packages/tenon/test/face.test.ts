// What `tenon` exports: a face for every boundary, and all that generated contracts import.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { generateTypeScript, resolveWit } from "@tenon/contract";
import * as face from "tenon";
import * as light from "tenon/contract";

const drivers = fileURLToPath(new URL("../../drivers/src", import.meta.url));

test("every boundary has its face, and it is the driver itself, or the same in more places", async () => {
  const boundaries = readdirSync(drivers, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith("_"),
  );
  assert.ok(boundaries.length >= 4);
  for (const { name } of boundaries) {
    const shown = Object.entries((await import(`tenon/${name}`)) as Record<string, face.AnyDriver>);
    const own = (await import(`@tenon/drivers/${name}`)) as Record<string, face.AnyDriver>;
    const driver = shown.find(([, value]) => value.boundary === name);
    assert.ok(driver !== undefined, `tenon/${name} exports no driver`);
    const [key, { isolations, traits }] = driver;
    if (isolations === undefined) assert.equal(driver[1], own[key]);
    else {
      // The first is the default; where the driver itself runs plugins is one of them.
      const all = Object.values(isolations);
      assert.ok(all.length > 1 && "process" in isolations, name);
      assert.equal(all[0], traits);
      assert.ok(all.includes(own[key]!.traits), name);
    }
  }
});

test("generated contracts find what they import", () => {
  const { resolve } = resolveWit(
    "package a:b;\ninterface i { f: func(x: option<option<u8>>) -> result<u8>; }\nworld w { export i; }",
  );
  const [file] = generateTypeScript(resolve, 0, { language: "javascript" }).files;
  const imported = /^import \{ (.+) \} from "tenon\/contract";$/m.exec(file?.text ?? "")?.[1]?.split(", ") ?? [];
  assert.deepEqual(imported, ["contractFromDescriptor"]);
  assert.equal(light.contractFromDescriptor, face.contractFromDescriptor);
});

test("a plugin is made, loaded and called with this one package", async () => {
  const { resolve } = face.resolveWit(
    "package a:b;\ninterface i { twice: func(n: u32) -> u32; }\nworld w { export i; }",
  );
  const contract = face.contractFromResolve(resolve, 0) as face.Contract<{ i: { twice: (n: number) => number } }>;
  const { importDriver } = await import("tenon/import");
  const host = face.createHost({ drivers: [importDriver] });
  const module = face.definePlugin(contract, () => ({ i: { twice: (n) => 2 * n } }));
  const plugin = await host.load(contract, { id: "twice", boundary: "import", artifact: { module } });
  assert.equal(await plugin.i.twice(21), 42);
  await host.close();
});
