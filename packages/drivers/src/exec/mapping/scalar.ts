// A template in the place of a number, bool, enum or char -> the value, checked when the run has ended.
import { formatType, fromJson } from "@tenon/abi";
import { TenonError, type ValueType } from "@tenon/contract/core";
import type { Frame, Here } from "./here.ts";
import { isSameType } from "./reference.ts";
import { compileText, type Template } from "./template.ts";

export type Make = (frame: Frame) => unknown;

const BIG: ReadonlySet<ValueType["kind"]> = new Set(["u64", "s64"]);
const INTEGERS: ReadonlySet<ValueType["kind"]> = new Set(["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]);

export function isInteger(type: ValueType): boolean {
  return INTEGERS.has(type.kind);
}

/** A number as a value of an integer type. Throws `protocol-error` when it does not fit. */
export function integerValue(type: ValueType, value: number, place: string): unknown {
  return fromJson(type, value, place, { code: "protocol-error" });
}

/** A template for a scalar; a reference of an enum type is checked now, every other text when it is there. */
export function compileScalar(source: string, type: ValueType, here: Here): Make {
  const template = compileText(source, here);
  if (template.literal !== undefined) return constant(template.literal, type, here);
  if (type.kind === "string") return template.render;
  const from = template.reference;
  if (from !== undefined && isSameType(from.type, type)) return from.get;
  if (type.kind === "enum" && from?.type.kind === "enum") checkCases(from.type.cases, type.cases, here);
  return (frame) => parseScalar(type, template, frame, here.place);
}

function constant(text: string, type: ValueType, here: Here): Make {
  const value = convert(type, text, here.place, "value-invalid", (what) => here.refuse(what));
  return () => value;
}

function checkCases(given: readonly string[], known: readonly string[], here: Here): void {
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    here.refuse(
      `can become ${unknown.join(", ")}, which the contract does not have`,
      `the cases are ${known.join(", ")}`,
    );
}

function parseScalar(type: ValueType, template: Template, frame: Frame, place: string): unknown {
  return convert(type, template.render(frame), place, "protocol-error", (what) => {
    throw new TenonError("protocol-error", `${place} ${what}`, {
      hint: "the program printed something else than its manifest expects",
    });
  });
}

function convert(
  type: ValueType,
  text: string,
  place: string,
  code: "value-invalid" | "protocol-error",
  refuse: (what: string) => never,
): unknown {
  const wrong = (): never => refuse(`is ${JSON.stringify(text.slice(0, 80))}, which is no ${formatType(type)}`);
  let json: unknown = text;
  if (type.kind === "bool") json = text === "true" ? true : text === "false" ? false : wrong();
  else if (INTEGERS.has(type.kind))
    json = /^-?\d{1,20}$/.test(text) ? (BIG.has(type.kind) ? text : Number(text)) : wrong();
  else if (type.kind === "f32" || type.kind === "f64")
    json = /^-?[\d.]{1,40}(?:[eE][-+]?\d{1,4})?$/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : wrong();
  try {
    return fromJson(type, json, place, { code });
  } catch (error) {
    return refuse(`does not fit: ${TenonError.from(error).what}`);
  }
}
