// The `lua` boundary beyond the conformance cases: values, errors, coroutines, host functions, saving while it runs.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createLuaDriver } from "@tenon/drivers/lua";
import { stdioDriver } from "@tenon/drivers/stdio";
import { workerDriver } from "@tenon/drivers/worker";
import { eventually, rejection } from "@tenon/verify";
import { generated, TARGET } from "../generate-lua.mjs";
import { readFileSync } from "node:fs";
import { load } from "./lua-host.ts";

test("the modules are those of the .wat files", async () => {
  assert.equal(readFileSync(TARGET, "utf8"), await generated());
});

describe("values", () => {
  test("options in lists keep their places, with the length in n", async () => {
    await using plugin = await load("return ''");
    const value = { name: "x", size: undefined, extraTags: [undefined, "a", undefined] };
    assert.deepEqual(await plugin.script.item(value), value);
  });

  test("an option in a map is tagged, so that none is not lost", async () => {
    await using plugin = await load("return ''");
    const value = new Map([
      ["a", 1],
      ["b", undefined],
    ]);
    assert.deepEqual(await plugin.script.byName(value), value);
  });

  test("a u64 keeps its 64 bits, from 2^63 on as a negative integer", async () => {
    await using plugin = await load(`return ''`, {
      artifact: { source: wide('assert(math.type(value) == "integer") return value + 1') },
    });
    assert.equal(await plugin.script.wide(2n ** 53n + 1n), 2n ** 53n + 2n);
    assert.equal(await plugin.script.wide(2n ** 63n), 2n ** 63n + 1n);
    assert.equal(await plugin.script.wide(2n ** 64n - 1n), 0n);
  });

  test("whole floats are integers, fractions and strings are not", async () => {
    await using plugin = await load("", { artifact: { source: wide("return value == 1 and 6 / 2 or '3'") } });
    assert.equal(await plugin.script.wide(1n), 3n);
    const error = await rejection(plugin.script.wide(2n), "plugin-trap");
    assert.match(
      error.what,
      /script\.wide returned what does not fit: value: expected u64 \(an integer\), got string "3"/,
    );
  });

  test("what does not fit is named by its path", async () => {
    const source = `
      local function same(value) return value end
return { script = { run = same, item = function() return { name = "x", extra_tags = { n = 2, "a", 5 } } end, part = function()
        return { tag = "many", val = { { name = "x", extra_tags = {} }, { name = {}, extra_tags = {} } } } end,
        wide = same, by_name = same, outcome = function() return 5 end } }`;
    await using plugin = await load("", { artifact: { source } });
    const item = { name: "", size: 1n, extraTags: [] };
    assert.match(
      (await rejection(plugin.script.item(item), "plugin-trap")).what,
      /value\.extra_tags\[2\]: expected string/,
    );
    assert.match(
      (await rejection(plugin.script.part({ tag: "none" }), "plugin-trap")).what,
      /value\.val\[2\]\.name: expected string, got table/,
    );
    const outcome = await rejection(plugin.script.outcome(true), "plugin-trap");
    assert.match(outcome.message, /return ok\(value\) or err\(value\)/);
  });

  test("ok and err make results", async () => {
    await using plugin = await load("return ''");
    assert.deepEqual(await plugin.script.outcome(false), { tag: "ok", val: 1 });
    assert.deepEqual(await plugin.script.outcome(true), { tag: "err", val: "no" });
  });

  test("metatables are not asked, and cycles end where the type does", async () => {
    const source = `
      local asked = false
      local trap = { __index = function() asked = true return "x" end, __len = function() asked = true return 9 end }
      local loop = { name = "l", extra_tags = setmetatable({}, trap) }
      loop.self = loop
      local function same(value) return value end
return { script = { run = function() return tostring(asked) end, item = function() return loop end, part = same, wide = same,
        by_name = same, outcome = same } }`;
    await using plugin = await load("", { artifact: { source } });
    assert.deepEqual(await plugin.script.item({ name: "", size: undefined, extraTags: [] }), {
      name: "l",
      size: undefined,
      extraTags: [],
    });
    assert.equal(await plugin.script.run(1), "false");
  });

  test("a string that is not UTF-8 is no string", async () => {
    await using plugin = await load(`return "\\xff"`);
    assert.match((await rejection(plugin.script.run(1), "plugin-trap")).what, /not UTF-8/);
  });
});

describe("errors", () => {
  test("say file and line, and bring the traceback", async () => {
    await using plugin = await load("local function inner() error('deep') end inner()");
    const error = await rejection(plugin.script.run(1), "plugin-trap");
    assert.match(error.what, /^test\.lua:\d+: deep$/);
    assert.match(error.notes.join("\n"), /test\.lua:\d+: in (local|upvalue|function)/);
  });

  test("that are no strings are described", async () => {
    await using plugin = await load("error({ code = 1 })");
    assert.match((await rejection(plugin.script.run(1), "plugin-trap")).what, /no text: table/);
  });

  test("in the syntax are a failed start with the line", async () => {
    await assert.rejects(load("local = 1"), /start-failed.*test\.lua:\d+/s);
  });

  test("of host functions can be caught, and are themselves where they are not", async () => {
    await using plugin = await load(`
      local f = n % 2 == 0 and host.broken or host.broken_later
      if n < 2 then local ok, text = pcall(function() return (f()) end) return text end
      f()`);
    assert.match(await plugin.script.run(0), /test\.lua:\d+: host\.broken: Error: broken on purpose/);
    assert.match(await plugin.script.run(1), /host\.broken-later: Error: broken later/);
    assert.match((await rejection(plugin.script.run(2), "host-function-failed")).what, /broken on purpose/);
    assert.match((await rejection(plugin.script.run(3), "host-function-failed")).what, /broken later/);
  });

  test("of arguments and results of host functions name them", async () => {
    await using plugin = await load(`
      if n == 0 then return select(2, pcall(host.double, "x")) end
      return select(2, pcall(host.wrong))`);
    assert.match(await plugin.script.run(0), /host\.double: n: expected u32 .* got string "x"/);
    assert.match(await plugin.script.run(1), /host\.wrong gave no value of its type: result: expected/);
  });
});

