// A plugin model -> an AssemblyScript plugin for the `wasm` boundary: plugin.ts for its author, the rest from the WIT and for memory.
import { layoutOf, type CoreType } from "@tenon/abi/canonical";
import { splitContractId } from "@tenon/registry";
import { AssemblyScriptTypes } from "./assemblyscript-types.ts";
import {
  canonicalFunctions,
  eachParameter,
  functionName,
  slots,
  spill,
  unspill,
  valueType,
  type CanonicalFunction,
  type Slot,
  type Syntax,
} from "./canonical.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { PluginModel, TypeModel } from "./model.ts";
import { asName, docLines } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const assemblyscript: Generator = {
  boundaries: ["wasm"],
  needs: "Node 20.19 or later and the package `assemblyscript`",
  generate(model, options) {
    const types = new AssemblyScriptTypes();
    const exported = canonicalFunctions(model, "exports");
    const imported = canonicalFunctions(model, "imports");
    const stubs = exported.map((one) => stubText(one, types, options));
    const code = exported.map((one) => exportText(one, types));
    const host = imported.map((one) => importText(one, types));
    const carriers = types.code;
    const out = `build/${options.name}.wasm`;
    return {
      files: [
        { path: "assembly/plugin.ts", text: pluginFile(model, options, stubs, types) },
        { path: "assembly/contract.ts", text: contractFile(model, types, carriers, host) },
        { path: "assembly/exports.ts", text: exportsFile(model, code, carriers) },
        { path: "assembly/abi.ts", text: template("assemblyscript/abi.ts") },
        {
          path: "assembly/tsconfig.json",
          text: '{ "extends": "assemblyscript/std/assembly.json", "include": ["./*.ts"] }\n',
        },
        { path: "canonical.mjs", text: template("assemblyscript/canonical.mjs") },
        { path: "canonical.json", text: `${JSON.stringify(namesOf(model, exported), null, 2)}\n` },
        { path: "package.json", text: `${JSON.stringify(packageJson(options.name, out), null, 2)}\n` },
        { path: ".gitignore", text: "build/\nnode_modules/\n" },
      ],
      artifacts: [{ id: "wasm", boundary: "wasm", module: `\${plugin}/${out}` }],
      build: ["npm install", "npm run build"],
      test: [],
      main: "assembly/plugin.ts",
    };
  },
};

const CORE: Readonly<Record<CoreType, string>> = { i32: "u32", i64: "u64", f32: "f32", f64: "f64" };
const WORDS = { u8: "u8", s8: "i8", u16: "u16", s16: "i16", i32: "u32", i64: "u64", f32: "f32", f64: "f64" } as const;

const SYNTAX: Syntax = {
  load: (base, offset, width) => {
    const value = `load<${WORDS[width]}>(${base} + ${offset})`;
    return /8|16/.test(width) ? `<u32>${width.startsWith("s") ? "<i32>" : ""}${value}` : value;
  },
  store: (base, offset, width, value) =>
    `store<${WORDS[width]}>(${base} + ${offset}, ${/8|16/.test(width) ? `<${WORDS[width]}>` : ""}${value});`,
  convert: (from, to, value) => {
    if (from === to) return value;
    if (from === "i64") return to === "f64" ? `reinterpret<f64>(${value})` : SYNTAX.convert("i32", to, `<u32>${value}`);
    if (from === "i32") return to === "f32" ? `reinterpret<f32>(${value})` : `<u64>${value}`;
    if (from === "f64") return `reinterpret<u64>(${value})`;
    return SYNTAX.convert("i32", to, `reinterpret<u32>(${value})`);
  },
  when: (value, equals, body) => `if (${value} == ${equals}) {\n${indent(body.join("\n"), "  ")}\n}`,
  assign: (name, value) => `${name} = ${value};`,
};

