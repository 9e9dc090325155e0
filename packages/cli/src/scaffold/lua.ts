// A plugin model -> a Lua plugin: one script behind the lua boundary, annotations for the editor, and a test in Node.
import { createRequire } from "node:module";
import { camelCase, generateLua, isLuaKeyword, luaGlobal, luaName } from "@tenon/contract";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, NamedType, PluginModel, TypeModel } from "./model.ts";
import type { Generator, Scaffold, ScaffoldOptions } from "./scaffold.ts";

const version = (createRequire(import.meta.url)("../../package.json") as { readonly version: string }).version;

export const lua: Generator = {
  boundaries: ["lua"],
  needs: "Node 20.19 or later and the packages `tenon` and `wasmoon`",
  generate,
};

function generate(model: PluginModel, options: ScaffoldOptions): Scaffold {
  const { resolve, world } = options.source;
  const { files } = generateLua(resolve, world);
  return {
    files: [
      ...files.map(({ path, text }) => ({ path: `annotations/${path}`, text })),
      { path: "plugin.lua", text: pluginFile(model, options) },
      { path: "test/plugin.test.mjs", text: testFile(model, options) },
      { path: "package.json", text: `${JSON.stringify(packageJson(options.name), null, 2)}\n` },
      { path: ".luarc.json", text: `${JSON.stringify(EDITOR, null, 2)}\n` },
      { path: ".gitignore", text: "node_modules/\n" },
    ],
    artifacts: [{ id: "script", boundary: "lua", script: "${plugin}/plugin.lua" }],
    build: ["npm install"],
    test: ["npm test"],
    main: "plugin.lua",
  };
}

/** For the Lua language server: what the sandbox has, and where the host's functions are declared. */
const EDITOR = {
  "runtime.version": "Lua 5.4",
  "runtime.builtin": { io: "disable", package: "disable", debug: "disable" },
  "workspace.library": ["annotations"],
};

function packageJson(name: string): unknown {
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { test: "node --test test/plugin.test.mjs" },
    // Exactly this one: the host drives its Lua by an interface that another version may not have.
    dependencies: { tenon: `^${version}`, wasmoon: "1.16.0" },
    engines: { node: ">=20.19" },
  };
}

function pluginFile({ contract, exports, imports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const tables = exports.filter(({ key }) => key !== "").map(({ key }) => `${fieldText(luaGlobal(key))} = {}`);
  const functions = exports.flatMap((owner) => owner.functions.map((func) => functionText(owner, func, isHello)));
  const hint =
    imports.length === 0
      ? ""
      : `-- The host's functions:\n${imports.map((one) => `--   ${hostNames(one)}\n`).join("")}\n`;
  return `-- The plugin ${name}.
-- contract: ${contract.id}

${hint}local plugin = { ${tables.join(", ")} }

${functions.join("\n")}
return plugin
`;
}

function hostNames({ key, functions }: InterfaceModel): string {
  const prefix = key === "" ? "" : `${luaGlobal(key)}.`;
  return functions.map(({ label }) => `${prefix}${key === "" ? luaGlobal(label) : luaName(label)}`).join(", ");
}

function functionText({ key }: InterfaceModel, func: FunctionModel, isHello: boolean): string {
  const params = func.params.map(({ name }) => luaGlobal(name)).join(", ");
  const zero = func.result === undefined ? "" : `\nreturn ${zeroText(func.result)}`;
  const body = (isHello ? HELLO_BODIES[func.path]?.lua : undefined) ?? `-- Your code goes here.${zero}`;
  const docs = func.docs === "" ? "" : `${func.docs.replace(/^/gm, "--- ").replace(/ +$/gm, "")}\n`;
  const owner = key === "" ? "plugin" : `plugin${memberText(luaGlobal(key))}`;
  const name = luaName(func.label);
  const head = isLuaKeyword(name)
    ? `${owner}["${name}"] = function(${params})`
    : `function ${owner}.${name}(${params})`;
  return `${docs}${head}\n${indent(body, "  ")}\nend\n`;
}

function memberText(name: string): string {
  return isLuaKeyword(name) ? `["${name}"]` : `.${name}`;
}

function fieldText(name: string): string {
  return isLuaKeyword(name) ? `["${name}"]` : name;
}

/** A value of the type that says nothing: what a stub returns. */
function zeroText(type: TypeModel): string {
  switch (type.kind) {
    case "primitive":
      return { bool: "false", char: '"?"', string: '""', "error-context": '""' }[type.name as string] ?? "0";
    case "named":
      return namedZero(type.type);
    case "list":
      return listZero(type.element, type.length ?? 0);
    case "map":
      return "{}";
    case "option":
      return type.item.kind === "option" ? '{ tag = "none" }' : "nil";
    case "tuple":
      return `{ ${type.items.map(zeroText).join(", ")} }`;
    case "result":
      return `ok(${type.ok === undefined ? "" : zeroText(type.ok)})`;
  }
}

function listZero(element: TypeModel, length: number): string {
  const isBytes = element.kind === "primitive" && element.name === "u8";
  if (isBytes) return length === 0 ? '""' : `("\\0"):rep(${length})`;
  if (length === 0) return "{}";
  const items = Array.from({ length }, () => zeroText(element)).join(", ");
  return element.kind === "option" ? `{ n = ${length}, ${items} }` : `{ ${items} }`;
}

function namedZero(type: NamedType): string {
  switch (type.kind) {
    case "record": {
      const needed = type.fields.filter((field) => field.type.kind !== "option" || field.type.item.kind === "option");
      const fields = needed.map((field) => `${fieldText(luaName(field.name))} = ${zeroText(field.type)}`);
      return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
    }
    case "variant": {
      const [first] = type.cases;
      return `{ tag = ${JSON.stringify(first?.name ?? "")}${first?.type === undefined ? "" : `, val = ${zeroText(first.type)}`} }`;
    }
    case "enum":
      return JSON.stringify(type.labels[0]?.name ?? "");
    case "flags":
      return "{}";
  }
}

function testFile({ imports }: PluginModel, { isHello, source }: ScaffoldOptions): string {
  const world = source.resolve.worlds[source.world]?.name;
  const members = imports.map(({ key, functions }) => {
    const list = functions.map(({ label }) => `${camelCase(label)}: () => assert.fail("not expected")`).join(", ");
    return key === "" ? list : `${key}: { ${list} }`;
  });
  const check = isHello
    ? `  assert.deepEqual(await loaded.greeter.greet("Ada"), { tag: "ok", val: "Hello, Ada!" });
  assert.equal(await loaded.greeter.sum(Int32Array.of(1, 2, 3)), 6n);
`
    : `  await loaded.start();
  assert.equal(loaded.state, "ready");
`;
  return `// The plugin behind the lua boundary, as a host has it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contractFromResolve, createHost, resolveWit } from "tenon";
import { luaDriver } from "tenon/lua";

test("the plugin speaks its contract", async (t) => {
  const host = createHost({ drivers: [luaDriver] });
  t.after(() => host.close());
  const { resolve } = resolveWit(readFileSync(new URL("../contract.wit", import.meta.url), "utf8"));
  const world = resolve.worlds.findIndex(({ name }) => name === ${JSON.stringify(world)});
  const contract = contractFromResolve(resolve, world);
  const loaded = await host.load(contract, {
    id: "plugin",
    boundary: "lua",
    artifact: { script: new URL("../plugin.lua", import.meta.url) },
    imports: { ${members.join(", ")} },
  });
${check}});
`;
}
