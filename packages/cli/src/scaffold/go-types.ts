// The types of a plugin model -> Go: one type for each, with a function that reads it from memory and one that writes it there.
import { casesLayout, casesOf, layoutOf, recordLayout, type CasesType } from "@tenon/abi/canonical";
import { pascalCase } from "@tenon/contract";
import { valueType } from "./canonical.ts";
import type { CaseModel, NamedType, TypeModel } from "./model.ts";
import { docLines } from "./names.ts";

const SCALARS: Readonly<Record<string, string>> = {
  u8: "uint8",
  u16: "uint16",
  u32: "uint32",
  u64: "uint64",
  s8: "int8",
  s16: "int16",
  s32: "int32",
  s64: "int64",
  f32: "float32",
  f64: "float64",
  char: "rune",
};

/** Collects the types that are used, with the code that carries them. */
export class GoTypes {
  readonly #names = new Map<string, string>();
  readonly #declarations: string[] = [];
  readonly #code: string[] = [];
  readonly #carried = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #tuples = new Set<number>();
  #hasResult = false;

  /** `taken` are the names of functions, which share Go's one name space. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  get declarations(): string {
    const generic = [...this.#tuples].sort((a, b) => a - b).map(tupleText);
    if (this.#hasResult) generic.push(RESULT);
    return [...generic, ...this.#declarations].join("\n");
  }

  get code(): string {
    return this.#code.join("\n");
  }

  name(type: TypeModel): string {
    switch (type.kind) {
      case "primitive":
        return type.name === "bool" ? "bool" : (SCALARS[type.name] ?? "string");
      case "named":
        return this.#named(type.type);
      case "list":
        return `[${type.length ?? ""}]${this.name(type.element)}`;
      case "map":
        return `map[${this.name(type.key)}]${this.name(type.value)}`;
      case "option":
        return `*${this.name(type.item)}`;
      case "tuple":
        this.#tuples.add(type.items.length);
        return `Tuple${type.items.length}[${type.items.map((item) => this.name(item)).join(", ")}]`;
      case "result": {
        this.#hasResult = true;
        const part = (one: TypeModel | undefined): string => (one === undefined ? "struct{}" : this.name(one));
        return `Result[${part(type.ok)}, ${part(type.err)}]`;
      }
    }
  }

  /** An expression for a value that says nothing. */
  zero(type: TypeModel): string {
    const name = this.name(type);
    if (type.kind === "primitive") return name === "string" ? '""' : name === "bool" ? "false" : "0";
    if (type.kind === "option" || type.kind === "map" || (type.kind === "list" && type.length === undefined))
      return "nil";
    if (type.kind === "named" && (type.type.kind === "enum" || type.type.kind === "flags")) return "0";
    return `${name}{}`;
  }

  load(type: TypeModel, address: string): string {
    return `${this.loader(type)}(${address})`;
  }

  store(type: TypeModel, address: string, value: string): string {
    return `${this.storer(type)}(${address}, ${value})`;
  }

  /** The name of the function that reads the type. */
  loader(type: TypeModel): string {
    const simple = this.#simple(type);
    if (simple !== undefined)
      return simple === "bool" || simple === "string" ? `load${pascalCase(simple)}` : `load[${simple}]`;
    return `load${this.#carry(type)}`;
  }

  storer(type: TypeModel): string {
    const simple = this.#simple(type);
    if (simple !== undefined)
      return simple === "bool" || simple === "string" ? `store${pascalCase(simple)}` : `store[${simple}]`;
    return `store${this.#carry(type)}`;
  }

