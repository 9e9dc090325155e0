// A value -> WAVE text (WebAssembly Value Encoding, wasm-tools crates/wasm-wave/README.md).
import { TenonError } from "@tenon/contract/core";
import type { ValueType } from "@tenon/contract/core";
import { isTaggedOption, readerOf, recordKeys } from "./mapping.ts";
import { createValidator } from "./validate.ts";

/** Labels that mean something else in WAVE; as case names they are written with a `%`. */
export const WAVE_KEYWORDS: ReadonlySet<string> = new Set(["true", "false", "inf", "nan", "some", "none", "ok", "err"]);

/** Text for people has no use beyond this; shared parts of a value could otherwise multiply without end. */
const MAX_TEXT = 2 ** 26;

/**
 * The WAVE text of a value, on one line, checked first (`value-invalid` names the path). Fields that are none are left
 * out; options and results are explicit. WAVE has no maps and no resources: a map is its list of pairs, a resource
 * throws `boundary-unsupported`.
 */
export function formatWave(type: ValueType, value: unknown, path = "value"): string {
  createValidator(type)(value, path);
  const out = new WaveText();
  write(type, value, out);
  return out.text;
}

/** `name(arg, arg)`, as `parseWaveCall` reads it. */
export function formatWaveArgs(types: readonly ValueType[], args: readonly unknown[]): string {
  return types.map((type, index) => formatWave(type, args[index], `args[${index}]`)).join(", ");
}

class WaveText {
  text = "";

  add(part: string): void {
    if (this.text.length + part.length > MAX_TEXT) {
      throw new TenonError("resource-exhausted", `the text of the value is longer than ${MAX_TEXT} characters`, {
        sideEffects: "none",
      });
    }
    this.text += part;
  }
}

function write(type: ValueType, value: unknown, out: WaveText): void {
  switch (type.kind) {
    case "record":
      return writeRecord(type.fields, value as Record<string, unknown>, out);
    case "tuple":
      return writeSequence("(", ")", type.items, value as readonly unknown[], out);
    case "list":
      return writeList(type.element, value as ArrayLike<unknown>, out);
    case "map":
      return writeList(
        { kind: "tuple", items: [type.key, type.value] },
        [...(value as ReadonlyMap<unknown, unknown>)],
        out,
      );
    case "option":
      return writeOption(type.item, value, out);
    case "result":
      return writeResult(type, value as Case, out);
    case "variant":
      return writeVariant(type.cases, value as Case, out);
    case "enum":
      return out.add(caseLabel(value as string));
    case "flags":
      return writeFlags(type.flags, value as Record<string, unknown>, out);
    case "own":
    case "borrow":
    case "stream":
    case "future":
      throw new TenonError("boundary-unsupported", `WAVE has no text for values of type ${type.kind}`, {
        sideEffects: "none",
      });
    case "char":
      return out.add(`'${escape(value as string, "'")}'`);
    case "string":
    case "error-context":
      return out.add(`"${escape(value as string, '"')}"`);
    case "f32":
    case "f64":
      return out.add(formatFloat(value as number, type.kind));
    default:
      return out.add(String(value));
  }
}

interface Case {
  readonly tag: string;
  readonly val?: unknown;
}

function writeRecord(
  fields: Extract<ValueType, { kind: "record" }>["fields"],
  value: Record<string, unknown>,
  out: WaveText,
): void {
  const keys = recordKeys(fields);
  let separator = "{";
  for (const [index, { name, type }] of fields.entries()) {
    const part = readerOf(keys[index] as string)(value);
    if (type.kind === "option" && isNone(type.item, part)) continue;
    out.add(`${separator}${name}: `);
    write(type, part, out);
    separator = ", ";
  }
  out.add(separator === "{" ? "{:}" : "}");
}

function isNone(item: ValueType, value: unknown): boolean {
  return isTaggedOption(item) ? (value as Case).tag === "none" : value === undefined;
}

function writeSequence(
  open: string,
  close: string,
  types: readonly ValueType[],
  values: readonly unknown[],
  out: WaveText,
): void {
  out.add(open);
  for (const [index, type] of types.entries()) {
    if (index > 0) out.add(", ");
    write(type, values[index], out);
  }
  out.add(close);
}

function writeList(element: ValueType, values: ArrayLike<unknown>, out: WaveText): void {
  out.add("[");
  for (let index = 0; index < values.length; index++) {
    if (index > 0) out.add(", ");
    write(element, values[index], out);
  }
  out.add("]");
}

function writePayload(label: string, type: ValueType | undefined, value: unknown, out: WaveText): void {
  out.add(label);
  if (type === undefined) return;
  out.add("(");
  write(type, value, out);
  out.add(")");
}

function writeOption(item: ValueType, value: unknown, out: WaveText): void {
  if (isNone(item, value)) out.add("none");
  else writePayload("some", item, isTaggedOption(item) ? (value as Case).val : value, out);
}

function writeResult(type: Extract<ValueType, { kind: "result" }>, value: Case, out: WaveText): void {
  writePayload(value.tag, value.tag === "ok" ? type.ok : type.err, value.val, out);
}

function writeVariant(cases: Extract<ValueType, { kind: "variant" }>["cases"], value: Case, out: WaveText): void {
  writePayload(caseLabel(value.tag), cases.find(({ name }) => name === value.tag)?.type, value.val, out);
}

function caseLabel(label: string): string {
  return WAVE_KEYWORDS.has(label) ? `%${label}` : label;
}

function writeFlags(labels: readonly string[], value: Record<string, unknown>, out: WaveText): void {
  const keys = recordKeys(labels.map((name) => ({ name })));
  out.add(`{${labels.filter((_, index) => readerOf(keys[index] as string)(value) === true).join(", ")}}`);
}

function formatFloat(value: number, kind: "f32" | "f64"): string {
  if (Number.isNaN(value)) return "nan";
  const exact = kind === "f32" ? Math.fround(value) : value;
  if (!Number.isFinite(exact)) return exact < 0 ? "-inf" : "inf";
  if (Object.is(exact, -0)) return "-0";
  return kind === "f32" ? shortestF32(exact) : String(exact);
}

/** The fewest digits that still name this f32: `0.1`, not `0.10000000149011612`. */
function shortestF32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

function escape(text: string, quote: string): string {
  const special = quote === "'" ? /['\\\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu : /["\\\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu;
  return text.replace(special, (char) => {
    const short = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\", [quote]: `\\${quote}` }[char];
    return short ?? `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
  });
}
