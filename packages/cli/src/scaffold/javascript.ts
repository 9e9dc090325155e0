// A plugin model -> a TypeScript or JavaScript plugin: one definePlugin module, behind import, worker or stdio as it is.
import { createRequire } from "node:module";
import { camelCase, generateTypeScript } from "@tenon/contract";
import { numericArray } from "@tenon/abi";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, NamedType, PluginModel, TypeModel } from "./model.ts";
import type { Generator, Scaffold, ScaffoldOptions } from "./scaffold.ts";

const version = (createRequire(import.meta.url)("../../package.json") as { readonly version: string }).version;

export const typescript: Generator = {
  boundaries: ["import", "worker", "stdio"],
  needs: "Node 20.19 or later and the package `tenon`",
  generate: (model, options) => generate(model, options, true),
};

export const javascript: Generator = {
  boundaries: ["import", "worker", "stdio"],
  needs: "Node 20.19 or later and the package `tenon`",
  generate: (model, options) => generate(model, options, false),
};

function generate(model: PluginModel, options: ScaffoldOptions, isTyped: boolean): Scaffold {
  const { resolve, world } = options.source;
  const { files } = generateTypeScript(resolve, world, { language: isTyped ? "typescript" : "javascript" });
  const extension = isTyped ? "ts" : "js";
  const contract = {
    module: `./contract/${files[0]?.path ?? ""}`,
    name: /^export const (\w+)/m.exec(files[0]?.text ?? "")?.[1] ?? "plugin",
  };
  const built = isTyped ? "dist" : "src";
  const module = `\${plugin}/${built}/plugin.js`;
  return {
    files: [
      ...files.map(({ path, text }) => ({ path: `src/contract/${path}`, text })),
      { path: `src/plugin.${extension}`, text: pluginFile(model, options, contract) },
      { path: `src/serve.${extension}`, text: serveFile(extension) },
      { path: "test/plugin.test.mjs", text: testFile(model, options, `../${built}/plugin.js`) },
      { path: "package.json", text: `${JSON.stringify(packageJson(options.name, isTyped), null, 2)}\n` },
      { path: ".gitignore", text: isTyped ? "node_modules/\ndist/\n" : "node_modules/\n" },
      ...(isTyped ? [{ path: "tsconfig.json", text: `${JSON.stringify(TSCONFIG, null, 2)}\n` }] : []),
    ],
    artifacts: [
      { id: "module", boundary: "import", module },
      { id: "thread", boundary: "worker", module },
      { id: "process", boundary: "stdio", command: ["${node}", `\${plugin}/${built}/serve.js`] },
    ],
    build: isTyped ? ["npm install", "npm run build"] : ["npm install"],
    test: ["npm test"],
    main: `src/plugin.${extension}`,
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    types: [],
    rootDir: "src",
    outDir: "dist",
  },
  include: ["src"],
};

function packageJson(name: string, isTyped: boolean): unknown {
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { ...(isTyped && { build: "tsc" }), test: "node --test test/plugin.test.mjs" },
    dependencies: { tenon: `^${version}` },
    ...(isTyped && { devDependencies: { typescript: "^7.0.2" } }),
    engines: { node: ">=20.19" },
  };
}

function pluginFile(
  { contract, exports, imports }: PluginModel,
  { name, isHello }: ScaffoldOptions,
  from: { module: string; name: string },
): string {
  const members = exports.map((owner) => {
    const functions = owner.functions.map((func) => functionText(func, isHello)).join("\n");
    return owner.key === "" ? functions : `${owner.key}: {\n${indent(functions, "  ")}},\n`;
  });
  const host = imports.length === 0 ? "()" : "(host)";
  // A parameter that no stub uses yet would look like a mistake; this line shows what it is for.
  const hint =
    imports[0] === undefined
      ? ""
      : `  // The host's functions:\n${imports.map((one) => `  //   ${hostNames(one)}\n`).join("")}`;
  return `// The plugin ${name} for ${contract.id}.
import { definePlugin } from "tenon/plugin";
import { ${from.name} } from "${from.module}";

export default definePlugin(${from.name}, ${host} => ({
${hint}${indent(members.join(""), "  ")}}));
`;
}

function hostNames({ key, functions }: InterfaceModel): string {
  const prefix = key === "" ? "host" : `host.${key}`;
  return functions.map(({ label }) => `${prefix}.${camelCase(label)}`).join(", ");
}

