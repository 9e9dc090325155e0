// A plugin model -> a Rust plugin on the standard library alone: plugin.rs for its author, contract.rs from the WIT, the rest for the pipe.
import { pascalCase } from "@tenon/contract";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, NamedType, PluginModel, TypeModel } from "./model.ts";
import { docLines, rustName, rustType } from "./names.ts";
import { template, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const rust: Generator = {
  boundaries: ["stdio"],
  needs: "Rust 1.85 or later, and no crate",
  generate(model, options) {
    return {
      files: [
        { path: "Cargo.toml", text: cargoFile(options.name) },
        { path: "src/main.rs", text: mainFile(options.name) },
        { path: "src/plugin.rs", text: pluginFile(model, options) },
        { path: "src/contract.rs", text: contractFile(model) },
        ...["host.rs", "json.rs", "wire.rs"].map((name) => ({ path: `src/${name}`, text: template(`rust/${name}`) })),
        { path: ".gitignore", text: "target/\n" },
      ],
      artifacts: [{ id: "rust", boundary: "stdio", command: [`\${plugin}/target/release/${options.name}`] }],
      build: ["cargo build --release"],
      test: ["cargo test"],
      main: "src/plugin.rs",
    };
  },
};

function cargoFile(name: string): string {
  return `[package]
name = "${name}"
version = "0.1.0"
edition = "2024"
rust-version = "1.85"
publish = false

[dependencies]

# A workspace of its own, wherever the folder lies.
[workspace]
`;
}

function mainFile(name: string): string {
  return `//! The plugin ${name}: a program that a Tenon host starts and calls over its standard input and output.
mod contract;
mod host;
mod json;
mod plugin;
mod wire;

fn main() {
    let plugin = plugin::Plugin::default();
    host::serve(contract::ID, &|host, path, params| contract::dispatch(&plugin, host, path, params));
}
`;
}

const TYPES: Readonly<Record<string, string>> = {
  s8: "i8",
  s16: "i16",
  s32: "i32",
  s64: "i64",
  string: "String",
  "error-context": "String",
};

/** The Rust type; `at` is the path of the module that named types are in. */
export function typeText(type: TypeModel, at = ""): string {
  const inner = (part: TypeModel | undefined): string => (part === undefined ? "()" : typeText(part, at));
  switch (type.kind) {
    case "primitive":
      return TYPES[type.name] ?? type.name;
    case "named":
      return `${at}${rustType(type.type.name)}`;
    case "list":
      return type.length === undefined ? `Vec<${inner(type.element)}>` : `[${inner(type.element)}; ${type.length}]`;
    case "map":
      return `Vec<(${inner(type.key)}, ${inner(type.value)})>`;
    case "option":
      return `Option<${inner(type.item)}>`;
    case "tuple":
      return `(${type.items.map((item) => `${inner(item)},`).join(" ")})`;
    case "result":
      return `Result<${inner(type.ok)}, ${inner(type.err)}>`;
  }
}

function contractFile({ contract, types, exports, imports }: PluginModel): string {
  const arms = exports.flatMap((owner) => owner.functions.map((func) => dispatchArm(owner, func)));
  return `//! The contract ${contract.id} in Rust. Made by \`tenon new plugin\` from contract.wit.
#![allow(dead_code, clippy::all)]

use crate::host::Host;
use crate::json::Json;
use crate::plugin::Plugin;
use crate::wire::Wire;

pub const ID: &str = ${JSON.stringify(contract.id)};
${types.map(declaration).join("")}${exports.map(traitText).join("")}${imports.map(hostText).join("")}
/// One call of the host: its parameters read, the function run, its result written.
pub fn dispatch(plugin: &Plugin, host: &Host, path: &str, params: &Json) -> Result<Json, String> {
    match path {
${indent(arms.join(""), "        ")}        _ => Err(format!("there is no function {path}")),
    }
}
`;
}

function dispatchArm(owner: InterfaceModel, func: FunctionModel): string {
  const args = func.params.map(({ name }) => `, params.param(${JSON.stringify(name)})?`).join("");
  return `${JSON.stringify(func.path)} => Ok(${pascalCase(owner.label)}Exports::${rustName(func.label)}(plugin, host${args}).write()),\n`;
}

export function signatureText({ label, params, result }: FunctionModel, receiver: string, at = ""): string {
  const list = params.map(({ name, type }) => `, ${rustName(name)}: ${typeText(type, at)}`).join("");
  return `fn ${rustName(label)}(${receiver}${list})${result === undefined ? "" : ` -> ${typeText(result, at)}`}`;
}

function traitText(owner: InterfaceModel): string {
  const methods = owner.functions.map(
    (func) => `${docLines(func.docs, "    ///")}    ${signatureText(func, "&self, host: &Host")};\n`,
  );
  return `\n${docLines(owner.docs, "///")}pub trait ${pascalCase(owner.label)}Exports {\n${methods.join("\n")}}\n`;
}

/** Host functions as a module each; a host that refuses a call makes the plugin's own call fail. */
function hostText(owner: InterfaceModel): string {
  const functions = owner.functions.map((func) => {
    const args = func.params.map(({ name }) => `${rustName(name)}.write()`).join(", ");
    const call = `host.call(${JSON.stringify(func.path)}, vec![${args}]).unwrap_or_else(|error| panic!("{error}"))`;
    const body =
      func.result === undefined ? `${call};` : `Wire::read(&${call}).unwrap_or_else(|error| panic!("{error}"))`;
    return `${docLines(func.docs, "    ///")}    pub ${signatureText(func, "host: &Host")} {\n        ${body}\n    }\n`;
  });
  return `\n${docLines(owner.docs, "///")}pub mod ${hostModule(owner)} {\n    use super::*;\n\n${functions.join("\n")}}\n`;
}

export function hostModule({ label }: InterfaceModel): string {
  return `host_${label.toLowerCase().replaceAll("-", "_")}`;
}

function declaration(type: NamedType): string {
  const name = rustType(type.name);
  const head = `\n${docLines(type.docs, "///")}#[derive(Debug, Clone, PartialEq)]\n`;
  switch (type.kind) {
    case "record":
      return `${head}${recordText(name, type.fields)}`;
    case "variant":
      return `${head}${variantText(name, type.cases)}`;
    case "enum":
      return `${head}${variantText(
        name,
        type.labels.map((one) => ({ ...one, isBare: true })),
      )}`;
    case "flags":
      return `${head}${flagsText(name, type.labels)}`;
  }
}

function recordText(
  name: string,
  fields: readonly { readonly name: string; readonly docs: string; readonly type: TypeModel }[],
): string {
  const members = fields.map(
    (field) => `${docLines(field.docs, "    ///")}    pub ${rustName(field.name)}: ${typeText(field.type)},\n`,
  );
  const read = fields.map(
    (field) => `            ${rustName(field.name)}: json.param(${JSON.stringify(field.name)})?,\n`,
  );
  const write = fields.map(
    (field) => `            (${JSON.stringify(field.name)}.into(), self.${rustName(field.name)}.write()),\n`,
  );
  const zero = fields.map((field) => `            ${rustName(field.name)}: Wire::zero(),\n`);
  return `pub struct ${name} {
${members.join("")}}

impl Wire for ${name} {
    fn read(json: &Json) -> Result<Self, String> {
        Ok(${name} {
${read.join("")}        })
    }
    fn write(&self) -> Json {
        Json::Object(vec![
${write.join("")}        ])
    }
    fn zero() -> Self {
        ${name} {
${zero.join("")}        }
    }
}
`;
}

interface Case {
  readonly name: string;
  readonly docs: string;
  readonly type?: TypeModel;
  /** An enum's case is its label alone. */
  readonly isBare?: boolean;
}

function variantText(name: string, cases: readonly Case[]): string {
  const own = (one: Case): string => `${name}::${rustType(one.name)}`;
  const members = cases.map(
    (one) =>
      `${docLines(one.docs, "    ///")}    ${rustType(one.name)}${one.type === undefined ? "" : `(${typeText(one.type)})`},\n`,
  );
  const read = cases.map(
    (one) =>
      `            ${JSON.stringify(one.name)} => ${one.type === undefined ? own(one) : `${own(one)}(json.param("val")?)`},\n`,
  );
  const write = cases.map((one) => {
    const label = `Json::Text(${JSON.stringify(one.name)}.into())`;
    if (one.isBare) return `            ${own(one)} => ${label},\n`;
    const tag = `("tag".into(), ${label})`;
    return one.type === undefined
      ? `            ${own(one)} => Json::Object(vec![${tag}]),\n`
      : `            ${own(one)}(value) => Json::Object(vec![${tag}, ("val".into(), value.write())]),\n`;
  });
  const [first] = cases;
  return `pub enum ${name} {
${members.join("")}}

impl Wire for ${name} {
    fn read(json: &Json) -> Result<Self, String> {
        Ok(match json.text().or(json.get("tag").text()).unwrap_or("") {
${read.join("")}            other => return Err(format!("{other:?} is no case of ${name}")),
        })
    }
    fn write(&self) -> Json {
        match self {
${write.join("")}        }
    }
    fn zero() -> Self {
        ${first === undefined ? "unreachable!()" : `${own(first)}${first.type === undefined ? "" : "(Wire::zero())"}`}
    }
}
`;
}

function flagsText(name: string, labels: readonly { readonly name: string; readonly docs: string }[]): string {
  const members = labels.map((one) => `${docLines(one.docs, "    ///")}    pub ${rustName(one.name)}: bool,\n`);
  const read = labels.map((one) => `            ${rustName(one.name)}: set.contains(&${JSON.stringify(one.name)}),\n`);
  const write = labels.map((one) => `            (${JSON.stringify(one.name)}, self.${rustName(one.name)}),\n`);
  const zero = labels.map((one) => `            ${rustName(one.name)}: false,\n`);
  return `pub struct ${name} {
${members.join("")}}

impl Wire for ${name} {
    fn read(json: &Json) -> Result<Self, String> {
        let Json::List(items) = json else { return Err("expected a list of flags".into()) };
        let set: Vec<&str> = items.iter().filter_map(Json::text).collect();
        Ok(${name} {
${read.join("")}        })
    }
    fn write(&self) -> Json {
        let flags: [(&str, bool); ${labels.length}] = [
${write.join("")}        ];
        Json::List(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(label, _)| Json::Text(label.into())).collect())
    }
    fn zero() -> Self {
        ${name} {
${zero.join("")}        }
    }
}
`;
}

function pluginFile({ exports, imports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const blocks = exports.map((owner) => {
    const methods = owner.functions.map((func) => {
      const stub = `// Your code goes here.${func.result === undefined ? "" : "\nWire::zero()"}`;
      const body = (isHello ? HELLO_BODIES[func.path]?.rust : undefined) ?? stub;
      return `${docLines(func.docs, "    ///")}    ${signatureText(func, "&self, host: &Host", "contract::")} {\n${indent(body, "        ")}\n    }\n`;
    });
    return `\nimpl contract::${pascalCase(owner.label)}Exports for Plugin {\n${methods.join("\n")}}\n`;
  });
  const hint =
    imports.length === 0
      ? ""
      : `\n// Host functions: ${imports.map((owner) => `contract::${hostModule(owner)}`).join(", ")}.\n`;
  return `//! The plugin ${name}: what it does when the host calls it.
#![allow(unused_imports, unused_variables)]

use crate::contract;
use crate::host::Host;
use crate::wire::Wire;
${hint}
/// What the plugin keeps between calls; use \`Cell\` or \`RefCell\` for what changes.
#[derive(Default)]
pub struct Plugin;
${blocks.join("")}
#[cfg(test)]
mod tests {
    use crate::json::Json;
    use crate::wire::Wire;

    #[test]
    fn values_survive_the_wire() {
        let value: Vec<Option<(u64, String)>> = vec![None, Some((u64::MAX, "a \\"b\\"\\n".into()))];
        assert_eq!(Wire::read(&value.write()), Ok(value));
        assert!(Json::parse("{\\"a\\":[1,").is_err());
    }
}
`;
}