const declared = (all: readonly Slot[]): string => all.map(({ name, type }) => `${name}: ${CORE[type]}`).join(", ");
const sizeOf = (type: TypeModel): number => layoutOf(valueType(type)).size;
const exportName = (one: CanonicalFunction): string => functionName(one, "camel", "export-");
const doneName = (one: CanonicalFunction): string => functionName(one, "camel", "done-");

/** The function that the host calls: core values in, the author's function, core values out. */
function exportText(one: CanonicalFunction, types: AssemblyScriptTypes): string {
  const { func, signature, frame } = one;
  const params = slots(signature.params, "p");
  const lines: string[] = ["enter();"];
  if (func.params.length > 0 && signature.hasParamsInMemory) lines.push("const frame: usize = p0;");
  else if (func.params.length > 0)
    lines.push(`const frame = alloc(${frame.size});`, ...eachParameter(one, params, "frame", SYNTAX, spill));
  const args = func.params.map(({ type }, index) => types.load(type, `frame + ${frame.offsets[index]}`)).join(", ");
  const call = `plugin.${functionName(one, "camel")}(${args})`;
  const type = signature.results[0];
  if (func.result === undefined) lines.push(`${call};`, "leave();");
  else {
    lines.push(
      `const value = ${call};`,
      `const out = alloc(${sizeOf(func.result)});`,
      types.store(func.result, "out", "value"),
    );
    if (signature.hasResultInMemory) lines.push("return <u32>out;");
    else {
      lines.push(`let r0: ${CORE[type as CoreType]} = 0;`);
      lines.push(
        ...unspill(SYNTAX, valueType(func.result), slots(signature.results, "r"), "out", 0),
        "leave();",
        "return r0;",
      );
    }
  }
  const head = `export function ${exportName(one)}(${declared(params)}): ${type === undefined ? "void" : CORE[type]} {\n${indent(lines.join("\n"), "  ")}\n}\n`;
  if (!signature.hasResultInMemory) return head;
  return `${head}\nexport function ${doneName(one)}(out: u32): void {\n  leave();\n}\n`;
}

/** A function of the host: the author's values into core values, the call, its result as a value. */
function importText(one: CanonicalFunction, types: AssemblyScriptTypes): string {
  const { name, module, func, signature, frame } = one;
  const raw = functionName(one, "camel", "import-");
  const all = slots(signature.params, "p");
  const type = signature.results[0];
  const own = all.slice(0, all.length - (signature.hasResultInMemory ? 1 : 0));
  const lines: string[] = [];
  if (func.params.length > 0) lines.push(`const frame = alloc(${frame.size});`);
  for (const [index, param] of func.params.entries())
    lines.push(types.store(param.type, `frame + ${frame.offsets[index]}`, asName(param.name)));
  if (!signature.hasParamsInMemory)
    lines.push(
      ...own.map((slot) => `let ${declared([slot])} = 0;`),
      ...eachParameter(one, own, "frame", SYNTAX, unspill),
    );
  const passed = signature.hasParamsInMemory ? ["<u32>frame"] : own.map((slot) => slot.name);
  if (func.result === undefined) lines.push(`${raw}(${passed.join(", ")});`);
  else {
    lines.push(`const out = alloc(${sizeOf(func.result)});`);
    if (signature.hasResultInMemory) lines.push(`${raw}(${[...passed, "<u32>out"].join(", ")});`);
    else {
      const slot = { name: "r0", type: type as CoreType };
      lines.push(
        `const r0 = ${raw}(${passed.join(", ")});`,
        ...spill(SYNTAX, valueType(func.result), [slot], "out", 0),
      );
    }
    lines.push(`return ${types.load(func.result, "out")};`);
  }
  const params = func.params.map((param) => `${asName(param.name)}: ${types.name(param.type)}`).join(", ");
  return `// @ts-ignore: a decorator of AssemblyScript
@external(${JSON.stringify(module)}, ${JSON.stringify(name)})
declare function ${raw}(${declared(all)}): ${type === undefined ? "void" : CORE[type]};

${docLines(func.docs, "///")}export function ${functionName(one, "camel", "host-")}(${params}): ${func.result === undefined ? "void" : types.name(func.result)} {
${indent(lines.join("\n"), "  ")}
}
`;
}