test("a host function of many parameters takes few arguments and too many", async () => {
  await using plugin = await load(`
    local all = {}
    for i = 1, 40 do all[i] = i end
    local counts = { host.many(), host.many(1), host.many(table.unpack(all, 1, 32)), host.many(table.unpack(all)) }
    local function deep(n) if n == 0 then return host.many() end return (deep(n - 1)) end
    for i = 1, 200 do coroutine.wrap(function() return deep(i) end)() end
    return table.concat(counts, " ")`);
  assert.equal(await plugin.script.run(0), "0 1 32 32");
});

describe("host functions that answer later", () => {
  test("work in coroutines, iterators and protected calls of the script", async () => {
    await using plugin = await load(`
      local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(host.later(i)) end end)
      local seen = {}
      for v in gen do seen[#seen + 1] = v end
      local co = coroutine.create(function(a) local b = coroutine.yield(host.later(a)) return host.later(b), "end" end)
      seen[#seen + 1] = select(2, coroutine.resume(co, 10))
      local _, x, y = coroutine.resume(co, 20)
      seen[#seen + 1] = x
      seen[#seen + 1] = y
      seen[#seen + 1] = select(2, pcall(function() return host.later(4) end))
      local object = setmetatable({}, { __index = function(_, k) return host.later(k) end })
      seen[#seen + 1] = object[8]
      return table.concat(seen, " ")`);
    assert.equal(await plugin.script.run(1), "2 4 6 20 40 end 8 16");
  });

  test("say where they cannot be awaited, and nothing is lost", async () => {
    await using plugin = await load(`
      if n == 0 then return tostring(select(2, pcall(table.sort, { 2, 1 }, function(a) return host.later(a) > 0 end))) end
      return tostring(host.later(n))`);
    assert.match(await plugin.script.run(0), /host\.later answers later, which cannot be awaited here/);
    assert.equal(await plugin.script.run(4), "8");
  });

  test("are refused in synchronous calls", async () => {
    await using plugin = await load(`return tostring(n == 0 and host.double(3) or host.later(n))`);
    assert.equal(plugin.sync.run(0), "6");
    assert.throws(() => plugin.sync.run(1), { code: "boundary-unsupported" });
    assert.equal(await plugin.script.run(1), "2");
  });

  test("also while the script loads", async () => {
    const source = `local answer = host.later(21)
      local function same(value) return value end
return { script = { run = function() return tostring(answer) end, item = same, part = same, wide = same, by_name = same,
        outcome = same } }`;
    await using plugin = await load("", { artifact: { source } });
    assert.equal(await plugin.script.run(1), "42");
  });

  test("a script's own yield outside of its coroutines is an error, not a hang", async () => {
    await using plugin = await load("coroutine.yield(1) return ''");
    assert.match((await rejection(plugin.script.run(1), "plugin-trap")).what, /outside a coroutine/);
    assert.match((await rejection(plugin.script.run(1), "plugin-trap")).what, /outside a coroutine/);
  });
});

const everywhere = createLuaDriver({
  worker: workerDriver,
  process: { stdio: stdioDriver, program: new URL("../../tenon/dist/child-sandbox.js", import.meta.url) },
});

/** For a process that starts on a machine with other work. */
const PATIENT_MS = 60_000;

for (const isolation of ["inline", "worker", "process"] as const)
  test(`a watched script, ${isolation}, is loaded anew when it is saved, and the old one goes on where the new one is broken`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "tenon-lua-"));
    try {
      const script = join(folder, "hooks.lua");
      const write = (text: string): Promise<void> =>
        writeFile(script, wide("return value").replace("run = same", `run = function() return ${text} end`));
      await write("'one'");
      await using plugin = await load("", { driver: everywhere, artifact: { script, watch: true, isolation } });
      assert.equal(await plugin.script.run(1), "one");
      await write("'two'");
      await eventually(
        "the new script answers",
        () => plugin.logs.some(({ text }) => text.includes("loaded anew")),
        PATIENT_MS,
      );
      assert.equal(await plugin.script.run(1), "two");
      await write("'three' +");
      await eventually("the fault is told", () => plugin.logs.some(({ level }) => level === "error"), PATIENT_MS);
      assert.match(plugin.logs.find(({ level }) => level === "error")!.text, /test\.lua:\d+|hooks\.lua:\d+/);
      assert.equal(await plugin.script.run(1), "two");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

/** A whole script whose function `wide` does what `body` says. */
function wide(body: string): string {
  return `local function same(value) return value end
return { script = { run = same, item = same, part = same, by_name = same, outcome = same,
  wide = function(value) ${body} end } }`;
}
