// A plugin model -> a Python plugin without an SDK: plugin.py for its author, contract.py from the WIT, wire.py for the pipe.
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, NamedType, PluginModel, TypeModel } from "./model.ts";
import { pythonConstant, pythonFunction, pythonName, pythonType } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const python: Generator = {
  boundaries: ["stdio"],
  needs: "Python 3.10 or later, and nothing else",
  generate(model, options) {
    return {
      files: [
        { path: "plugin.py", text: pluginFile(model, options), isExecutable: true },
        { path: "contract.py", text: contractFile(model) },
        { path: "wire.py", text: template("python/wire.py") },
        { path: "test_plugin.py", text: testFile(model, options) },
        { path: ".gitignore", text: "__pycache__/\n" },
      ],
      artifacts: [{ id: "python", boundary: "stdio", command: ["python3", "${plugin}/plugin.py"] }],
      build: [],
      test: ["python3 -m unittest"],
      main: "plugin.py",
    };
  },
};

const TYPES: Readonly<Record<string, string>> = {
  bool: "bool",
  f32: "float",
  f64: "float",
  char: "str",
  string: "str",
  "error-context": "str",
};
const CODECS: Readonly<Record<string, string>> = { f32: "FLOAT", f64: "FLOAT", u64: "BIG", s64: "BIG" };

function isBytes(type: TypeModel): boolean {
  return type.kind === "list" && type.element.kind === "primitive" && type.element.name === "u8";
}

function typeText(type: TypeModel): string {
  switch (type.kind) {
    case "primitive":
      return TYPES[type.name] ?? "int";
    case "named":
      return pythonType(type.type.name);
    case "list":
      return isBytes(type) ? "bytes" : `list[${typeText(type.element)}]`;
    case "map":
      return `dict[${typeText(type.key)}, ${typeText(type.value)}]`;
    case "option":
      return `Optional[${type.item.kind === "option" ? `Some[${typeText(type.item)}]` : typeText(type.item)}]`;
    case "tuple":
      return `tuple[${type.items.map(typeText).join(", ")}]`;
    case "result":
      return `Result[${type.ok === undefined ? "None" : typeText(type.ok)}, ${type.err === undefined ? "None" : typeText(type.err)}]`;
  }
}

function codecText(type: TypeModel): string {
  switch (type.kind) {
    case "primitive":
      return CODECS[type.name] ?? "PLAIN";
    case "named":
      return `${pythonConstant(type.type.name)}_CODEC`;
    case "list":
      return isBytes(type) ? "BYTES" : `list_of(${codecText(type.element)})`;
    case "map":
      return `map_of(${codecText(type.key)}, ${codecText(type.value)})`;
    case "option":
      return `option_of(${codecText(type.item)})`;
    case "tuple":
      return `tuple_of(${type.items.map(codecText).join(", ")})`;
    case "result":
      return `result_of(${type.ok === undefined ? "PLAIN" : codecText(type.ok)}, ${type.err === undefined ? "PLAIN" : codecText(type.err)})`;
  }
}

/** A value of the type that says nothing: what a stub returns. */
function zeroText(type: TypeModel): string {
  switch (type.kind) {
    case "primitive":
      return (
        { bool: "False", f32: "0.0", f64: "0.0", char: '"?"', string: '""', "error-context": '""' }[
          type.name as string
        ] ?? "0"
      );
    case "named":
      return namedZero(type.type);
    case "list":
      if (isBytes(type)) return `bytes(${type.length ?? 0})`;
      return type.length === undefined ? "[]" : `[${zeroText(type.element)}] * ${type.length}`;
    case "map":
      return "{}";
    case "option":
      return "None";
    case "tuple":
      return `(${type.items.map((item) => `${zeroText(item)},`).join(" ")})`;
    case "result":
      return `Ok(${type.ok === undefined ? "" : zeroText(type.ok)})`;
  }
}

