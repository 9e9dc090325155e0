// The types of a plugin model -> C structs that lie in memory as the canonical ABI has them: clang for wasm32 lays them out alike.
import { discriminantWidth, layoutOf } from "@tenon/abi/canonical";
import { stem, type Printed } from "./c-print.ts";
import { BYTES, SCALARS, TEXT } from "./c-scalars.ts";
import { CTypeTable, type Structural } from "./c-type-table.ts";
import { valueType } from "./canonical.ts";
import type { CaseModel, NamedType, PartModel, TypeModel } from "./model.ts";
import { cName, docLines } from "./names.ts";

export class CWasmTypes extends CTypeTable {
  constructor() {
    super(["text_t", "bytes_t"]);
  }

  protected scalar(type: TypeModel): string | undefined {
    if (type.kind === "primitive") return (SCALARS[type.name] ?? TEXT).type;
    const isBytes = type.kind === "list" && type.length === undefined && isByte(type.element);
    return isBytes ? BYTES.type : undefined;
  }

  /** An expression for a value that says nothing. */
  zero(type: TypeModel): string {
    const isText = type.kind === "primitive" && SCALARS[type.name] === SCALARS["string"];
    const isNumber = type.kind === "primitive" || (type.kind === "named" && type.type.kind === "enum");
    return isNumber && !isText ? "0" : `(${this.name(type)}){0}`;
  }

  protected named(name: string, type: NamedType): Printed {
    const head = docLines(type.docs, "///");
    if (type.kind === "record") {
      const members = type.fields.map(
        (field) => `${docLines(field.docs, "  ///")}  ${this.name(field.type)} ${cName(field.name)};\n`,
      );
      return struct(name, head, members.join(""));
    }
    if (type.kind === "variant") return struct(name, `${tags(name, type.cases)}${head}`, this.#union(type.cases));
    const word = `uint${8 * layoutOf(valueType({ kind: "named", type })).size}_t`;
    if (type.kind === "enum") return declare(`${tags(name, type.labels)}${head}typedef ${word} ${name};\n`);
    const bits = type.labels.map((one) => `${docLines(one.docs, "  ///")}  ${word} ${cName(one.name)} : 1;\n`);
    return struct(name, head, bits.join(""));
  }

  #union(cases: readonly CaseModel[]): string {
    const members = cases.flatMap((one) =>
      one.type === undefined ? [] : [`    ${this.name(one.type)} ${cName(one.name)};\n`],
    );
    const union = members.length === 0 ? "" : `  union {\n${members.join("")}  };\n`;
    return `  uint${8 * discriminantWidth(cases.length)}_t tag;\n${union}`;
  }

  protected structural(name: string, type: Structural): Printed {
    switch (type.kind) {
      case "list":
        if (type.length !== undefined) return struct(name, "", `  ${this.name(type.element)} items[${type.length}];\n`);
        return struct(name, "", `  ${this.name(type.element)} *items;\n  size_t length;\n`);
      case "map":
        return struct(
          name,
          "",
          `  ${this.name({ kind: "tuple", items: [type.key, type.value] })} *items;\n  size_t length;\n`,
        );
      case "tuple":
        return struct(name, "", type.items.map((item, index) => `  ${this.name(item)} f${index};\n`).join(""));
      case "option":
        return struct(name, "", `  bool is_some;\n  ${this.name(type.item)} value;\n`);
      case "result": {
        const arms = (["ok", "err"] as const).flatMap((arm) => {
          const part = type[arm];
          return part === undefined ? [] : [`    ${this.name(part)} ${arm};\n`];
        });
        return struct(name, "", `  bool is_err;\n${arms.length === 0 ? "" : `  union {\n${arms.join("")}  };\n`}`);
      }
    }
  }
}

function isByte(type: TypeModel): boolean {
  return type.kind === "primitive" && type.name === "u8";
}

function tags(name: string, all: readonly PartModel[]): string {
  const prefix = stem(name).toUpperCase();
  const items = all.map(
    (one) => `${docLines(one.docs, "  ///")}  ${prefix}_${one.name.toUpperCase().replaceAll("-", "_")},\n`,
  );
  return `enum {\n${items.join("")}};\n`;
}

function struct(name: string, head: string, members: string): Printed {
  return declare(`${head}typedef struct {\n${members}} ${name};\n`);
}

function declare(declaration: string): Printed {
  return { declaration, code: "" };
}
