// Our own cases: every `ok` one resolves and prints back to itself, every `fail` one is rejected where its marker stands.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { loadWit, normalizeResolve, printWit, resolveWit, WitError } from "@tenon/contract";
import { asJson, fixture, nodeFiles } from "./wit-files.ts";

describe("own WIT cases", () => {
  for (const name of readdirSync(fixture("ok"))) {
    it(`accepts ${name}, prints it, and reads the same back`, () => {
      const { resolve, rootPackage } = loadWit(fixture(`ok/${name}`), nodeFiles, { features: ["active"] });
      const text = printWit(resolve, rootPackage);
      const again = resolveWit(text, { allFeatures: true });
      assert.deepEqual(asJson(normalizeResolve(again.resolve)), asJson(normalizeResolve(resolve)), text);
      assert.equal(resolve.packages[rootPackage]?.name, again.resolve.packages[again.rootPackage]?.name);
    });
  }
  for (const name of readdirSync(fixture("fail"))) {
    it(`rejects ${name} where it says`, () => {
      const lines = nodeFiles.readText(fixture(`fail/${name}`)).split("\n");
      const markerLine = lines.findIndex((line) => /^ *\/\/ *\^/.test(line));
      const marker = /^( *\/\/ *)\^ (.+)$/.exec(lines[markerLine] ?? "");
      assert.ok(marker !== null, "the fixture has no marker line");
      assert.throws(
        () => loadWit(fixture(`fail/${name}`), nodeFiles),
        (error) => {
          assert.ok(error instanceof WitError, String(error));
          const first = error.diagnostics[0];
          assert.ok(first?.message.startsWith(marker[2] ?? ""), first?.message);
          assert.deepEqual([first?.line, first?.column], [markerLine, (marker[1]?.length ?? 0) + 1], first?.frame);
          return true;
        },
      );
    });
  }
});