function namedZero(type: NamedType): string {
  const name = pythonType(type.name);
  switch (type.kind) {
    case "record":
      return `${name}(${type.fields.map((field) => `${pythonName(field.name)}=${zeroText(field.type)}`).join(", ")})`;
    case "variant": {
      const [first] = type.cases;
      return `${name}(${JSON.stringify(first?.name ?? "")}${first?.type === undefined ? "" : `, ${zeroText(first.type)}`})`;
    }
    case "enum":
      return `${name}.${pythonConstant(type.labels[0]?.name ?? "")}`;
    case "flags":
      return `${name}()`;
  }
}

function docstring(docs: string, by: string): string {
  if (docs === "") return "";
  const text = docs.replaceAll("\\", "\\\\").replaceAll('"""', "'''");
  return text.includes("\n") || text.endsWith('"')
    ? `${by}"""${indent(text, by).trimStart()}\n${by}"""\n`
    : `${by}"""${text}"""\n`;
}

function contractFile({ contract, types, exports, imports }: PluginModel): string {
  const table = (side: readonly InterfaceModel[]): string =>
    side
      .flatMap(({ functions }) => functions.map((func) => `    ${JSON.stringify(func.path)}: ${functionText(func)},\n`))
      .join("");
  return `"""The contract ${contract.id} in Python. Made by \`tenon new plugin\` from contract.wit."""
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Optional

from wire import (
    BIG, BYTES, FLOAT, PLAIN, Connection, Err, Function, Ok, Result, Some, enum_of, flags_of, list_of, map_of, option_of,
    record_of, result_of, tuple_of, variant_of,
)

__all__ = [
    "Any", "Err", "Ok", "Optional", "Result", "Some", "connection",
${[...types.map((type) => pythonType(type.name)), ...imports.flatMap(importNames)].map((name) => `    "${name}",\n`).join("")}]

${types.map(declaration).join("")}
connection = Connection(
    ${JSON.stringify(contract.id)},
    exports={
${indent(table(exports), "    ")}    },
    imports={
${indent(table(imports), "    ")}    },
)
${imports.map(hostClass).join("")}`;
}

function functionText({ params, result }: FunctionModel): string {
  const list = params.map(({ name, type }) => `(${JSON.stringify(name)}, ${codecText(type)})`).join(", ");
  return `Function([${list}]${result === undefined ? "" : `, ${codecText(result)}`})`;
}

function declaration(type: NamedType): string {
  const name = pythonType(type.name);
  const codec = `${pythonConstant(type.name)}_CODEC`;
  const doc = docstring(type.docs, "    ");
  const about = (docs: string): string => (docs === "" ? "" : `  # ${docs.replaceAll("\n", " ")}`);
  switch (type.kind) {
    case "record": {
      // Fields with a default come last in Python, so an option has none either.
      const fields = type.fields.map(
        (field) => `    ${pythonName(field.name)}: ${typeText(field.type)}${about(field.docs)}\n`,
      );
      const parts = type.fields.map(
        (field) =>
          `    (${JSON.stringify(field.name)}, ${JSON.stringify(pythonName(field.name))}, ${codecText(field.type)}),\n`,
      );
      return `\n@dataclass\nclass ${name}:\n${doc}${fields.join("") || "    pass\n"}\n\n${codec} = record_of(\n    ${name},\n${parts.join("")})\n\n`;
    }
    case "variant": {
      const lines = type.cases.map(
        (one) =>
          `    # ${one.name}${one.type === undefined ? "" : `: ${typeText(one.type)}`}${one.docs === "" ? "" : ` - ${one.docs.replaceAll("\n", " ")}`}\n`,
      );
      const tags = type.cases.map((one) => JSON.stringify(one.name)).join(", ");
      const cases = type.cases.map(
        (one) => `${JSON.stringify(one.name)}: ${one.type === undefined ? "None" : codecText(one.type)}`,
      );
      return `\n@dataclass\nclass ${name}:\n${doc}${lines.join("")}    tag: Literal[${tags}]\n    value: Any = None\n\n\n${codec} = variant_of(${name}, **{${cases.join(", ")}})\n\n`;
    }
    case "enum": {
      const lines = type.labels.map(
        (one) => `    ${pythonConstant(one.name)} = ${JSON.stringify(one.name)}${about(one.docs)}\n`,
      );
      return `\nclass ${name}(Enum):\n${doc}${lines.join("")}\n\n${codec} = enum_of(${name})\n\n`;
    }
    case "flags": {
      const lines = type.labels.map((one) => `    ${pythonName(one.name)}: bool = False${about(one.docs)}\n`);
      const parts = type.labels.map((one) => `(${JSON.stringify(one.name)}, ${JSON.stringify(pythonName(one.name))})`);
      return `\n@dataclass\nclass ${name}:\n${doc}${lines.join("") || "    pass\n"}\n\n${codec} = flags_of(${[name, ...parts].join(", ")})\n\n`;
    }
  }
}

