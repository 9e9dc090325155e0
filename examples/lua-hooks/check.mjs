// An editor with a script: `node check.mjs` loads it, calls its hooks, stops a bad one, and loads it anew when it is saved.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { contractFromResolve, createHost, resolveWit } from "tenon";
import { luaDriver } from "tenon/lua";

const here = (name) => new URL(name, import.meta.url);
const contract = contractFromResolve(resolveWit(readFileSync(here("editor.wit"), "utf8")).resolve, 0);
const lines = ["local x = 1   ", "return x", "\t"];
const messages = [];
const editor = {
  line: (number) => lines[number - 1],
  notify: async (message) => {
    await setTimeout(5);
    messages.push(message);
  },
};

const folder = mkdtempSync(join(tmpdir(), "tenon-lua-hooks-"));
const script = join(folder, "trim.lua");
copyFileSync(here("trim.lua"), script);
const source = readFileSync(script, "utf8");
assert.ok(source.trim().split("\n").length < 10, "two hooks in under ten lines");

const logged = [];
const host = createHost({ drivers: [luaDriver], onLog: ({ text }) => logged.push(text) });
try {
  const { hooks } = await host.load(contract, {
    id: "trim",
    boundary: "lua",
    artifact: { script, watch: true, fuel: 10_000_000 },
    imports: { editor },
  });
  assert.deepEqual(await hooks.beforeSave("x.lua", 3), [
    { line: 1, newText: "local x = 1" },
    { line: 3, newText: "" },
  ]);
  assert.equal(await hooks.onKey("F5"), true);

  // The author saves a change; the editor goes on with it. This one waits for the editor, and then never ends.
  const changed =
    'on_key = function(key) editor.notify("saw " .. key) while key == "x" do pcall(error) end return true end';
  writeFileSync(script, source.replace(/on_key = .* end/, `${changed}`));
  for (let left = 500; !logged.some((text) => text.includes("loaded anew")); left--) {
    assert.ok(left > 0, "the script is not loaded anew");
    await setTimeout(20);
  }
  assert.equal(await hooks.onKey("F6"), true);
  await assert.rejects(hooks.onKey("x"), { code: "resource-exhausted" });
  assert.equal(await hooks.onKey("F7"), true);
  assert.deepEqual(messages, ["saw F6", "saw x", "saw F7"]);
  console.log(
    `an editor's hooks in Lua: 2 lines trimmed, the script was saved once and stopped once, ${messages.length} messages`,
  );
} finally {
  await host.close();
  rmSync(folder, { recursive: true });
}
