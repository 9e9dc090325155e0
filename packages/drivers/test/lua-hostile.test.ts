// Scripts that mean harm, each ended by its limit or refused, with the host as it was before.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { luaDriver } from "@tenon/drivers/lua";
import { rejection } from "@tenon/verify";
import { load, type Loaded } from "./lua-host.ts";

const FUEL = 20_000_000;

/** What no `pcall` of the script may stop; each ends with `resource-exhausted`, and the next call finds a new state. */
const ENDLESS: Readonly<Record<string, string>> = {
  "a loop": "while true do end",
  "a loop of protected loops": "while true do pcall(function() while true do end end) end",
  "a loop with an error handler that loops": "xpcall(error, function() while true do end end)",
  "a backtracking pattern": `return tostring(string.find(("a"):rep(200000), ".-.-.-.-b$"))`,
  "a backtracking gsub": `return (string.gsub(("a"):rep(200000), ".-.-.-.-b", ""))`,
  "a comparison that never agrees": "while true do pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end) end",
  "coroutines without end": "while true do coroutine.wrap(function() coroutine.yield() end)() end",
  "a coroutine that catches everything": "coroutine.wrap(function() while true do pcall(error) end end)()",
  "a loop in a metamethod":
    "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(function() return t[1] end) end",
  "a loop that closes": "local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x')",
  "a table that is moved for ever":
    "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.move(t, 1, #t, 2) end",
  "text that is compared for ever": `local a, b = ("x"):rep(1e6), ("x"):rep(1e6 - 1) .. "x" while true do local _ = a < b end`,
  "a loader that never ends": `load(function() return "x = 1 " end)`,
  "a format in a loop": `while true do local _ = ("%99.99f"):format(1e308) end`,
};

describe("work without end", () => {
  for (const [name, body] of Object.entries(ENDLESS)) {
    test(name, async () => {
      await using plugin = await load(`if n == 1 then return "fine" end ${body}`, { artifact: { fuel: FUEL } });
      const error = await rejection(plugin.script.run(0), "resource-exhausted");
      assert.match(error.what, /fuel|memory/);
      assert.equal(await plugin.script.run(1), "fine");
    });
  }

  test("a script that loops while it loads fails to start", async () => {
    await assert.rejects(load("", { artifact: { source: "while true do end", fuel: FUEL } }), {
      code: "resource-exhausted",
    });
  });

  test("calls that wait end with the state, once", async () => {
    await using plugin = await load(`if n == 0 then while true do end end return tostring(host.later(n))`, {
      artifact: { fuel: FUEL },
    });
    const waiting = [plugin.script.run(1), plugin.script.run(2)];
    const killed = plugin.script.run(0);
    for (const one of waiting) await rejection(one, "plugin-crashed");
    await rejection(killed, "resource-exhausted");
    assert.equal(await plugin.script.run(3), "6");
  });

  test("host and script that call each other for ever end at a depth, with a typed error", async () => {
    const deep = (n: number, { sync }: Loaded): number => Number(sync.run(n + 1));
    await using plugin = await load("if n == 1000 then return 'fine' end return tostring(host.later(n))", {
      later: deep,
    });
    const error = await rejection(plugin.script.run(0), "resource-exhausted");
    assert.match(error.what, /64 times deep/);
    assert.equal(await plugin.script.run(1000), "fine");
  });

  test("a host function that never answers costs the call its deadline, and nothing else", async () => {
    const later = (n: number): Promise<number> => new Promise((resolve) => n > 0 && resolve(n));
    await using plugin = await load("local done, text = pcall(host.later, n) return tostring(done) .. tostring(text)", {
      later,
    });
    // What never answers keeps no program alive, and neither does a deadline.
    const awake = setTimeout(() => {}, 60_000);
    await rejection(plugin.script.run(0, { deadlineMs: 30 }), "deadline-exceeded").finally(() => clearTimeout(awake));
    assert.equal(await plugin.script.run(1), "true1");
  });

  test("without fuel, the host's own thread takes only what it trusts", async () => {
    await assert.rejects(load("return ''", { artifact: { fuel: 0 } }), { code: "capability-unenforceable" });
    await using plugin = await load("return 'trusted'", { artifact: { fuel: 0, trusted: true } });
    assert.equal(await plugin.script.run(0), "trusted");
  });
});

describe("memory", () => {
  const BOMBS: Readonly<Record<string, string>> = {
    "string.rep": `return ("x"):rep(1e9)`,
    "doubling text": `local s = "x" while true do s = s .. s end`,
    "a growing table": "local t = {} while true do t[#t + 1] = {} end",
    "many coroutines": "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "a wide concat": `local t = {} for i = 1, 1e7 do t[i] = "xxxxxxxxxx" end return table.concat(t)`,
    "deep recursion": "local function f() return 1 + f() end return f()",
    "recursion in a handler": "local function f() return xpcall(f, f) end return f()",
  };
  for (const [name, body] of Object.entries(BOMBS)) {
    test(name, async () => {
      const options = { artifact: { fuel: 2_000_000_000 }, limits: { memoryMiB: 8 } };
      await using plugin = await load(`if n == 1 then return "fine" end ${body}`, options);
      const before = process.memoryUsage().rss;
      const error = await rejection(plugin.script.run(0), "resource-exhausted", "plugin-trap");
      assert.match(error.what, /memory|stack overflow|C stack|does not fit/);
      assert.ok(process.memoryUsage().rss - before < 128 * 2 ** 20, "the host's memory stays bounded");
      assert.equal(await plugin.script.run(1), "fine");
    });
  }

  test("can be caught by the script, which goes on", async () => {
    const body = `local ok, text = pcall(string.rep, "x", 1e9) return text`;
    await using plugin = await load(body, { limits: { memoryMiB: 8 } });
    assert.match(await plugin.script.run(0), /not enough memory/);
    assert.match(await plugin.script.run(0), /not enough memory/);
  });

  test("a shared table that unfolds to more than the host takes is refused", async () => {
    const source = `
      local function same(value) return value end
      local item = { name = ("x"):rep(100000), extra_tags = {} }
      local many = {} for i = 1, 100000 do many[i] = item end
return { script = { run = function() return "fine" end, item = same, wide = same, by_name = same, outcome = same,
        part = function() return { tag = "many", val = many } end } }`;
    await using plugin = await load("", { artifact: { source }, limits: { maxMessageBytes: 2 ** 22 } });
    await rejection(plugin.script.part({ tag: "none" }), "resource-exhausted");
    assert.equal(await plugin.script.run(1), "fine");
  });
});

