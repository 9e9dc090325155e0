// The types of a plugin model -> AssemblyScript: one class for each, with a function that reads it from memory and one that writes it.
import { casesLayout, casesOf, layoutOf, recordLayout, type CasesType } from "@tenon/abi/canonical";
import { pascalCase } from "@tenon/contract";
import { valueType, widthOf } from "./canonical.ts";
import type { CaseModel, NamedType, TypeModel } from "./model.ts";
import { asName, docLines } from "./names.ts";

const SCALARS: Readonly<Record<string, string>> = {
  bool: "bool",
  u8: "u8",
  u16: "u16",
  u32: "u32",
  u64: "u64",
  s8: "i8",
  s16: "i16",
  s32: "i32",
  s64: "i64",
  f32: "f32",
  f64: "f64",
  char: "u32",
};
/** What abi.ts exports, and what the language has: a type of the contract gets out of their way. */
const TAKEN = [
  "Option",
  "Result",
  "Array",
  "Map",
  "Set",
  "String",
  "Error",
  "Math",
  "Date",
  "Object",
  "Symbol",
  "Function",
];

interface Field {
  readonly name: string;
  readonly type: TypeModel;
  readonly docs?: string;
}

/** Collects the types that are used, with the code that carries them. */
export class AssemblyScriptTypes {
  readonly #names = new Map<string, string>();
  readonly #declarations: string[] = [];
  readonly #code: string[] = [];
  readonly #carried = new Map<string, string>();
  readonly #taken = new Set<string>(TAKEN);
  readonly #tuples = new Set<number>();

  get declarations(): string {
    return [...[...this.#tuples].sort((a, b) => a - b).map(tupleText), ...this.#declarations].join("\n");
  }

  get code(): string {
    return this.#code.join("\n");
  }

  name(type: TypeModel): string {
    switch (type.kind) {
      case "primitive":
        return SCALARS[type.name] ?? "string";
      case "named":
        return this.#named(type.type);
      case "list":
        return isBytes(type) ? "Uint8Array" : `Array<${this.name(type.element)}>`;
      case "map":
        return `Map<${this.name(type.key)}, ${this.name(type.value)}>`;
      case "option":
        return `Option<${this.name(type.item)}>`;
      case "tuple":
        this.#tuples.add(type.items.length);
        return `Tuple${type.items.length}<${type.items.map((item) => this.name(item)).join(", ")}>`;
      case "result":
        return `Result<${this.part(type.ok)}, ${this.part(type.err)}>`;
    }
  }

  part(type: TypeModel | undefined): string {
    return type === undefined ? "bool" : this.name(type);
  }

  /** An expression for a value that says nothing. */
  zero(type: TypeModel): string {
    const name = this.name(type);
    switch (type.kind) {
      case "primitive":
        return name === "string" ? '""' : name === "bool" ? "false" : "0";
      case "list": {
        if (isBytes(type)) return "new Uint8Array(0)";
        if (type.length === undefined) return `new ${name}(0)`;
        return `[${Array.from({ length: type.length }, () => this.zero(type.element)).join(", ")}]`;
      }
      case "map":
      case "option":
        return `new ${name}()`;
      case "tuple":
        return `new ${name}(${type.items.map((item) => this.zero(item)).join(", ")})`;
      case "result":
        return `ok<${this.part(type.ok)}, ${this.part(type.err)}>(${type.ok === undefined ? "true" : this.zero(type.ok)})`;
      case "named": {
        const named = type.type;
        if (named.kind === "record")
          return `new ${name}(${named.fields.map((field) => this.zero(field.type)).join(", ")})`;
        if (named.kind !== "variant") return "0";
        const [first] = named.cases;
        return first?.type === undefined ? `new ${name}(0)` : `${name}.${factory(first)}(${this.zero(first.type)})`;
      }
    }
  }

  /** An expression that reads the type at an address. */
  load(type: TypeModel, address: string): string {
    const word = this.#word(type);
    if (word !== undefined) return `load<${word}>(${address})`;
    return `load${this.#carrier(type)}(${address})`;
  }

  store(type: TypeModel, address: string, value: string): string {
    const word = this.#word(type);
    if (word !== undefined) return `store<${word}>(${address}, ${needsCast(type) ? `<${word}>${value}` : value});`;
    return `store${this.#carrier(type)}(${address}, ${value});`;
  }

  /** The type of AssemblyScript that lies in memory like it. */
  #word(type: TypeModel): string | undefined {
    if (type.kind === "primitive") return SCALARS[type.name];
    const isWord = type.kind === "named" && (type.type.kind === "enum" || type.type.kind === "flags");
    return isWord ? widthOf(valueType(type)).replace("i32", "u32") : undefined;
  }

  #carrier(type: TypeModel): string {
    if (type.kind === "primitive") return "String";
    return type.kind === "list" && isBytes(type) ? "Bytes" : this.#carry(type);
  }