  /** Types that lie in memory as Go has them. */
  #simple(type: TypeModel): string | undefined {
    if (type.kind === "primitive") return this.name(type);
    const isWord = type.kind === "named" && (type.type.kind === "enum" || type.type.kind === "flags");
    return isWord ? this.name(type) : undefined;
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
    const head = docLines(type.docs, "//");
    if (type.kind === "record") {
      const fields = type.fields.map(
        (field) => `${docLines(field.docs, "\t//")}\t${pascalCase(field.name)} ${this.name(field.type)}\n`,
      );
      return `${head}type ${name} struct {\n${fields.join("")}}\n`;
    }
    if (type.kind === "variant") {
      const tags = labels(name, type.cases, "uint8", type.cases.length, (index) => String(index), `${name}Tag`);
      const fields = type.cases.flatMap((one) =>
        one.type === undefined ? [] : [`\t${caseField(one)} ${this.name(one.type)}\n`],
      );
      return `${tags}\n${head}type ${name} struct {\n\tTag ${name}Tag\n${fields.join("")}}\n`;
    }
    const { size } = layoutOf(valueType({ kind: "named", type }));
    const word = `uint${8 * size}`;
    const value = type.kind === "enum" ? String : (index: number): string => `1 << ${index}`;
    return `${head}${labels(name, type.labels, word, type.labels.length, value, name)}`;
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
      `func load${id}(p uint32) ${name} {\n${load}}\n\nfunc store${id}(p uint32, value ${name}) {\n${store}}\n`,
    );
    return id;
  }

  #bodies(type: TypeModel): readonly [load: string, store: string] {
    switch (type.kind) {
      case "list":
        return this.#list(type.element, type.length);
      case "map":
        return this.#map(type);
      case "tuple":
        return this.#row(
          type,
          type.items.map((item, index) => ({ name: `F${index}`, type: item })),
        );
      case "option": {
        const { payload } = casesLayout(casesOf(valueType(type) as CasesType));
        return [
          `\tif load[uint8](p) == 0 {\n\t\treturn nil\n\t}\n\tvalue := ${this.load(type.item, `p + ${payload}`)}\n\treturn &value\n`,
          `\tif value == nil {\n\t\tstore[uint8](p, 0)\n\t\treturn\n\t}\n\tstore[uint8](p, 1)\n\t${this.store(type.item, `p+${payload}`, "*value")}\n`,
        ];
      }
      case "result": {
        const { payload } = casesLayout(casesOf(valueType(type) as CasesType));
        const arms = [type.ok, type.err].map((part, index) => {
          const field = index === 0 ? "OK" : "Err";
          if (part === undefined) return ["", ""] as const;
          return [
            `\t\tvalue.${field} = ${this.load(part, `p + ${payload}`)}\n`,
            `\t\t${this.store(part, `p+${payload}`, `value.${field}`)}\n`,
          ] as const;
        });
        const branch = (index: 0 | 1): string =>
          `\tif value.IsErr {\n${arms[1]?.[index] ?? ""}\t} else {\n${arms[0]?.[index] ?? ""}\t}\n`;
        return [
          `\tvalue := ${this.name(type)}{IsErr: loadBool(p)}\n${branch(0)}\treturn value\n`,
          `\tstoreBool(p, value.IsErr)\n${branch(1)}`,
        ];
      }
      case "named": {
        if (type.type.kind === "record")
          return this.#row(
            type,
            type.type.fields.map((field) => ({ name: pascalCase(field.name), type: field.type })),
          );
        if (type.type.kind === "variant") return this.#variant(type, type.type.cases);
        break;
      }
      default:
    }
    throw new TypeError(`${type.kind} is carried as it is`);
  }

  #row(
    type: TypeModel,
    fields: readonly { readonly name: string; readonly type: TypeModel }[],
  ): readonly [string, string] {
    const { offsets } = recordLayout(fields.map((field) => valueType(field.type)));
    const loads = fields.map(
      (field, index) => `\tvalue.${field.name} = ${this.load(field.type, `p + ${offsets[index]}`)}\n`,
    );
    const stores = fields.map(
      (field, index) => `\t${this.store(field.type, `p+${offsets[index]}`, `value.${field.name}`)}\n`,
    );
    return [`\tvar value ${this.name(type)}\n${loads.join("")}\treturn value\n`, stores.join("")];
  }

  #variant(type: TypeModel, cases: readonly CaseModel[]): readonly [string, string] {
    const { discriminant, payload } = casesLayout(casesOf(valueType(type) as CasesType));
    const word = `uint${8 * discriminant}`;
    const name = this.name(type);
    const arms = (text: (part: TypeModel, field: string) => string): string =>
      cases
        .flatMap((one, index) =>
          one.type === undefined ? [] : [`\tcase ${index}:\n\t\t${text(one.type, `value.${caseField(one)}`)}\n`],
        )
        .join("");
    return [
      `\tvalue := ${name}{Tag: ${name}Tag(load[${word}](p))}\n\tswitch value.Tag {\n${arms((part, field) => `${field} = ${this.load(part, `p + ${payload}`)}`)}\t}\n\treturn value\n`,
      `\tstore(p, ${word}(value.Tag))\n\tswitch value.Tag {\n${arms((part, field) => this.store(part, `p+${payload}`, field))}\t}\n`,
    ];
  }

  #list(element: TypeModel, length: number | undefined): readonly [string, string] {
    const { size } = layoutOf(valueType(element));
    if (length !== undefined) {
      return [
        `\tvar value [${length}]${this.name(element)}\n\tfor i := range value {\n\t\tvalue[i] = ${this.load(element, `p + uint32(i)*${size}`)}\n\t}\n\treturn value\n`,
        `\tfor i, one := range value {\n\t\t${this.store(element, `p+uint32(i)*${size}`, "one")}\n\t}\n`,
      ];
    }
    return [
      `\treturn loadList(p, ${size}, ${this.loader(element)})\n`,
      `\tstoreList(p, ${size}, value, ${this.storer(element)})\n`,
    ];
  }

  #map(type: Extract<TypeModel, { kind: "map" }>): readonly [string, string] {
    const { size, offsets } = recordLayout([valueType(type.key), valueType(type.value)]);
    const at = (base: string, index: number): string => `${base}+${offsets[index]}`;
    return [
      `\tvalue := make(${this.name(type)})\n\tfrom, length := load[uint32](p), load[uint32](p+4)\n\tfor i := uint32(0); i < length; i++ {\n\t\titem := from + i*${size}\n\t\tvalue[${this.load(type.key, at("item", 0))}] = ${this.load(type.value, at("item", 1))}\n\t}\n\treturn value\n`,
      `\tto := alloc(uint32(len(value)) * ${size})\n\tstore(p, to)\n\tstore(p+4, uint32(len(value)))\n\tfor key, one := range value {\n\t\t${this.store(type.key, at("to", 0), "key")}\n\t\t${this.store(type.value, at("to", 1), "one")}\n\t\tto += ${size}\n\t}\n`,
    ];
  }
}

/** `Tag` is the field that says which case it is. */
function caseField(one: CaseModel): string {
  const name = pascalCase(one.name);
  return name === "Tag" ? "Tag_" : name;
}

function labels(
  prefix: string,
  all: readonly { readonly name: string; readonly docs: string }[],
  small: string,
  count: number,
  value: (index: number) => string,
  type: string,
): string {
  const word = type === prefix || count <= 256 ? small : count <= 65_536 ? "uint16" : "uint32";
  const items = all.map(
    (one, index) => `${docLines(one.docs, "\t//")}\t${prefix}${pascalCase(one.name)} ${type} = ${value(index)}\n`,
  );
  return `type ${type} ${word}\n\nconst (\n${items.join("")})\n`;
}

function tupleText(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `T${index}`);
  const fields = names.map((name, index) => `\tF${index} ${name}\n`);
  return `type Tuple${count}[${names.join(", ")} any] struct {\n${fields.join("")}}\n`;
}

const RESULT = `// Result is a value, not an error of Go: the host gets it as it is.
type Result[T, E any] struct {
	IsErr bool
	OK    T
	Err   E
}
`;
