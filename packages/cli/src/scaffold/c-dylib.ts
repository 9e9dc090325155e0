// A plugin model -> a C plugin for the `dylib` boundary: plugin.c for its author, contract.h from the WIT.
import { functionName, generateCHeader } from "../native/c-header.ts";
import { CWasmTypes } from "./c-wasm-types.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, PluginModel } from "./model.ts";
import { cName, docLines } from "./names.ts";
import type { Generator, ScaffoldOptions } from "./scaffold.ts";

export const cDylib: Generator = {
  boundaries: ["dylib"],
  needs: "a C11 compiler and make, and the package koffi for the host",
  generate(model, options) {
    return {
      files: [
        { path: "plugin.c", text: pluginFile(model, options) },
        { path: "contract.h", text: generateCHeader(model).text },
        { path: "Makefile", text: makefile(options.name) },
        { path: ".gitignore", text: "build/\n" },
      ],
      artifacts: [{ id: "library", boundary: "dylib", library: `\${plugin}/build/${options.name}.so` }],
      build: ["make"],
      test: [],
      main: "plugin.c",
    };
  },
};

function pluginFile({ contract, exports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const types = new CWasmTypes();
  const functions = exports.flatMap((owner) =>
    owner.functions.map((func) => functionText(types, owner, func, isHello)),
  );
  return `// The plugin ${name} for ${contract.id}: what it does when the host calls it.
#include <ctype.h>

// In one file, so that what the host looks for is there once.
#define TENON_PLUGIN
#include "contract.h"
${functions.join("")}`;
}

function functionText(types: CWasmTypes, owner: InterfaceModel, func: FunctionModel, isHello: boolean): string {
  const params = func.params.map(({ name, type }) => `${types.name(type)} ${cName(name)}`).join(", ");
  const result = func.result === undefined ? "void" : types.name(func.result);
  const unused = func.params.map((param) => `(void)${cName(param.name)};\n`).join("");
  const zero = func.result === undefined ? "" : `return ${types.zero(func.result)};`;
  const body = (isHello ? HELLO_BODIES[func.path]?.cDylib : undefined) ?? `// Your code goes here.\n${unused}${zero}`;
  const head = `${docLines(func.docs, "///")}${result} ${functionName(owner, func)}(${params || "void"})`;
  return `\n${head} {\n${indent(body.trimEnd(), "  ")}\n}\n`;
}

/** macOS loads a library by any name, so one name does everywhere. */
function makefile(name: string): string {
  return `CFLAGS ?= -O2 -Wall -Wextra

build/${name}.so: plugin.c contract.h
\tmkdir -p build
\t$(CC) -std=c11 $(CFLAGS) -shared -fPIC -o $@ plugin.c

clean:
\trm -rf build

.PHONY: clean
`;
}
