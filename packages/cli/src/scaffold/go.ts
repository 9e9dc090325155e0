// A plugin model -> a Go plugin for the `wasm` boundary: plugin.go for its author, contract.go from the WIT, abi.go for memory.
import { layoutOf, type CoreType } from "@tenon/abi/canonical";
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
  type Width,
} from "./canonical.ts";
import { GoTypes } from "./go-types.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { PluginModel } from "./model.ts";
import { docLines, goName } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const go: Generator = {
  boundaries: ["wasm"],
  needs: "Go 1.24 or later, and no module",
  generate(model, options) {
    const exported = canonicalFunctions(model, "exports");
    const imported = canonicalFunctions(model, "imports");
    const types = new GoTypes([
      ...exported.map((one) => functionName(one, "pascal")),
      ...imported.map((one) => functionName(one, "pascal", "host-")),
      ...["Result", ...Array.from({ length: 256 }, (_, index) => `Tuple${index}`)],
    ]);
    const code = [...exported.map((one) => exportText(one, types)), ...imported.map((one) => importText(one, types))];
    const stubs = exported.map((one) => stubText(one, types, options));
    const out = `build/${options.name}.wasm`;
    return {
      files: [
        { path: "plugin.go", text: pluginFile(model, options, stubs) },
        { path: "contract.go", text: contractFile(model, types, code) },
        { path: "abi.go", text: template("go/abi.go") },
        { path: "go.mod", text: `module ${options.name}\n\ngo 1.24\n` },
        { path: ".gitignore", text: "build/\n" },
      ],
      artifacts: [{ id: "wasm", boundary: "wasm", module: `\${plugin}/${out}` }],
      build: [
        `GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o ${out} .`,
        `tenon wrap ${out} --wit contract.wit --to wasm -o ${out}`,
      ],
      test: [],
      main: "plugin.go",
    };
  },
};

const CORE: Readonly<Record<CoreType, string>> = { i32: "uint32", i64: "uint64", f32: "float32", f64: "float64" };
const LOADED: Readonly<Record<Width, string>> = {
  u8: "uint8",
  s8: "int8",
  u16: "uint16",
  s16: "int16",
  i32: "uint32",
  i64: "uint64",
  f32: "float32",
  f64: "float64",
};

const SYNTAX: Syntax = {
  load: (base, offset, width) => {
    const value = `load[${LOADED[width]}](${base} + ${offset})`;
    return /[us](8|16)/.test(width) ? `uint32(${width.startsWith("s") ? `int32(${value})` : value})` : value;
  },
  store: (base, offset, width, value) => {
    const word = LOADED[width];
    return `store(${base}+${offset}, ${/8|16/.test(word) ? `${word}(${value})` : value})`;
  },
  convert: (from, to, value) => {
    if (from === to) return value;
    if (from === "i64") return to === "f64" ? `doubleOfBits(${value})` : SYNTAX.convert("i32", to, `uint32(${value})`);
    if (from === "i32") return to === "f32" ? `floatOfBits(${value})` : `uint64(${value})`;
    if (from === "f64") return `bitsOfDouble(${value})`;
    return SYNTAX.convert("i32", to, `bitsOfFloat(${value})`);
  },
  when: (value, equals, body) => `if ${value} == ${equals} {\n${indent(body.join("\n"), "\t")}\n}`,
  assign: (name, value) => `${name} = ${value}`,
};

const declared = (all: readonly Slot[]): string => all.map(({ name, type }) => `${name} ${CORE[type]}`).join(", ");

/** The function that the host calls: core values in, the author's function, core values out. */
function exportText(one: CanonicalFunction, types: GoTypes): string {
  const { name, func, signature, frame } = one;
  const params = slots(signature.params, "p");
  const result = func.result;
  const flat = slots(signature.results, "r");
  const lines: string[] = ["enter()"];
  if (!signature.hasResultInMemory) lines.push("defer leave()");
  lines.push(...frameOf(one, params));
  const args = func.params.map(({ type }, index) => types.load(type, `frame + ${frame.offsets[index]}`)).join(", ");
  const call = `${functionName(one, "pascal")}(${args})`;
  if (result === undefined) lines.push(call);
  else {
    lines.push(`value := ${call}`, `out := alloc(${sizeOf(result)})`, types.store(result, "out", "value"));
    if (signature.hasResultInMemory) lines.push("return out");
    else lines.push(`var ${declared(flat)}`, ...unspill(SYNTAX, valueType(result), flat, "out", 0), "return r0");
  }
  const type = signature.results[0];
  const head = `//go:wasmexport ${name}\nfunc export${functionName(one, "pascal")}(${declared(params)})${type === undefined ? "" : ` ${CORE[type]}`} {\n${indent(lines.join("\n"), "\t")}\n}\n`;
  if (!signature.hasResultInMemory) return head;
  return `${head}\n//go:wasmexport cabi_post_${name}\nfunc done${functionName(one, "pascal")}(uint32) { leave() }\n`;
}

