// One C type -> its declaration, the function that reads its JSON form and the one that writes it.
import type { NamedType } from "./model.ts";
import { cName, docLines } from "./names.ts";

export interface Printed {
  readonly declaration: string;
  readonly code: string;
}

/** The name without `_t`. */
export function stem(name: string): string {
  return name.endsWith("_t") ? name.slice(0, -2) : name;
}

/** A struct with its reader and writer; `read` and `write` are their bodies. */
export function print(name: string, docs: string, members: string, read: string, write: string): Printed {
  const declaration = `${docLines(docs, "///")}typedef struct {\n${members}} ${name};\n`;
  const code = `static ${name} read_${stem(name)}(call_t *call, const json_t *json) {
  ${name} value = {0};
  (void)call;
  (void)json;
${read}  return value;
}

static void write_${stem(name)}(out_t *out, ${name} value) {
  (void)value;
${write}}
`;
  return { declaration, code };
}

export function printEnum(name: string, { docs, labels }: Extract<NamedType, { kind: "enum" | "flags" }>): Printed {
  const prefix = stem(name).toUpperCase();
  const tag = (label: string): string => `${prefix}_${label.toUpperCase().replaceAll("-", "_")}`;
  const members = labels.map((one) => `${docLines(one.docs, "  ///")}  ${tag(one.name)},\n`);
  const read = labels.map((one) => `  if (json_is(json, ${JSON.stringify(one.name)})) return ${tag(one.name)};\n`);
  const write = labels.map(
    (one) =>
      `    case ${tag(one.name)}:\n      out_raw(out, ${JSON.stringify(JSON.stringify(one.name))});\n      break;\n`,
  );
  return {
    declaration: `${docLines(docs, "///")}typedef enum {\n${members.join("")}} ${name};\n`,
    code: `static ${name} read_${stem(name)}(call_t *call, const json_t *json) {
${read.join("")}  call_fail(call, "expected a case of ${stem(name)}");
}

static void write_${stem(name)}(out_t *out, ${name} value) {
  switch (value) {
${write.join("")}  }
}
`,
  };
}

export function printFlags(name: string, { docs, labels }: Extract<NamedType, { kind: "enum" | "flags" }>): Printed {
  const members = labels.map((one) => `${docLines(one.docs, "  ///")}  bool ${cName(one.name)};\n`);
  const read = labels.map(
    (one) => `    if (json_is(&json->items[i], ${JSON.stringify(one.name)})) value.${cName(one.name)} = true;\n`,
  );
  const write = labels.map(
    (one) =>
      `  if (value.${cName(one.name)}) {\n    if (count++ > 0) out_raw(out, ",");\n    out_raw(out, ${JSON.stringify(JSON.stringify(one.name))});\n  }\n`,
  );
  return print(
    name,
    docs,
    members.join("") || "  char nothing;\n",
    `  json_list(call, json, SIZE_MAX);\n  for (size_t i = 0; i < json->length; i++) {\n${read.join("")}  }\n`,
    `  int count = 0;\n  (void)count;\n  out_raw(out, "[");\n${write.join("")}  out_raw(out, "]");\n`,
  );
}