function functionText(func: FunctionModel, isHello: boolean): string {
  const params = func.params.map(({ name }) => parameter(name)).join(", ");
  const zero = func.result === undefined ? "" : `return ${zeroText(func.result)};`;
  const body =
    (isHello ? HELLO_BODIES[func.path]?.javascript : undefined) ??
    `// Your code goes here.${zero === "" ? "" : `\n${zero}`}`;
  const docs =
    func.docs === ""
      ? ""
      : `/**\n${func.docs.replaceAll("*/", "* /").replace(/^/gm, " * ").replace(/ +$/gm, "")}\n */\n`;
  return `${docs}${camelCase(func.label)}: (${params}) => {\n${indent(body, "  ")}\n},\n`;
}

const RESERVED: ReadonlySet<string> = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

export function parameter(label: string): string {
  const name = camelCase(label);
  return RESERVED.has(name) ? `${name}_` : name;
}

/** A value of the type that says nothing: what a stub returns. */
export function zeroText(type: TypeModel): string {
  switch (type.kind) {
    case "primitive":
      if (type.name === "u64" || type.name === "s64") return "0n";
      return { bool: "false", char: '"?"', string: '""', "error-context": '""' }[type.name as string] ?? "0";
    case "named":
      return namedZero(type.type);
    case "list":
      return listZero(type.element, type.length);
    case "map":
      return "new Map()";
    case "option":
      return type.item.kind === "option" ? '{ tag: "none" }' : "undefined";
    case "tuple":
      return `[${type.items.map(zeroText).join(", ")}]`;
    case "result":
      return type.ok === undefined ? '{ tag: "ok" }' : `{ tag: "ok", val: ${zeroText(type.ok)} }`;
  }
}

function listZero(element: TypeModel, length: number | undefined): string {
  const array = element.kind === "primitive" ? numericArray({ kind: element.name }) : undefined;
  if (array !== undefined) return `new ${array.create(0).constructor.name}(${length ?? 0})`;
  return length === undefined ? "[]" : `Array.from({ length: ${length} }, () => ${zeroText(element)})`;
}

function namedZero(type: NamedType): string {
  switch (type.kind) {
    case "record": {
      const needed = type.fields.filter((field) => field.type.kind !== "option" || field.type.item.kind === "option");
      return needed.length === 0
        ? "{}"
        : `{ ${needed.map((field) => `${camelCase(field.name)}: ${zeroText(field.type)}`).join(", ")} }`;
    }
    case "variant": {
      const [first] = type.cases;
      return `{ tag: ${JSON.stringify(first?.name ?? "")}${first?.type === undefined ? "" : `, val: ${zeroText(first.type)}`} }`;
    }
    case "enum":
      return JSON.stringify(type.labels[0]?.name ?? "");
    case "flags":
      return "{}";
  }
}

function serveFile(extension: string): string {
  return `// The same plugin as a process of its own, for the stdio boundary.
import { serve } from "tenon/serve";
import plugin from "./plugin.${extension}";

await serve(plugin);
`;
}

function testFile({ imports }: PluginModel, { isHello }: ScaffoldOptions, module: string): string {
  const members = imports.map(({ key, functions }) => {
    const list = functions.map(({ label }) => `${camelCase(label)}: () => assert.fail("not expected")`).join(", ");
    return key === "" ? list : `${key}: { ${list} }`;
  });
  const given = imports.length === 0 ? "" : `,\n    imports: { ${members.join(", ")} }`;
  const check = isHello
    ? `  assert.deepEqual(await loaded.greeter.greet("Ada"), { tag: "ok", val: "Hello, Ada!" });
  assert.equal(await loaded.greeter.sum(Int32Array.of(1, 2, 3)), 6n);
`
    : `  assert.equal(loaded.state, "ready");
`;
  return `// The plugin behind the import boundary, as a host has it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHost } from "tenon";
import { importDriver } from "tenon/import";
import plugin from "${module}";

test("the plugin speaks its contract", async (t) => {
  const host = createHost({ drivers: [importDriver], validate: true });
  t.after(() => host.close());
  const loaded = await host.load(plugin.contract, {
    id: "plugin",
    boundary: "import",
    artifact: { module: plugin }${given},
  });
${check}});
`;
}
