// What waits in .changeset/ becomes one section of the one changelog.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { waitingChanges, withSection } from "../release.mjs";

test("the sentences of waiting changesets, without their heads and without the README", () => {
  const folder = mkdtempSync(join(tmpdir(), "tenon-changes-"));
  try {
    writeFileSync(join(folder, "b.md"), '---\n"tenon": patch\n---\n\nSecond.\n');
    writeFileSync(join(folder, "a.md"), '---\n"tenon": minor\n---\n\nFirst,\nin two lines.\n');
    writeFileSync(join(folder, "README.md"), "# Changesets\n");
    writeFileSync(join(folder, "config.json"), "{}\n");
    assert.deepEqual(waitingChanges(folder), ["First,\nin two lines.", "Second."]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a new section stands above the earlier ones and below the head", () => {
  const first = withSection("# Changelog\n\nHead.\n", "0.1.0", "2026-01-01", ["One"]);
  assert.equal(first, "# Changelog\n\nHead.\n\n## 0.1.0 (2026-01-01)\n\n- One\n");
  const second = withSection(first, "0.2.0", "2026-02-02", ["Two,\nlong", "Three"]);
  assert.equal(
    second,
    "# Changelog\n\nHead.\n\n## 0.2.0 (2026-02-02)\n\n- Two,\n  long\n- Three\n\n## 0.1.0 (2026-01-01)\n\n- One\n",
  );
});