describe("what a script cannot reach", () => {
  const ABSENT = [
    "io",
    "package",
    "require",
    "dofile",
    "loadfile",
    "debug",
    "warn",
    "string.dump",
    "os.execute",
    "os.getenv",
    "os.remove",
    "os.rename",
    "os.tmpname",
    "os.setlocale",
    "os.date",
    "os.time",
    "os.clock",
  ];
  for (const name of ABSENT) {
    test(`${name} is not there`, async () => {
      await using plugin = await load(`return type(${name})`);
      assert.equal(await plugin.script.run(0), "nil");
    });
  }

  test("time is there with its grant", async () => {
    await using plugin = await load("return math.type(os.time()) .. math.type(os.clock())", {
      artifact: { clock: true },
    });
    assert.equal(await plugin.script.run(0), "integerfloat");
  });

  test("random numbers are the same in every state without their grant", async () => {
    const body = "return tostring(math.random(1 << 40))";
    const first = async (random: boolean): Promise<string> => {
      await using plugin = await load(body, { artifact: { random } });
      return await plugin.script.run(0);
    };
    assert.equal(await first(false), await first(false));
    assert.notEqual(await first(true), await first(true));
  });

  const REFUSED: Readonly<Record<string, readonly [body: string, answer: RegExp]>> = {
    "bytecode, whatever mode is asked for": [
      String.raw`return tostring(select(2, load("\27LuaT\0\x19\x93\r\n\26\n", "x", "b")))`,
      /attempt to load a binary chunk/,
    ],
    "the collector's settings": ["return select(2, pcall(collectgarbage, 'stop'))", /only collectgarbage/],
    finalizers: ["return select(2, pcall(setmetatable, {}, { __gc = print }))", /finalizers/],
    "the metatable of strings": ["return tostring(getmetatable('').__index)", /nil|attempt to index/],
    "another metatable for strings": ["return select(2, pcall(setmetatable, 'x', {}))", /table expected/],
    "the host's objects": [
      "return type(host) .. type(host.double) .. tostring(getmetatable(host))",
      /^tablefunctionnil$/,
    ],
    "more than the contract": ["return tostring(host.constructor)", /^nil$/],
    "the token of waiting calls": [
      `local co = coroutine.create(function() return host.later(1) end)
       local results = table.pack(coroutine.resume(co))
       return results.n .. type(results[2]) .. coroutine.status(co)`,
      /^2numberdead$/,
    ],
  };
  for (const [name, [body, answer]] of Object.entries(REFUSED)) {
    test(name, async () => {
      await using plugin = await load(body);
      const got = await plugin.script.run(0).catch((error: Error) => error.message);
      assert.match(got, answer);
    });
  }

  test("bytecode in place of a script", async () => {
    await assert.rejects(load("", { artifact: { source: "\u001bLuaT\u0000" } }), /start-failed.*binary chunk/);
  });

  test("prototypes of the host's values stay as they are", async () => {
    await using plugin = await load(`host.store("__proto__") return "__proto__"`);
    assert.equal(await plugin.script.run(0), "__proto__");
    assert.deepEqual(await plugin.script.byName(new Map([["__proto__", 1]])), new Map([["__proto__", 1]]));
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  test("one plugin sees nothing of another", async () => {
    await using one = await load(`shared = "mine" string.sub = nil return "set"`);
    await using other = await load("return tostring(shared) .. type(string.sub)");
    assert.equal(await one.script.run(0), "set");
    assert.equal(await other.script.run(0), "nilfunction");
  });

  test("what is printed without end is cut", async () => {
    await using plugin = await load(`print(("x"):rep(3e6)) for i = 1, 5000 do print(i) end return ""`, {
      limits: { maxLogLinesPerSecond: 50, maxLogLineBytes: 100 },
    });
    await plugin.script.run(0);
    assert.ok(plugin.logs.length <= 110);
    assert.ok(plugin.logs.every(({ text }) => text.length <= 110));
  });

  test("resources and streams are refused at the start", async () => {
    const { contractFromResolve, resolveWit } = await import("@tenon/contract");
    const { createHost } = await import("@tenon/host");
    const wit = "package a:b; interface c { resource d; e: func() -> d; } world w { export c; }";
    await using host = createHost({ drivers: [luaDriver] });
    await assert.rejects(
      host.load(contractFromResolve(resolveWit(wit).resolve, 0), {
        id: "x",
        boundary: "lua",
        artifact: { source: "return {}" },
        imports: {},
      }),
      { code: "boundary-unsupported" },
    );
  });
});
