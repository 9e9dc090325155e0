// A plugin model -> a Rust plugin that is a program and a shared library: lib.rs for its author, contract.rs from the WIT, the crate `tenon`.
import { generateRustModule, traitName } from "../native/rust-module.ts";
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, PluginModel } from "./model.ts";
import { docLines, rustName } from "./names.ts";
import { crateSpelling, hostModule, rustZero, signatureText } from "./rust-types.ts";
import { sharedLibrary, template, templates, type Generator, type ScaffoldOptions } from "./scaffold.ts";

export const rust: Generator = {
  boundaries: ["stdio", "dylib"],
  needs: "Rust 1.85 or later, and no crate",
  generate(model, options) {
    const crate = options.name.replaceAll("-", "_");
    return {
      files: [
        { path: "Cargo.toml", text: cargoFile(options.name) },
        { path: "src/main.rs", text: mainFile(options.name, crate) },
        { path: "src/lib.rs", text: libFile(model, options) },
        { path: "src/contract.rs", text: generateRustModule(model, "contract").text },
        { path: "tenon/Cargo.toml", text: template("rust/Cargo.toml") },
        ...templates("rust/src").map(({ name, text }) => ({ path: `tenon/src/${name}`, text })),
        { path: ".gitignore", text: "target/\n" },
      ],
      artifacts: [
        { id: "program", boundary: "stdio", command: [`\${plugin}/target/release/${options.name}`] },
        { id: "library", boundary: "dylib", library: `\${plugin}/target/release/${sharedLibrary(crate)}` },
      ],
      build: ["cargo build --release"],
      test: ["cargo test"],
      main: "src/lib.rs",
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

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
# What the values of a contract are in memory and in JSON, and the way to the host.
tenon = { path = "tenon" }

# A workspace of its own, wherever the folder lies.
[workspace]
exclude = ["tenon"]
`;
}

function mainFile(name: string, crate: string): string {
  return `//! The plugin ${name} as a program, which a Tenon host starts and calls over its standard input and output.

fn main() {
    ${crate}::serve();
}
`;
}

function libFile({ contract, exports, imports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const blocks = exports.map((owner) => {
    const methods = owner.functions.map((func) => methodText(func, isHello));
    return `\nimpl contract::${traitName(owner)} for Plugin {\n${methods.join("\n")}}\n`;
  });
  const hosts = imports.map((owner) => `contract::${hostModule(owner)}`).join(", ");
  const hint = hosts === "" ? "" : `\n// Host functions: ${hosts}. One that fails panics, and with it the call.\n`;
  const wit = `contract.wit is ${contract.id}`;
  return `//! The plugin ${name}: what it does when the host calls it.
mod contract;
${hint}
/// What the plugin keeps between calls; use \`Cell\` or \`RefCell\` for what changes.
#[derive(Default)]
pub struct Plugin;
contract::export!(Plugin);
${blocks.join("")}
#[cfg(test)]
mod tests {
    #[test]
    fn the_contract_is_known() {
        assert_eq!(super::contract::ID, ${JSON.stringify(contract.id)}, ${JSON.stringify(wit)});
    }
}
`;
}

function methodText(func: FunctionModel, isHello: boolean): string {
  const stub = ["// Your code goes here.", ...func.params.map((param) => `let _ = ${rustName(param.name)};`)];
  if (func.result !== undefined) stub.push(rustZero(func.result, crateSpelling("contract::")));
  const body = (isHello ? HELLO_BODIES[func.path]?.rust : undefined) ?? stub.join("\n");
  const head = `${docLines(func.docs, "    ///")}    ${signatureText(func, "&self", "contract::")}`;
  return `${head} {\n${indent(body, "        ")}\n    }\n`;
}