  #named(type: NamedType): string {
    const known = this.#names.get(type.name);
    if (known !== undefined) return known;
    let name = pascalCase(type.name);
    while (this.#taken.has(name)) name += "_";
    this.#taken.add(name);
    this.#names.set(type.name, name);
    this.#declarations.push(this.#declare(name, type));
    return name;
  }

  #declare(name: string, type: NamedType): string {
    const head = docs(type.docs, "");
    switch (type.kind) {
      case "record": {
        const fields = type.fields.map(
          (field) => `${docs(field.docs, "    ")}    public ${asName(field.name)}: ${this.name(field.type)},\n`,
        );
        return `${head}export class ${name} {\n  constructor(\n${fields.join("")}  ) {}\n}\n`;
      }
      case "variant":
        return this.#variantText(name, head, type.cases);
      case "enum":
        return `${head}export enum ${name} {\n${type.labels.map((one) => `${docs(one.docs, "  ")}  ${asName(one.name)},\n`).join("")}}\n`;
      case "flags": {
        const { size } = layoutOf(valueType({ kind: "named", type }));
        const bits = type.labels.map(
          (one, index) =>
            `${docs(one.docs, "")}export const ${type.name.replaceAll("-", "_").toUpperCase()}_${one.name.replaceAll("-", "_").toUpperCase()}: ${name} = 0x${(2 ** index).toString(16)};\n`,
        );
        return `${head}export type ${name} = u${8 * size};\n${bits.join("")}`;
      }
    }
  }

  #variantText(name: string, head: string, cases: readonly CaseModel[]): string {
    const tags = cases.map((one) => `${docs(one.docs, "  ")}  ${asName(one.name)},\n`);
    const loaded = cases.flatMap((one) => (one.type === undefined ? [] : [{ ...one, type: one.type }]));
    const fields = loaded.map((one) => `  ${caseField(one)}!: ${this.name(one.type)};\n`);
    const makers = loaded.map(
      (one) => `
  static ${factory(one)}(value: ${this.name(one.type)}): ${name} {
    const made = new ${name}(${name}Tag.${asName(one.name)});
    made.${caseField(one)} = value;
    return made;
  }
`,
    );
    return `export enum ${name}Tag {\n${tags.join("")}}\n\n${head}export class ${name} {\n${fields.join("")}\n  constructor(public tag: ${name}Tag) {}\n${makers.join("")}}\n`;
  }

  /** Writes the two functions of a compound type once; their names end with the result. */
  #carry(type: TypeModel): string {
    const name = this.name(type);
    const known = this.#carried.get(name);
    if (known !== undefined) return known;
    const id = type.kind === "named" ? name : `${pascalCase(type.kind)}${this.#carried.size}`;
    this.#carried.set(name, id);
    const [load, store] = this.#bodies(type);
    this.#code.push(
      `export function load${id}(p: usize): ${name} {\n${load}}\n\nexport function store${id}(p: usize, value: ${name}): void {\n${store}}\n`,
    );
    return id;
  }

  #bodies(type: TypeModel): readonly [load: string, store: string] {
    const name = this.name(type);
    switch (type.kind) {
      case "list":
        return this.#list(name, type.element, type.length);
      case "map":
        return this.#map(name, type);
      case "tuple":
        return this.#row(
          name,
          type.items.map((item, index) => ({ name: `f${index}`, type: item })),
        );
      case "option": {
        const { payload } = casesLayout(casesOf(valueType(type) as CasesType));
        const item = this.name(type.item);
        return [
          `  return load<u8>(p) == 0 ? none<${item}>() : some<${item}>(${this.load(type.item, `p + ${payload}`)});\n`,
          `  store<u8>(p, value.isSome ? 1 : 0);\n  if (value.isSome) ${this.store(type.item, `p + ${payload}`, "value.value")}\n`,
        ];
      }
      case "result":
        return this.#result(type);
      case "named":
        if (type.type.kind === "record")
          return this.#row(
            name,
            type.type.fields.map((field) => ({ name: asName(field.name), type: field.type })),
          );
        if (type.type.kind === "variant") return this.#variant(name, type, type.type.cases);
        break;
      default:
    }
    throw new TypeError(`${type.kind} is carried as it is`);
  }

  #result(type: Extract<TypeModel, { kind: "result" }>): readonly [string, string] {
    const { payload } = casesLayout(casesOf(valueType(type) as CasesType));
    const parts = `${this.part(type.ok)}, ${this.part(type.err)}`;
    const value = (part: TypeModel | undefined): string =>
      part === undefined ? "true" : this.load(part, `p + ${payload}`);
    const put = (part: TypeModel | undefined, field: string): string =>
      part === undefined ? "" : `    ${this.store(part, `p + ${payload}`, `value.${field}`)}\n`;
    return [
      `  if (load<u8>(p) == 0) return ok<${parts}>(${value(type.ok)});\n  return err<${parts}>(${value(type.err)});\n`,
      `  store<u8>(p, value.isErr ? 1 : 0);\n  if (value.isErr) {\n${put(type.err, "err")}  } else {\n${put(type.ok, "ok")}  }\n`,
    ];
  }

  #row(name: string, fields: readonly Field[]): readonly [string, string] {
    const { offsets } = recordLayout(fields.map((field) => valueType(field.type)));
    const loads = fields.map((field, index) => `    ${this.load(field.type, `p + ${offsets[index]}`)},\n`);
    const stores = fields.map(
      (field, index) => `  ${this.store(field.type, `p + ${offsets[index]}`, `value.${field.name}`)}\n`,
    );
    return [`  return new ${name}(\n${loads.join("")}  );\n`, stores.join("")];
  }

  #variant(name: string, type: TypeModel, cases: readonly CaseModel[]): readonly [string, string] {
    const { discriminant, payload } = casesLayout(casesOf(valueType(type) as CasesType));
    const word = `u${8 * discriminant}`;
    const arms = (text: (part: TypeModel, field: string) => string): string =>
      cases
        .flatMap((one) =>
          one.type === undefined
            ? []
            : [`  if (value.tag == ${name}Tag.${asName(one.name)}) ${text(one.type, `value.${caseField(one)}`)}\n`],
        )
        .join("");
    return [
      `  const value = new ${name}(<i32>load<${word}>(p));\n${arms((part, field) => `${field} = ${this.load(part, `p + ${payload}`)};`)}  return value;\n`,
      `  store<${word}>(p, <${word}>value.tag);\n${arms((part, field) => this.store(part, `p + ${payload}`, field))}`,
    ];
  }

  #list(name: string, element: TypeModel, length: number | undefined): readonly [string, string] {
    const { size } = layoutOf(valueType(element));
    const item = this.name(element);
    const from =
      length === undefined
        ? "  const from: usize = load<u32>(p);\n  const length = <i32>load<u32>(p, 4);\n"
        : `  const from = p;\n  const length = ${length};\n`;
    const to =
      length === undefined
        ? `  const to = alloc(value.length * ${size});\n  store<u32>(p, <u32>to);\n  store<u32>(p, value.length, 4);\n`
        : `  const to = p;\n  assert(value.length == ${length});\n`;
    return [
      `${from}  const value = new ${name}();\n  for (let i = 0; i < length; i++) value.push(${this.load(element, `from + i * ${size}`)});\n  return value;\n`,
      `${to}  for (let i = 0; i < value.length; i++) {\n    const one: ${item} = value[i];\n    ${this.store(element, `to + i * ${size}`, "one")}\n  }\n`,
    ];
  }

  #map(name: string, type: Extract<TypeModel, { kind: "map" }>): readonly [string, string] {
    const { size, offsets } = recordLayout([valueType(type.key), valueType(type.value)]);
    const at = (base: string, index: number): string => `${base} + i * ${size} + ${offsets[index]}`;
    return [
      `  const from: usize = load<u32>(p);\n  const length = <i32>load<u32>(p, 4);\n  const value = new ${name}();\n  for (let i = 0; i < length; i++) value.set(${this.load(type.key, at("from", 0))}, ${this.load(type.value, at("from", 1))});\n  return value;\n`,
      `  const keys = value.keys();\n  const to = alloc(keys.length * ${size});\n  store<u32>(p, <u32>to);\n  store<u32>(p, keys.length, 4);\n  for (let i = 0; i < keys.length; i++) {\n    ${this.store(type.key, at("to", 0), "keys[i]")}\n    ${this.store(type.value, at("to", 1), "value.get(keys[i])")}\n  }\n`,
    ];
  }
}

/** A fixed-length list of bytes lies in its record, so it is carried like every other. */
function isBytes(type: Extract<TypeModel, { kind: "list" }>): boolean {
  return type.length === undefined && type.element.kind === "primitive" && type.element.name === "u8";
}

/** Enums are i32 in AssemblyScript, whatever they take in memory. */
function needsCast(type: TypeModel): boolean {
  return type.kind === "named" && type.type.kind === "enum";
}

/** `tag` is the field that says which case it is. */
function caseField(one: CaseModel): string {
  return asName(one.name);
}

function factory(one: CaseModel): string {
  return `of${pascalCase(one.name)}`;
}

function docs(text: string, margin: string): string {
  return docLines(text, `${margin}///`);
}

function tupleText(count: number): string {
  const all = Array.from({ length: count }, (_, index) => index);
  const fields = all.map((index) => `public f${index}: T${index}`).join(", ");
  return `export class Tuple${count}<${all.map((index) => `T${index}`).join(", ")}> {\n  constructor(${fields}) {}\n}\n`;
}
