import assert from "node:assert/strict";
import { test } from "node:test";
import { TenonError } from "@tenon/contract";

test("notes are added where an error has none, and those that it has stay", () => {
  const bare = new TenonError("start-failed", "it ended", { details: { code: 3 }, sideEffects: "none" });
  const told = TenonError.from(bare, "internal", { notes: ["its last words"], plugin: "p" });
  assert.deepEqual(
    [told.code, told.notes, told.plugin, told.details, told.sideEffects],
    ["start-failed", ["its last words"], "p", { code: 3 }, "none"],
  );
  assert.deepEqual(TenonError.from(told, "internal", { notes: ["others"] }).notes, ["its last words"]);
  assert.equal(TenonError.from(bare, "internal", { notes: [] }), bare);
});
