// LuaLS annotations: the types, the host's functions and the table that a script returns.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateLua, resolveWit } from "@tenon/contract";

const WIT = `
package demo:edit@0.1.0;

interface types {
  /// One place.
  record place { line: u32, end: option<u32>, parts: list<option<string>> }
  enum mode { insert, over-write }
  variant key { letter(char), none }
  flags marks { bold, italic }
}

/// What the editor offers.
interface editor {
  use types.{place, mode};
  /// Shows a text.
  show: func(text: string, at: option<place>) -> result<_, string>;
  %end: func(%repeat: mode);
}

interface hooks {
  use types.{key, marks};
  on-key: func(key: key) -> list<u8>;
  on-marks: func(marks: marks, by-name: map<string, option<u32>>) -> option<option<u8>>;
}

world plugin {
  import editor;
  export hooks;
  export run: func(at: tuple<u32, string>) -> list<list<string>>;
}
`;

test("every type, function and comment is there, in Lua's words", () => {
  const { resolve } = resolveWit(WIT);
  const [file] = generateLua(resolve, 0).files;
  assert.equal(file?.path, "plugin.d.lua");
  const text = file.text;
  const has = (part: string): void => assert.ok(text.includes(part), `missing: ${part}\n${text}`);
  assert.ok(text.startsWith("---@meta\n"));
  has('---One place.\n---@class Place\n---@field line integer\n---@field ["end"]? integer\n');
  has("---@field parts { n: integer, [integer]: string? }\n");
  has('---@alias Mode "insert"|"over-write"\n');
  has('---@alias Key { tag: "letter", val: string }|{ tag: "none" }\n');
  has("---@class Marks\n---@field bold? boolean\n---@field italic? boolean\n");
  has("---What the editor offers.\n---@class Editor\neditor = {}\n");
  has(
    '---Shows a text.\n---@param text string\n---@param at? Place\n---@return { tag: "ok" }|{ tag: "err", val: string }\nfunction editor.show(text, at) end\n',
  );
  has('---@param repeat_ Mode\neditor["end"] = function(repeat_) end\n');
  has("---@class Hooks\nlocal Hooks = {}\n\n---@param key Key\n---@return string\nfunction Hooks.on_key(key) end\n");
  has('---@param by_name table<string, { tag: "some", val: integer }|{ tag: "none" }>\n');
  has('---@return { tag: "some", val: integer? }|{ tag: "none" }\n');
  has("---@class PluginExports\n---@field hooks Hooks\n---@field run fun(at: [integer, string]): string[][]\n");
});

test("a comment of the WIT stays a comment", () => {
  const wit = "package a:b; /// one\n/// ]] os.exit() --[[\ninterface i { f: func(); } world w { export i; }";
  const text = generateLua(resolveWit(wit).resolve, 0).files[0]?.text ?? "";
  const code = text.split("\n").filter((line) => line !== "" && !line.startsWith("--"));
  assert.deepEqual(code, ["function ok(value) end", "function err(value) end", "local I = {}", "function I.f() end"]);
});