function importNames(owner: InterfaceModel): string[] {
  return [hostName(owner)];
}

/** `host` -> `Host`; `report` -> `Report`: not the name of a type of the contract, whose names are longer than one word of an interface seldom. */
function hostName({ label }: InterfaceModel): string {
  return `Host${pythonType(label) === "Host_" ? "" : pythonType(label)}`;
}

function hostClass(owner: InterfaceModel): string {
  const methods = owner.functions.map((func) => {
    const params = func.params.map(({ name, type }) => `${pythonName(name)}: ${typeText(type)}`).join(", ");
    const args = [JSON.stringify(func.path), ...func.params.map(({ name }) => pythonName(name))].join(", ");
    const result = func.result === undefined ? "None" : typeText(func.result);
    return `\n    @staticmethod\n    def ${pythonName(func.label)}(${params}) -> ${result}:\n${docstring(func.docs, "        ")}        return connection.call_host(${args})\n`;
  });
  return `\n\nclass ${hostName(owner)}:\n${docstring(owner.docs, "    ")}${methods.join("")}`;
}

function pluginFile({ contract, exports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const counts = new Map<string, number>();
  for (const { functions } of exports)
    for (const { label } of functions) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = exports.flatMap((owner) =>
    owner.functions.map((func) => {
      const own = pythonFunction((counts.get(func.label) ?? 0) > 1 ? `${owner.label}-${func.label}` : func.label);
      const params = func.params.map(({ name: label, type }) => `${pythonName(label)}: ${typeText(type)}`).join(", ");
      const stub = `# Your code goes here.\n${func.result === undefined ? "return None" : `return ${zeroText(func.result)}`}`;
      const body = (isHello ? HELLO_BODIES[func.path]?.python : undefined) ?? stub;
      const result = func.result === undefined ? "None" : typeText(func.result);
      return `\n\n@connection.export(${JSON.stringify(func.path)})\ndef ${own}(${params}) -> ${result}:\n${docstring(func.docs, "    ")}${indent(body, "    ")}\n`;
    }),
  );
  return `#!/usr/bin/env python3
"""The plugin ${name} for ${contract.id}: one function for each of the contract."""
from contract import *
${parts.join("")}

if __name__ == "__main__":
    connection.serve()
`;
}

function testFile({ exports }: PluginModel, { isHello }: ScaffoldOptions): string {
  const own = isHello
    ? `    def test_greets(self):
        self.assertEqual(plugin.greet("Ada"), plugin.Ok("Hello, Ada!"))
        self.assertEqual(plugin.sum_([1, 2, 3]), 6)

`
    : "";
  const paths = exports.flatMap(({ functions }) => functions.map(({ path }) => path));
  return `"""Run with: python3 -m unittest"""
import json
import pathlib
import subprocess
import sys
import unittest

import plugin

FUNCTIONS = ${JSON.stringify(paths)}


class PluginTest(unittest.TestCase):
${own}    def test_serves_every_function(self):
        here = pathlib.Path(__file__).parent
        child = subprocess.run([sys.executable, here / "plugin.py"], input=b"{}\\n", capture_output=True, timeout=10)
        greeting = json.loads(child.stdout)
        self.assertEqual(greeting["encoding"], "json-rpc", child.stderr)
        self.assertEqual(set(plugin.connection._implementations), set(FUNCTIONS))


if __name__ == "__main__":
    unittest.main()
`;
}
