// A plugin model -> a C plugin for the `wasm` boundary: plugin.c for its author, contract.{h,c} from the WIT, abi.{h,c} for memory.
import type { CoreType } from "@tenon/abi/canonical";
import { splitContractId } from "@tenon/registry";
import { CWasmTypes } from "./c-wasm-types.ts";
import {
  canonicalFunctions,
  eachParameter,
  slots,
  spill,
  unspill,
  valueType,
  type CanonicalFunction,
  type Slot,
  type Syntax,
} from "./canonical.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { PluginModel } from "./model.ts";
import { cName, docLines } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const cWasm: Generator = {
  boundaries: ["wasm"],
  needs: "clang with wasm-ld, and make; no C library",
  generate(model, options) {
    const types = new CWasmTypes();
    const exported = canonicalFunctions(model, "exports");
    const imported = canonicalFunctions(model, "imports");
    // Naming the types in the signatures defines them, so the header is made from what this has seen.
    const offers = exported.map((one) => prototype(one, types, ""));
    const host = imported.map((one) => prototype(one, types, "host_"));
    const code = [...imported.map((one) => importText(one, types)), ...exported.map((one) => exportText(one, types))];
    return {
      files: [
        { path: "plugin.c", text: pluginFile(model, options, exported, types) },
        { path: "contract.h", text: headerFile(model, types, offers, host) },
        { path: "contract.c", text: codeFile(model, code) },
        ...["abi.c", "abi.h"].map((name) => ({ path: name, text: template(`c-wasm/${name}`) })),
        { path: "Makefile", text: makefile(options.name) },
        { path: ".gitignore", text: "build/\n" },
      ],
      artifacts: [{ id: "wasm", boundary: "wasm", module: `\${plugin}/build/${options.name}.wasm` }],
      build: ["make"],
      test: [],
      main: "plugin.c",
    };
  },
};

const CORE: Readonly<Record<CoreType, string>> = { i32: "uint32_t", i64: "uint64_t", f32: "float", f64: "double" };

const SYNTAX: Syntax = {
  load: (base, offset, width) => `load_${width}(${base}, ${offset})`,
  store: (base, offset, width, value) => `store_${width}(${base}, ${offset}, ${value});`,
  convert: (from, to, value) => {
    if (from === to) return value;
    if (from === "i64")
      return to === "f64" ? `double_of_bits(${value})` : SYNTAX.convert("i32", to, `(uint32_t)${value}`);
    if (from === "i32") return to === "f32" ? `float_of_bits(${value})` : value;
    if (from === "f64") return `bits_of_double(${value})`;
    return SYNTAX.convert("i32", to, `bits_of_float(${value})`);
  },
  when: (value, equals, body) => `if (${value} == ${equals}) {\n${indent(body.join("\n"), "  ")}\n}`,
  assign: (name, value) => `${name} = ${value};`,
};

/** `greeter_greet`; of the host, `host_report_progress`. */
function nameOf({ owner, func }: CanonicalFunction, prefix: string): string {
  return `${prefix}${`${owner.key === "" ? "world" : owner.label}-${func.label}`.toLowerCase().replaceAll("-", "_")}`;
}

function prototype(one: CanonicalFunction, types: CWasmTypes, prefix: string, hasDocs = true): string {
  const { func } = one;
  const params = func.params.map(({ name, type }) => `${types.name(type)} ${cName(name)}`).join(", ");
  const result = func.result === undefined ? "void" : types.name(func.result);
  return `${hasDocs ? docLines(func.docs, "///") : ""}${result} ${nameOf(one, prefix)}(${params || "void"})`;
}

const declared = (all: readonly Slot[]): string => all.map(({ name, type }) => `${CORE[type]} ${name}`).join(", ");

/** The parameters in a row, as they lie in memory. */
function frameType({ func }: CanonicalFunction, types: CWasmTypes): string {
  return `struct { ${func.params.map(({ name, type }) => `${types.name(type)} ${cName(name)};`).join(" ")} }`;
}

function exportText(one: CanonicalFunction, types: CWasmTypes): string {
  const { name, func, signature } = one;
  const params = slots(signature.params, "p");
  const lines: string[] = ["abi_enter();"];
  const isFramed = func.params.length > 0;
  if (isFramed && signature.hasParamsInMemory)
    lines.push(`${frameType(one, types)} frame = {0};`, "__builtin_memcpy(&frame, (const void *)p0, sizeof frame);");
  else if (isFramed)
    lines.push(`${frameType(one, types)} frame = {0};`, ...eachParameter(one, params, "&frame", SYNTAX, spill));
  const call = `${nameOf(one, "")}(${func.params.map((param) => `frame.${cName(param.name)}`).join(", ")})`;
  const type = signature.results[0];
  if (func.result === undefined) lines.push(`${call};`, "abi_leave();");
  else if (signature.hasResultInMemory) {
    const result = types.name(func.result);
    lines.push(`${result} *out = call_alloc(sizeof *out);`, `*out = ${call};`, "return (uint32_t)out;");
  } else {
    lines.push(`${types.name(func.result)} out = ${call};`, `${CORE[type as CoreType]} r0 = 0;`);
    lines.push(
      ...unspill(SYNTAX, valueType(func.result), slots(signature.results, "r"), "&out", 0),
      "abi_leave();",
      "return r0;",
    );
  }
  const head = `EXPORT(${JSON.stringify(name)})\n${type === undefined ? "void" : CORE[type]} export_${nameOf(one, "")}(${declared(params) || "void"}) {\n${indent(lines.join("\n"), "  ")}\n}\n`;
  if (!signature.hasResultInMemory) return head;
  return `${head}\nEXPORT(${JSON.stringify(`cabi_post_${name}`)})\nvoid done_${nameOf(one, "")}(uint32_t out) {\n  (void)out;\n  abi_leave();\n}\n`;
}

