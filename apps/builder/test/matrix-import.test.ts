import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenonError } from "@tenon/contract";
import { createHost } from "@tenon/host";
import { importDriver } from "tenon/import";
import { createContractHistory } from "tenon/adapt";
import { contractOf, history } from "./matrix-history.ts";
import { FORMS } from "./matrix-forms.ts";
import { hostFunctions, nothingSeen } from "./matrix-host.ts";
import { testMatrix } from "./matrix.ts";

testMatrix("import", FORMS.import, importDriver);

test("a host that does not know the plugin's version names it as the oldest host that would do", async () => {
  const imports = hostFunctions(nothingSeen());
  const artifact = await FORMS.import.artifact("0.2.0");
  const until = createContractHistory({ snapshots: history.snapshots.slice(0, 4) });
  await using host = createHost({ drivers: [importDriver], history: [until] });
  const options = { id: "newer", boundary: "import", artifact, imports };
  await assert.rejects(host.load(contractOf("0.1.3"), options), (error: TenonError) => {
    assert.equal(error.code, "contract-mismatch");
    assert.match(
      error.hint,
      /newest version of the plugin that was built for 0\.1\.3 or 0\.1\.2 or 0\.1\.1 or 0\.1\.0;/,
    );
    assert.match(error.hint, /or a host of 0\.2\.0, the oldest that runs this one/);
    return true;
  });
});
