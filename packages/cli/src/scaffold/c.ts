// A plugin model -> a C plugin on the standard library alone: plugin.c for its author, contract.{h,c} from the WIT, the rest for the pipe.
import { CTypes } from "./c-types.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, PluginModel } from "./model.ts";
import { cName, docLines } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const c: Generator = {
  boundaries: ["stdio"],
  needs: "a C11 compiler and make",
  generate(model, options) {
    const types = new CTypes();
    // Naming the types in the signatures defines them, so the headers are made from what this has seen.
    const exported = model.exports.flatMap((owner) => owner.functions.map((func) => prototype(types, owner, func, "")));
    const imported = model.imports.flatMap((owner) =>
      owner.functions.map((func) => prototype(types, owner, func, "host_")),
    );
    return {
      files: [
        { path: "plugin.c", text: pluginFile(model, options, types) },
        { path: "contract.h", text: headerFile(model, types, exported, imported) },
        { path: "contract.c", text: codeFile(model, types) },
        ...["json.c", "wire.c", "wire.h"].map((name) => ({ path: name, text: template(`c/${name}`) })),
        { path: "Makefile", text: makefile(options.name) },
        { path: ".gitignore", text: "build/\n" },
      ],
      artifacts: [{ id: "c", boundary: "stdio", command: [`\${plugin}/build/${options.name}`] }],
      build: ["make"],
      test: [],
      main: "plugin.c",
    };
  },
};

/** `greeter_greet`; of the host, `host_report_progress`. */
function functionName(owner: InterfaceModel, func: FunctionModel, prefix: string): string {
  return `${prefix}${`${owner.key === "" ? "world" : owner.label}-${func.label}`.toLowerCase().replaceAll("-", "_")}`;
}

function prototype(types: CTypes, owner: InterfaceModel, func: FunctionModel, prefix: string): string {
  const params = func.params.map(({ name, type }) => `, ${types.name(type)} ${cName(name)}`).join("");
  const result = func.result === undefined ? "void" : types.name(func.result);
  return `${docLines(func.docs, "///")}${result} ${functionName(owner, func, prefix)}(call_t *call${params})`;
}

function headerFile(
  { contract, imports }: PluginModel,
  types: CTypes,
  exported: readonly string[],
  imported: readonly string[],
): string {
  const host =
    imports.length === 0
      ? ""
      : `\n// What the host offers. A call that the host refuses gives the present call up.\n\n${imported.join(";\n\n")};\n`;
  return `// The contract ${contract.id} in C. Made by \`tenon new plugin\` from contract.wit.
#ifndef CONTRACT_H
#define CONTRACT_H

#include "wire.h"

#define CONTRACT_ID ${JSON.stringify(contract.id)}

${types.declarations}
// What the plugin offers: plugin.c has these.

${exported.join(";\n\n")};
${host}
/// Serves one call; for wire.c.
void dispatch(call_t *call, const char *path, const json_t *params, out_t *out);

#endif
`;
}

function codeFile({ contract, exports, imports }: PluginModel, types: CTypes): string {
  const arms = exports.flatMap((owner) => owner.functions.map((func) => dispatchArm(types, owner, func)));
  const host = imports.flatMap((owner) => owner.functions.map((func) => hostFunction(types, owner, func)));
  return `// The contract ${contract.id} in C: values to JSON and back, calls to functions. Made by \`tenon new plugin\` from contract.wit.
#include "contract.h"

#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

${types.code}${host.join("")}
void dispatch(call_t *call, const char *path, const json_t *params, out_t *out) {
  (void)params;
${arms.join("")}  call_fail(call, "there is no function %s", path);
}
`;
}

function dispatchArm(types: CTypes, owner: InterfaceModel, func: FunctionModel): string {
  const args = func.params
    .map(({ name, type }) => `,\n        ${types.read(type, `json_get(params, ${JSON.stringify(name)})`)}`)
    .join("");
  const call = `${functionName(owner, func, "")}(call${args})`;
  const body =
    func.result === undefined
      ? `${call};\n    out_raw(out, "null");`
      : `${types.name(func.result)} value = ${call};\n    ${types.write(func.result, "value")}`;
  return `  if (strcmp(path, ${JSON.stringify(func.path)}) == 0) {\n    ${body}\n    return;\n  }\n`;
}

function hostFunction(types: CTypes, owner: InterfaceModel, func: FunctionModel): string {
  const head = prototype(types, owner, { ...func, docs: "" }, "host_");
  const args = func.params.map(
    ({ name, type }, index) => `${index === 0 ? "" : '  out_raw(out, ",");\n'}  ${types.write(type, cName(name))}\n`,
  );
  const call = `host_call(call, ${JSON.stringify(func.path)}, out)`;
  const end =
    func.result === undefined
      ? `  ${call};\n`
      : `  const json_t *json = ${call};\n  return ${types.read(func.result, "json")};\n`;
  return `\n${head} {\n  out_t args = {0}, *out = &args;\n  out_raw(out, "[");\n${args.join("")}  out_raw(out, "]");\n${end}}\n`;
}

function pluginFile({ contract, exports }: PluginModel, { name, isHello }: ScaffoldOptions, types: CTypes): string {
  const functions = exports.flatMap((owner) =>
    owner.functions.map((func) => {
      const unused = ["call", ...func.params.map((param) => cName(param.name))]
        .map((param) => `(void)${param};\n`)
        .join("");
      const isScalar = func.result?.kind === "primitive" && !["string", "error-context"].includes(func.result.name);
      const isEnum = func.result?.kind === "named" && func.result.type.kind === "enum";
      const zero =
        func.result === undefined ? "" : `return ${isScalar || isEnum ? "0" : `(${types.name(func.result)}){0}`};\n`;
      const body = (isHello ? HELLO_BODIES[func.path]?.c : undefined) ?? `// Your code goes here.\n${unused}${zero}`;
      const keep = isHello ? "(void)call;\n" : "";
      return `\n${prototype(types, owner, func, "")} {\n${indent(`${keep}${body}`, "  ").trimEnd()}\n}\n`;
    }),
  );
  return `// The plugin ${name} for ${contract.id}: what it does when the host calls it.
#include <ctype.h>

#include "contract.h"
${functions.join("")}
int main(void) { return serve(CONTRACT_ID, dispatch); }
`;
}

function makefile(name: string): string {
  return `CFLAGS ?= -O2 -Wall -Wextra

build/${name}: plugin.c contract.c json.c wire.c contract.h wire.h
\tmkdir -p build
\t$(CC) -std=c11 $(CFLAGS) -o $@ plugin.c contract.c json.c wire.c -lm

clean:
\trm -rf build

.PHONY: clean
`;
}