function importText(one: CanonicalFunction, types: CWasmTypes): string {
  const { name, module, func, signature } = one;
  const raw = `import_${nameOf(one, "")}`;
  const all = slots(signature.params, "p");
  const type = signature.results[0];
  const own = all.slice(0, all.length - (signature.hasResultInMemory ? 1 : 0));
  const lines: string[] = [];
  if (func.params.length > 0)
    lines.push(`${frameType(one, types)} frame = {${func.params.map((param) => cName(param.name)).join(", ")}};`);
  if (!signature.hasParamsInMemory)
    lines.push(
      ...own.map(({ name: slot, type: core }) => `${CORE[core]} ${slot} = 0;`),
      ...eachParameter(one, own, "&frame", SYNTAX, unspill),
    );
  const passed = signature.hasParamsInMemory ? ["(uint32_t)&frame"] : own.map((slot) => slot.name);
  if (func.result === undefined) lines.push(`${raw}(${passed.join(", ")});`);
  else {
    const result = types.name(func.result);
    lines.push(`${result} out${result.endsWith("_t") && !/^u?int/.test(result) ? " = {0}" : " = 0"};`);
    if (signature.hasResultInMemory) lines.push(`${raw}(${[...passed, "(uint32_t)&out"].join(", ")});`);
    else {
      const slot = { name: "r0", type: type as CoreType };
      lines.push(
        `${CORE[slot.type]} r0 = ${raw}(${passed.join(", ")});`,
        ...spill(SYNTAX, valueType(func.result), [slot], "&out", 0),
      );
    }
    lines.push("return out;");
  }
  return `IMPORT(${JSON.stringify(module)}, ${JSON.stringify(name)})\n${type === undefined ? "void" : CORE[type]} ${raw}(${declared(all) || "void"});\n\n${prototype(one, types, "host_", false)} {\n${indent(lines.join("\n"), "  ")}\n}\n`;
}

function headerFile(
  { contract }: PluginModel,
  types: CWasmTypes,
  offers: readonly string[],
  host: readonly string[],
): string {
  const asked = host.length === 0 ? "" : `\n// What the host offers.\n\n${host.join(";\n\n")};\n`;
  return `// The contract ${contract.id} in C. Made by \`tenon new plugin\` from contract.wit.
#ifndef CONTRACT_H
#define CONTRACT_H

#include "abi.h"

${types.declarations}
// What the plugin offers: plugin.c has these.

${offers.join(";\n\n")};
${asked}
#endif
`;
}

function codeFile({ contract }: PluginModel, code: readonly string[]): string {
  const { package: packageName, world, version } = splitContractId(contract.id);
  const said = JSON.stringify({
    package: packageName,
    world,
    ...(version !== undefined && { version }),
    abi: 1,
    digest: contract.digest,
  });
  // Once for the string of the assembler, once for that of C.
  const quoted = JSON.stringify(JSON.stringify(said)).slice(1, -1);
  return `// What carries ${contract.id} between the host and plugin.c. Made by \`tenon new plugin\` from contract.wit.
#include "contract.h"

// Which contract this file speaks; the host reads it before it compiles the module.
__asm__(".section \\".custom_section.tenon:contract\\",\\"\\",@\\n"
        ".ascii ${quoted}\\n"
        ".text\\n");

${code.join("\n")}`;
}

function pluginFile(
  { contract }: PluginModel,
  { name, isHello }: ScaffoldOptions,
  exported: readonly CanonicalFunction[],
  types: CWasmTypes,
): string {
  const stubs = exported.map((one) => {
    const { func } = one;
    const unused = func.params.map((param) => `(void)${cName(param.name)};\n`).join("");
    const zero = func.result === undefined ? "" : `return ${types.zero(func.result)};`;
    const body = (isHello ? HELLO_BODIES[func.path]?.cWasm : undefined) ?? `// Your code goes here.\n${unused}${zero}`;
    return `\n${prototype(one, types, "")} {\n${indent(body.trimEnd(), "  ")}\n}\n`;
  });
  return `// The plugin ${name} for ${contract.id}: what it does when the host calls it.
#include "contract.h"
${stubs.join("")}`;
}

function makefile(name: string): string {
  return `CC = clang
CFLAGS ?= -O2 -Wall -Wextra

build/${name}.wasm: plugin.c contract.c abi.c contract.h abi.h
\tmkdir -p build
\t$(CC) --target=wasm32 -std=c11 $(CFLAGS) -ffreestanding -nostdlib -mbulk-memory \\
\t  -Wl,--no-entry,--strip-debug -o $@ plugin.c contract.c abi.c

clean:
\trm -rf build

.PHONY: clean
`;
}
