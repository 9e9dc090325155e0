// A plugin model -> a Rust plugin for the `component` and `wasm` boundaries: lib.rs for its author, everything else by wit-bindgen.
import { HELLO_BODIES, indent } from "./hello-bodies.ts";
import type { FunctionModel, InterfaceModel, NamedType, PluginModel, TypeModel } from "./model.ts";
import { bindgenName, bindgenType, docLines } from "./names.ts";
import { rustZero, type RustSpelling } from "./rust-types.ts";
import type { Generator, Scaffold, ScaffoldOptions } from "./scaffold.ts";

/** The newest that has been tried. */
const WIT_BINDGEN = "0.61.1";
const TARGET = "wasm32-unknown-unknown";

export const rustComponent: Generator = {
  boundaries: ["component"],
  needs: `Rust 1.85 or later with the target ${TARGET}, and the crate wit-bindgen`,
  generate: (model, options) => generate(model, options, "component"),
};

export const rustWasm: Generator = {
  boundaries: ["wasm"],
  needs: `Rust 1.85 or later with the target ${TARGET}, and the crate wit-bindgen`,
  generate: (model, options) => generate(model, options, "wasm"),
};

function generate(model: PluginModel, options: ScaffoldOptions, boundary: "component" | "wasm"): Scaffold {
  const { name } = options;
  const module = `target/${TARGET}/release/${name.replaceAll("-", "_")}.wasm`;
  return {
    files: [
      { path: "Cargo.toml", text: cargoFile(name) },
      { path: "src/lib.rs", text: libFile(model, options) },
      { path: ".gitignore", text: "target/\n*.wasm\n" },
    ],
    artifacts: [{ id: boundary, boundary, module: `\${plugin}/${name}.wasm` }],
    build: [
      `rustup target add ${TARGET}`,
      `cargo build --release --target ${TARGET}`,
      `tenon wrap ${module} --wit contract.wit --to ${boundary} -o ${name}.wasm`,
    ],
    test: [],
    main: "src/lib.rs",
  };
}

function cargoFile(name: string): string {
  return `[package]
name = "${name}"
version = "0.1.0"
edition = "2024"
rust-version = "1.85"
publish = false

[lib]
crate-type = ["cdylib"]

[dependencies]
wit-bindgen = { version = "${WIT_BINDGEN}", default-features = false, features = ["macros", "realloc", "bitflags", "std"] }

[profile.release]
opt-level = "s"
lto = true
codegen-units = 1
strip = true

# A workspace of its own, wherever the folder lies.
[workspace]
`;
}

function libFile({ contract, exports, imports }: PluginModel, { name, isHello }: ScaffoldOptions): string {
  const world = contract.id.replace(/^.*\//, "").replace(/@.*$/, "");
  const exported = new Set(contract.exports.map(({ id }) => id));
  const blocks = exports.map((owner) => {
    const id = contract.exports.find(({ key }) => key === owner.key)?.id ?? "";
    return implText(owner, id, exported, isHello);
  });
  const host = imports.flatMap((owner) => {
    const id = contract.imports.find(({ key }) => key === owner.key)?.id ?? "";
    return owner.functions.map((func) => `//   ${[...pathOf(id), bindgenName(func.label)].join("::")}\n`);
  });
  const hint = host.length === 0 ? "" : `\n// The host's functions:\n${host.join("")}`;
  return `//! The plugin ${name} for ${contract.id}: what it does when the host calls it.

wit_bindgen::generate!({ path: "contract.wit", world: "${world}" });

struct Plugin;
export!(Plugin);
${hint}
${blocks.join("\n")}`;
}

/** `tenon:builder/report@0.1.0` -> the modules that wit-bindgen makes of it; none for the world itself. */
function pathOf(id: string): readonly string[] {
  if (id === "") return [];
  return id.replace(/@.*$/, "").split(/[:/]/).map(bindgenName);
}

function implText(owner: InterfaceModel, id: string, exported: ReadonlySet<string>, isHello: boolean): string {
  const path = id === "" ? [] : ["exports", ...pathOf(id)];
  const types = new RustNames(path.join("::"), exported);
  const functions = owner.functions.map((func) => functionText(func, types, isHello));
  return `impl ${[...path, "Guest"].join("::")} for Plugin {\n${indent(functions.join("\n"), "    ")}}\n`;
}

function functionText(func: FunctionModel, types: RustNames, isHello: boolean): string {
  const params = func.params.map(({ name, type }) => `${bindgenName(name)}: ${types.name(type)}`).join(", ");
  const unused = func.params.map(({ name }) => bindgenName(name)).join(", ");
  const quiet = unused === "" ? "" : `let _ = ${func.params.length === 1 ? unused : `(${unused})`};\n`;
  const zero = func.result === undefined ? "" : rustZero(func.result, types.spelling);
  const body =
    (isHello ? HELLO_BODIES[func.path]?.rust : undefined) ?? `// Your code goes here.\n${quiet}${zero}`.trimEnd();
  const result = func.result === undefined ? "" : ` -> ${types.name(func.result)}`;
  return `${docLines(func.docs, "///")}fn ${bindgenName(func.label)}(${params})${result} {\n${indent(body, "    ")}\n}\n`;
}

const SCALARS: Readonly<Record<string, string>> = {
  s8: "i8",
  s16: "i16",
  s32: "i32",
  s64: "i64",
  string: "String",
  "error-context": "String",
};

/** The names of wit-bindgen's types, seen from the crate's root. */
class RustNames {
  readonly #module: string;
  readonly #exported: ReadonlySet<string>;

  /** `module` is where types are that belong to no interface with an id; `exported` are the ids of the world's exports. */
  constructor(module: string, exported: ReadonlySet<string>) {
    this.#module = module;
    this.#exported = exported;
  }

  get spelling(): RustSpelling {
    return {
      type: (type) => this.#named(type),
      field: bindgenName,
      variant: bindgenType,
      noFlags: (name) => `${name}::empty()`,
    };
  }

  name(type: TypeModel): string {
    const part = (one: TypeModel | undefined): string => (one === undefined ? "()" : this.name(one));
    switch (type.kind) {
      case "primitive":
        return SCALARS[type.name] ?? type.name;
      case "named":
        return this.#named(type.type);
      case "list":
        return type.length === undefined
          ? `Vec<${this.name(type.element)}>`
          : `[${this.name(type.element)}; ${type.length}]`;
      case "map":
        return `wit_bindgen::rt::Map<${this.name(type.key)}, ${this.name(type.value)}>`;
      case "option":
        return `Option<${this.name(type.item)}>`;
      case "result":
        return `Result<${part(type.ok)}, ${part(type.err)}>`;
      case "tuple":
        return `(${type.items.map((item) => `${this.name(item)},`).join(" ")})`.replace(
          /,\)$/,
          type.items.length === 1 ? ",)" : ")",
        );
    }
  }

  /** An interface that is imported and exported has its types twice; what is exported speaks of its own. */
  #named({ label, owner }: NamedType): string {
    const module =
      owner === undefined ? [this.#module] : [...(this.#exported.has(owner) ? ["exports"] : []), ...pathOf(owner)];
    return [...module.filter((part) => part !== ""), bindgenType(label)].join("::");
  }
}
