// One named type of an interface -> its message or enum; aliases and named lists stand where they are used and print nothing.
import { typeDef } from "../from-resolve.ts";
import { protoEnumValue, protoType } from "../proto-names.ts";
import type { ProtoMessagePrinter } from "./proto-message.ts";
import { protoComment } from "./proto-comment.ts";

/** The declaration at the top of a file, or "" where there is none. */
export function protoTypeText(printer: ProtoMessagePrinter, index: number): string {
  const { kind, name, docs } = typeDef(printer.resolve, index);
  if (name === null) return "";
  const title = protoType(name);
  const about = protoComment(docs, "");
  if (typeof kind === "string") return printer.refuse(`the resource ${name}`);
  if ("record" in kind) return about + printer.message(title, kind.record.fields);
  if ("variant" in kind) return about + printer.oneof(title, "value", kind.variant.cases);
  if ("flags" in kind) {
    const fields = kind.flags.flags.map((flag) => ({ name: flag.name, docs: flag.docs, type: "bool" as const }));
    return about + printer.message(title, fields);
  }
  if (!("enum" in kind)) return "";
  const values = kind.enum.cases.map(
    (one, at) => `${protoComment(one.docs, "  ")}  ${protoEnumValue(title, one.name)} = ${at + 1};\n`,
  );
  return `${about}enum ${title} {\n  ${protoEnumValue(title, "unspecified")} = 0;\n${values.join("")}}\n`;
}
