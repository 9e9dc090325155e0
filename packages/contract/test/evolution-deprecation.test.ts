// What a contract calls deprecated: which host functions count for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveWit } from "@tenon/contract";
import { deprecatedImports, takeSnapshot, type Snapshot } from "@tenon/contract/evolution";

const snapshot = (host: string): Snapshot => {
  const loaded = resolveWit(`package demo:shop@1.0.0; interface host { ${host} } interface plugin { run: func(); }
    world shop { import host; export plugin; }`);
  return takeSnapshot(loaded, 0);
};
const GATE = "@since(version = 1.0.0) @deprecated(version = 1.0.0)";
const NOTES = "/// @replaced-by open\n/// @remove-after 2027-06-30\n";

test("a function counts for itself and for every deprecated type that it carries, however deep", () => {
  const found = deprecatedImports(
    snapshot(`${NOTES}${GATE} enum mode { a, b }
      record options { mode: mode }
      open: func(options: list<option<options>>) -> u32;
      plain: func() -> u32;
      ${NOTES}${GATE} read-all: func() -> mode;`),
  );
  assert.deepEqual(
    [...found].map(([key, uses]) => [key, uses.map(({ item }) => item)]),
    [
      ["demo:shop/host.open", ["demo:shop/host#mode"]],
      ["demo:shop/host.read-all", ["demo:shop/host.read-all", "demo:shop/host#mode"]],
    ],
  );
  assert.deepEqual(found.get("demo:shop/host.open"), [
    { item: "demo:shop/host#mode", since: "1.0.0", replacedBy: "open", removeAfter: "2027-06-30" },
  ]);
});

test("where nothing is deprecated there is nothing to count", () => {
  assert.equal(deprecatedImports(snapshot("open: func() -> u32;")).size, 0);
});
