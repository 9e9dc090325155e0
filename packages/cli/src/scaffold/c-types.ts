// The types of a plugin model -> C: one struct for each, with a function that reads its JSON form and one that writes it.
import type { NamedType, TypeModel } from "./model.ts";
import { print, printEnum, printFlags, stem, type Printed } from "./c-print.ts";
import { CTypeTable, type Structural } from "./c-type-table.ts";
import { BYTES, SCALARS, TEXT, type Scalar } from "./c-scalars.ts";
import { cName, docLines } from "./names.ts";

/** Structs with readers and writers of their JSON form. */
export class CTypes extends CTypeTable {
  constructor() {
    super(["text_t", "bytes_t", "call_t", "json_t", "out_t", "dispatch_t"]);
  }

  protected scalar(type: TypeModel): string | undefined {
    return this.#scalar(type)?.type;
  }

  read(type: TypeModel, json: string): string {
    const scalar = this.#scalar(type);
    return scalar === undefined ? `read_${stem(this.compound(type))}(call, ${json})` : scalar.read(json);
  }

  write(type: TypeModel, value: string): string {
    const scalar = this.#scalar(type);
    return scalar === undefined ? `write_${stem(this.compound(type))}(out, ${value});` : scalar.write(value);
  }

  #scalar(type: TypeModel): Scalar | undefined {
    if (type.kind === "primitive") return SCALARS[type.name] ?? TEXT;
    const isBytes = type.kind === "list" && type.element.kind === "primitive" && type.element.name === "u8";
    return isBytes ? BYTES : undefined;
  }

  protected named(name: string, type: NamedType): Printed {
    switch (type.kind) {
      case "record":
        return this.#record(name, type);
      case "variant":
        return this.#variant(name, type);
      case "enum":
        return printEnum(name, type);
      case "flags":
        return printFlags(name, type);
    }
  }

  #record(name: string, { docs, fields }: Extract<NamedType, { kind: "record" }>): Printed {
    const members = fields.map(
      (field) => `${docLines(field.docs, "  ///")}  ${this.name(field.type)} ${cName(field.name)};\n`,
    );
    const read = fields.map(
      (field) =>
        `  value.${cName(field.name)} = ${this.read(field.type, `json_get(json, ${JSON.stringify(field.name)})`)};\n`,
    );
    const write = fields.map(
      (field, index) =>
        `  out_raw(out, ${JSON.stringify(`${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`)});\n  ${this.write(field.type, `value.${cName(field.name)}`)}\n`,
    );
    return print(
      name,
      docs,
      members.join("") || "  char nothing;\n",
      read.join(""),
      `${write.join("") || '  out_raw(out, "{");\n'}  out_raw(out, "}");\n`,
    );
  }

  #variant(name: string, { docs, cases }: Extract<NamedType, { kind: "variant" }>): Printed {
    const prefix = stem(name).toUpperCase();
    const tag = (label: string): string => `${prefix}_${label.toUpperCase().replaceAll("-", "_")}`;
    const loaded = cases.flatMap((one) => (one.type === undefined ? [] : [{ ...one, type: one.type }]));
    const tags = cases.map((one) => `${docLines(one.docs, "    ///")}    ${tag(one.name)},\n`);
    const union = loaded.map((one) => `    ${this.name(one.type)} ${cName(one.name)};\n`);
    const members = `  enum {\n${tags.join("")}  } tag;\n${union.length === 0 ? "" : `  union {\n${union.join("")}  };\n`}`;
    const read = cases.map((one) => {
      const value =
        one.type === undefined ? "" : ` value.${cName(one.name)} = ${this.read(one.type, 'json_get(json, "val")')};`;
      return `  if (json_is(tag, ${JSON.stringify(one.name)})) {\n    value.tag = ${tag(one.name)};${value === "" ? "" : `\n   ${value}`}\n    return value;\n  }\n`;
    });
    const write = cases.map((one) => {
      const head = `    case ${tag(one.name)}:\n      out_raw(out, ${JSON.stringify(`{"tag":${JSON.stringify(one.name)}${one.type === undefined ? "}" : ',"val":'}`)});\n`;
      return one.type === undefined
        ? `${head}      break;\n`
        : `${head}      ${this.write(one.type, `value.${cName(one.name)}`)}\n      out_raw(out, "}");\n      break;\n`;
    });
    const readAll = `  const json_t *tag = json->kind == JSON_TEXT ? json : json_get(json, "tag");\n${read.join("")}  call_fail(call, "expected a case of ${stem(name)}");\n`;
    return print(name, docs, members, readAll, `  switch (value.tag) {\n${write.join("")}  }\n`);
  }

  protected structural(name: string, type: Structural): Printed {
    switch (type.kind) {
      case "list":
        return type.length === undefined
          ? this.#list(name, type.element)
          : this.#array(name, type.element, type.length);
      case "map":
        return this.#map(name, type.key, type.value);
      case "tuple":
        return this.#tuple(name, type.items);
      case "option":
        return this.#option(name, type.item);
      case "result":
        return this.#result(name, type.ok, type.err);
    }
  }

  #list(name: string, element: TypeModel): Printed {
    const item = this.name(element);
    return print(
      name,
      "",
      `  ${item} *items;\n  size_t length;\n`,
      `  json_list(call, json, SIZE_MAX);
  value.items = call_alloc(call, json->length * sizeof(${item}));
  for (size_t i = 0; i < json->length; i++) value.items[value.length++] = ${this.read(element, "&json->items[i]")};
`,
      `  out_raw(out, "[");
  for (size_t i = 0; i < value.length; i++) {
    if (i > 0) out_raw(out, ",");
    ${this.write(element, "value.items[i]")}
  }
  out_raw(out, "]");
`,
    );
  }

  #array(name: string, element: TypeModel, length: number): Printed {
    const fill = `  for (size_t i = 0; i < ${length}; i++) value.items[i] = ${this.read(element, "&json->items[i]")};\n`;
    return print(
      name,
      "",
      `  ${this.name(element)} items[${length}];\n`,
      `  json_list(call, json, ${length});\n${fill}`,
      `  out_raw(out, "[");
  for (size_t i = 0; i < ${length}; i++) {
    if (i > 0) out_raw(out, ",");
    ${this.write(element, "value.items[i]")}
  }
  out_raw(out, "]");
`,
    );
  }

  #map(name: string, key: TypeModel, value: TypeModel): Printed {
    return this.#list(name, { kind: "tuple", items: [key, value] });
  }

  #tuple(name: string, items: readonly TypeModel[]): Printed {
    const members = items.map((item, index) => `  ${this.name(item)} f${index};\n`);
    const read = items.map((item, index) => `  value.f${index} = ${this.read(item, `&json->items[${index}]`)};\n`);
    const write = items.map(
      (item, index) => `  out_raw(out, "${index === 0 ? "[" : ","}");\n  ${this.write(item, `value.f${index}`)}\n`,
    );
    return print(
      name,
      "",
      members.join(""),
      `  json_list(call, json, ${items.length});\n${read.join("")}`,
      `${write.join("")}  out_raw(out, "]");\n`,
    );
  }

  /** An option inside an option is `{ "some": value }`, because null could not tell the two apart. */
  #option(name: string, item: TypeModel): Printed {
    const isNested = item.kind === "option";
    const from = isNested ? 'json_get(json, "some")' : "json";
    const write = isNested
      ? `    out_raw(out, "{\\"some\\":");\n    ${this.write(item, "value.value")}\n    out_raw(out, "}");\n`
      : `    ${this.write(item, "value.value")}\n`;
    return print(
      name,
      "",
      `  bool is_some;\n  ${this.name(item)} value;\n`,
      `  value.is_some = json->kind != JSON_NULL;\n  if (value.is_some) value.value = ${this.read(item, from)};\n`,
      `  if (value.is_some) {\n${write}  } else {\n    out_raw(out, "null");\n  }\n`,
    );
  }

  #result(name: string, ok: TypeModel | undefined, err: TypeModel | undefined): Printed {
    const arms = [
      { arm: "ok", type: ok },
      { arm: "err", type: err },
    ];
    const union = arms.flatMap(({ arm, type }) => (type === undefined ? [] : [`    ${this.name(type)} ${arm};\n`]));
    const read = arms.map(({ arm, type }) =>
      type === undefined
        ? ""
        : `  if (${arm === "ok" ? "!" : ""}value.is_err) value.${arm} = ${this.read(type, `json_get(json, "${arm}")`)};\n`,
    );
    const write = arms.map(
      ({ arm, type }) =>
        `  ${arm === "ok" ? "if (!value.is_err)" : "else"} {\n    out_raw(out, "{\\"${arm}\\":");\n    ${type === undefined ? 'out_raw(out, "null");' : this.write(type, `value.${arm}`)}\n  }\n`,
    );
    const members = `  bool is_err;\n${union.length === 0 ? "" : `  union {\n${union.join("")}  };\n`}`;
    return print(
      name,
      "",
      members,
      `  value.is_err = json_has(json, "err");\n${read.join("")}`,
      `${write.join("").replaceAll("}\n  else", "} else")}  out_raw(out, "}");\n`,
    );
  }
}
