// The acceptance cases published with wasm-tools, where they lie beside the checkout.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadWit, normalizeResolve, printWit, resolveWit, WitError, type Resolve } from "@tenon/contract";
import { asJson, nodeFiles } from "./wit-files.ts";

const suite = fileURLToPath(new URL("../../../../shared/data/wit-suite/", import.meta.url));
const skip = existsSync(suite) ? false : "the wasm-tools cases (../shared/data/wit-suite) are not here";
const options = { features: ["active"] };

function casePath(folder: string, name: string): string {
  const path = `${suite}${folder}/${name}`;
  return existsSync(path) ? path : path.replace(/\.wit$/, "");
}

function names(folder: string, ending: string): string[] {
  return readdirSync(`${suite}${folder}`)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));
}

function withoutCloneMarks(resolve: Resolve): unknown {
  return asJson({ ...resolve, interfaces: resolve.interfaces.map(({ clone_of: _, ...iface }) => iface) });
}

describe("wasm-tools WIT cases", { skip }, () => {
  if (skip !== false) return;
  for (const name of names("ok", ".json")) {
    it(`accepts ${name} as the reference does`, () => {
      const golden = JSON.parse(readFileSync(`${suite}ok/${name}.json`, "utf8")) as Resolve;
      const { resolve, rootPackage } = loadWit(casePath("ok", name), nodeFiles, options);
      assert.deepEqual(asJson(normalizeResolve(resolve)), asJson(normalizeResolve(golden)));
      // Beyond what is asked: our numbering is the reference's own.
      assert.deepEqual(asJson(resolve), golden);
      const again = resolveWit(printWit(resolve, rootPackage), { allFeatures: true });
      assert.deepEqual(
        withoutCloneMarks(normalizeResolve(again.resolve)),
        withoutCloneMarks(normalizeResolve(resolve)),
      );
    });
  }
  for (const name of names("fail", ".result")) {
    it(`rejects ${name} at the reference's place`, () => {
      const reference = readFileSync(`${suite}fail/${name}.result`, "utf8");
      const place = /(?:-->|\*) tests\/ui\/parse-fail\/(\S+?):(\d+):(\d+)/.exec(reference);
      assert.throws(
        () => loadWit(casePath("fail", name), nodeFiles, options),
        (error) => {
          assert.ok(error instanceof WitError, String(error));
          const first = error.diagnostics[0];
          assert.ok(first !== undefined);
          // Two references name no place.
          if (place === null) return true;
          assert.ok(first.file.endsWith(place[1] ?? ""), `${first.file} is not ${place[1]}`);
          assert.deepEqual([first.line, first.column], [Number(place[2]), Number(place[3])], first.message);
          return true;
        },
      );
    });
  }
});
