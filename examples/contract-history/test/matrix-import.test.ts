import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { createHost } from "@tenon/host";
import { importDriver } from "tenon/import";
import { contractOf, historyUntil } from "../history.mjs";
import { FORMS } from "./build.ts";
import { hostFunctions } from "./host-of.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("import", FORMS.import, importDriver);

test("a host that does not know the plugin's version names it as the oldest host that would do", async () => {
  const imports = hostFunctions({ progress: [], stages: [], logs: [] });
  const artifact = await FORMS.import.artifact("2.0.0");
  await using host = createHost({ drivers: [importDriver], history: [historyUntil("1.3.0")] });
  const options = { id: "newer", boundary: "import", artifact, imports };
  await assert.rejects(host.load(contractOf("1.3.0"), options), (error: TenonError) => {
    assert.equal(error.code, "contract-mismatch");
    assert.match(
      error.hint,
      /newest version of the plugin that was built for 1\.3\.0 or 1\.2\.0 or 1\.1\.0 or 1\.0\.0;/,
    );
    assert.match(error.hint, /or a host of 2\.0\.0, the oldest that runs this one/);
    return true;
  });
});