function stubText(one: CanonicalFunction, types: AssemblyScriptTypes, { isHello }: ScaffoldOptions): string {
  const { func } = one;
  const params = func.params.map(({ name, type }) => `${asName(name)}: ${types.name(type)}`).join(", ");
  const zero = func.result === undefined ? "" : `\nreturn ${types.zero(func.result)};`;
  const body = (isHello ? HELLO_BODIES[func.path]?.assemblyscript : undefined) ?? `// Your code goes here.${zero}`;
  const result = func.result === undefined ? "void" : types.name(func.result);
  return `${docLines(func.docs, "///")}export function ${functionName(one, "camel")}(${params}): ${result} {\n${indent(body, "  ")}\n}\n`;
}

const FROM_ABI = ["Option", "Result", "err", "none", "ok", "some"];

/** An import of those names of a module that a text mentions. */
function importsFrom(module: string, names: readonly string[], text: string): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return used.length === 0 ? "" : `import { ${used.join(", ")} } from "${module}";\n`;
}

function exportedNames(text: string): string[] {
  return Array.from(text.matchAll(/^export (?:class|enum|const|type|function) (\w+)/gm), ([, name = ""]) => name);
}

function pluginFile(
  { contract }: PluginModel,
  { name }: ScaffoldOptions,
  stubs: readonly string[],
  types: AssemblyScriptTypes,
): string {
  const text = stubs.join("\n");
  const imports =
    importsFrom("./abi", FROM_ABI, text) + importsFrom("./contract", exportedNames(types.declarations), text);
  return `// The plugin ${name} for ${contract.id}: what it does when the host calls it.
${imports}
${text}`;
}

function contractFile(
  { contract }: PluginModel,
  types: AssemblyScriptTypes,
  carriers: string,
  host: readonly string[],
): string {
  const body = `${types.declarations}\n${host.join("\n")}\n${carriers}`;
  return `// The contract ${contract.id} in AssemblyScript: its types, and what carries them. Made by \`tenon new plugin\` from contract.wit.
${importsFrom("./abi", ABI_NAMES, body)}
${body}`;
}

const ABI_NAMES = [...FROM_ABI, "alloc", "enter", "leave", "loadBytes", "loadString", "storeBytes", "storeString"];

function exportsFile({ contract }: PluginModel, code: readonly string[], carriers: string): string {
  const text = code.join("\n");
  return `// What the host calls, as canonical.mjs exports it for ${contract.id}. Made by \`tenon new plugin\` from contract.wit.
${importsFrom("./abi", ABI_NAMES, text)}${importsFrom("./contract", exportedNames(carriers), text)}import * as plugin from "./plugin";

export { cabi_realloc } from "./abi";

${text}`;
}

/** What canonical.mjs needs: the names of the exports, and what the module says of its contract. */
function namesOf({ contract }: PluginModel, exported: readonly CanonicalFunction[]): unknown {
  const { package: packageName, world, version } = splitContractId(contract.id);
  const names = exported.flatMap((one) => [
    [exportName(one), one.name],
    ...(one.signature.hasResultInMemory ? [[doneName(one), `cabi_post_${one.name}`]] : []),
  ]);
  return {
    contract: {
      package: packageName,
      world,
      ...(version !== undefined && { version }),
      abi: 1,
      digest: contract.digest,
    },
    exports: Object.fromEntries(names) as unknown,
  };
}

function packageJson(name: string, out: string): unknown {
  const flags =
    "--transform ./canonical.mjs --use abort=assembly/abi/abort --runtime incremental --disableWarning 906 -O";
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { build: `asc assembly/exports.ts --outFile ${out} ${flags}` },
    devDependencies: { assemblyscript: "^0.27.37" },
    engines: { node: ">=20.19" },
  };
}
