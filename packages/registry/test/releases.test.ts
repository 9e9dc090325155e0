// Folders side by side are releases of one plugin where their manifests have one id.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { releasesBeside } from "@tenon/registry";
import { ABI, GOOD, read, scratch, withContract, write } from "./samples.ts";

test("the other releases of a plugin say what they were built for, or the oldest version of their range", () => {
  const own = read(GOOD);
  read({ ...GOOD, version: "1.4.1" });
  read({ ...withContract({ built: { abi: ABI } }), version: "1.5.0" });
  read({ ...withContract({ range: undefined }), version: "1.6.0" });
  read({ ...GOOD, id: "acme/other" });
  write("{");
  mkdirSync(join(scratch, "no-plugin"));
  const found = [...releasesBeside(own)].sort((a, b) => (a.version < b.version ? -1 : 1));
  assert.deepEqual(found, [
    { version: "1.4.1", contracts: ["acme:md/plugin@1.2.0"] },
    { version: "1.5.0", contracts: [ABI] },
    { version: "1.6.0", contracts: ["acme:md/plugin"] },
  ]);
  assert.deepEqual(releasesBeside({ id: own.id, folder: join(scratch, "gone", "plugin") }), []);
});
