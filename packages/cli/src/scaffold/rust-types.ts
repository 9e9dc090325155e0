// The types and signatures of a plugin model in Rust, as the crate `tenon` has them, and values that say nothing.
import type { FunctionModel, InterfaceModel, NamedType, TypeModel } from "./model.ts";
import { rustName, rustType } from "./names.ts";

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

export function signatureText({ label, params, result }: FunctionModel, receiver: string, at = ""): string {
  const list = params.map(({ name, type }) => `, ${rustName(name)}: ${typeText(type, at)}`).join("");
  return `fn ${rustName(label)}(${receiver}${list})${result === undefined ? "" : ` -> ${typeText(result, at)}`}`;
}

export function hostModule({ label }: InterfaceModel): string {
  return `host_${label.toLowerCase().replaceAll("-", "_")}`;
}

/** How one library names the parts of a contract. */
export interface RustSpelling {
  readonly type: (type: NamedType) => string;
  readonly field: (label: string) => string;
  readonly variant: (label: string) => string;
  /** Of an empty set of flags, by the name of its type. */
  readonly noFlags: (name: string) => string;
}

/** As `tenon codegen --rust` does; `at` is the path of the module that the types are in. */
export function crateSpelling(at: string): RustSpelling {
  return {
    type: (type) => `${at}${rustType(type.name)}`,
    field: rustName,
    variant: rustType,
    noFlags: (name) => `${name}::default()`,
  };
}

const ZEROS: Readonly<Record<string, string>> = {
  bool: "false",
  char: "'?'",
  string: "String::new()",
  "error-context": "String::new()",
  f32: "0.0",
  f64: "0.0",
};

/** What a function returns that has no code yet. */
export function rustZero(type: TypeModel, spelling: RustSpelling): string {
  const zero = (part: TypeModel | undefined): string => (part === undefined ? "()" : rustZero(part, spelling));
  switch (type.kind) {
    case "primitive":
      return ZEROS[type.name] ?? "0";
    case "named":
      return namedZero(type.type, spelling);
    case "list":
      return type.length === undefined ? "Vec::new()" : `std::array::from_fn(|_| ${zero(type.element)})`;
    case "map":
      return "Default::default()";
    case "option":
      return "None";
    case "result":
      return `Ok(${zero(type.ok)})`;
    case "tuple":
      return `(${type.items.map((item) => `${zero(item)},`).join(" ")})`;
  }
}

function namedZero(type: NamedType, spelling: RustSpelling): string {
  const name = spelling.type(type);
  switch (type.kind) {
    case "record":
      return `${name} { ${type.fields.map((field) => `${spelling.field(field.name)}: ${rustZero(field.type, spelling)}`).join(", ")} }`;
    case "variant": {
      const [first] = type.cases;
      const payload = first?.type === undefined ? "" : `(${rustZero(first.type, spelling)})`;
      return `${name}::${spelling.variant(first?.name ?? "")}${payload}`;
    }
    case "enum":
      return `${name}::${spelling.variant(type.labels[0]?.name ?? "")}`;
    case "flags":
      return spelling.noFlags(name);
  }
}