/** Statements that leave the parameters in memory at `frame`. */
function frameOf(one: CanonicalFunction, params: readonly Slot[]): string[] {
  if (one.func.params.length === 0) return [];
  if (one.signature.hasParamsInMemory) return ["frame := p0"];
  return [`frame := alloc(${one.frame.size})`, ...eachParameter(one, params, "frame", SYNTAX, spill)];
}

/** A function of the host: the author's values into core values, the call, its result as a value. */
function importText(one: CanonicalFunction, types: GoTypes): string {
  const { name, module, func, signature, frame } = one;
  const raw = `import${functionName(one, "pascal")}`;
  const all = slots(signature.params, "p");
  const flat = signature.results[0];
  const lines: string[] = [];
  if (func.params.length > 0) lines.push(`frame := alloc(${frame.size})`);
  for (const [index, { name: param, type }] of func.params.entries())
    lines.push(types.store(type, `frame+${frame.offsets[index]}`, goName(param)));
  const own = all.slice(0, all.length - (signature.hasResultInMemory ? 1 : 0));
  const passed: string[] = [];
  if (signature.hasParamsInMemory) passed.push("frame");
  else {
    if (own.length > 0) lines.push(...own.map((slot) => `var ${declared([slot])}`));
    lines.push(...eachParameter(one, own, "frame", SYNTAX, unspill));
    passed.push(...own.map((slot) => slot.name));
  }
  const { result } = func;
  if (result === undefined) lines.push(`${raw}(${passed.join(", ")})`);
  else {
    lines.push(`out := alloc(${sizeOf(result)})`);
    if (signature.hasResultInMemory) lines.push(`${raw}(${[...passed, "out"].join(", ")})`);
    else {
      const slot = { name: "r0", type: flat as CoreType };
      lines.push(`r0 := ${raw}(${passed.join(", ")})`, ...spill(SYNTAX, valueType(result), [slot], "out", 0));
    }
    lines.push(`return ${types.load(result, "out")}`);
  }
  const params = func.params.map((param) => `${goName(param.name)} ${types.name(param.type)}`).join(", ");
  return `//go:wasmimport ${module} ${name}
func ${raw}(${declared(all)})${flat === undefined ? "" : ` ${CORE[flat]}`}

${docLines(func.docs, "//")}func ${functionName(one, "pascal", "host-")}(${params})${result === undefined ? "" : ` ${types.name(result)}`} {
${indent(lines.join("\n"), "\t")}
}
`;
}

function stubText(one: CanonicalFunction, types: GoTypes, { isHello }: ScaffoldOptions): string {
  const { func } = one;
  const params = func.params.map(({ name, type }) => `${goName(name)} ${types.name(type)}`).join(", ");
  const zero = func.result === undefined ? "" : `\nreturn ${types.zero(func.result)}`;
  const body = (isHello ? HELLO_BODIES[func.path]?.go : undefined) ?? `// Your code goes here.${zero}`;
  const result = func.result === undefined ? "" : ` ${types.name(func.result)}`;
  return `${docLines(func.docs, "//")}func ${functionName(one, "pascal")}(${params})${result} {\n${indent(body, "\t")}\n}\n`;
}

function pluginFile({ contract }: PluginModel, { name, isHello }: ScaffoldOptions, stubs: readonly string[]): string {
  return `// The plugin ${name} for ${contract.id}: what it does when the host calls it.
package main
${isHello ? '\nimport (\n\t"fmt"\n\t"strings"\n\t"unicode"\n)\n' : ""}
${stubs.join("\n")}
// Nothing runs by itself: the host calls what contract.go exports.
func main() {}
`;
}

function contractFile({ contract }: PluginModel, types: GoTypes, code: readonly string[]): string {
  return `// The contract ${contract.id} in Go: its types, and what carries them. Made by \`tenon new plugin\` from contract.wit.
package main

${types.declarations}
${code.join("\n")}
${types.code}`;
}

function sizeOf(type: Parameters<typeof valueType>[0]): number {
  return layoutOf(valueType(type)).size;
}
