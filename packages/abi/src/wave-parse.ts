// WAVE text -> values, led by the type: what a token means follows from where it stands.
import { TenonError } from "@tenon/contract/core";
import type { Field, ValueType } from "@tenon/contract/core";
import { didYouMean, listLabels, quote } from "./describe.ts";
import { formatType } from "./format-type.ts";
import { isTaggedOption, numericArray, recordKeys, setField } from "./mapping.ts";
import { checkType } from "./type-facts.ts";
import { WAVE_KEYWORDS } from "./wave-format.ts";
import { WaveLexer } from "./wave-lex.ts";
import { parseChar, parseNumber, parseString } from "./wave-scalars.ts";

/**
 * The value of WAVE text. Nesting is bounded by the type (64 levels), so hostile text cannot exhaust the stack.
 * @throws `value-invalid` with `line:column` of the first thing that does not fit.
 */
export function parseWave(type: ValueType, text: string): unknown {
  checkType(type);
  const lexer = new WaveLexer(text);
  const value = parse(type, lexer);
  expectEnd(lexer);
  return value;
}

/**
 * The values of comma-separated arguments, as they stand between the parentheses of a call. Arguments at the end whose
 * type is an option may be left out.
 */
export function parseWaveArgs(params: readonly Field[], text: string): unknown[] {
  const lexer = new WaveLexer(text);
  const args = parseArgs(params, lexer, "end");
  expectEnd(lexer);
  return args;
}

/** `name(args)`: `paramsOf` gives the parameters of the function, or undefined when there is none of that name. */
export function parseWaveCall(
  text: string,
  paramsOf: (name: string) => readonly Field[] | undefined,
): { readonly name: string; readonly args: unknown[] } {
  const open = text.indexOf("(");
  const name = text.slice(0, Math.max(open, 0)).trim();
  if (name === "")
    throw new TenonError("value-invalid", '1:1: expected a call such as name(1, "two")', { sideEffects: "none" });
  const params = paramsOf(name);
  if (params === undefined)
    throw new TenonError("function-missing", `the contract has no function ${quote(name)}`, { sideEffects: "none" });
  const lexer = new WaveLexer(text, open + 1);
  const args = parseArgs(params, lexer, ")");
  lexer.next();
  expectEnd(lexer);
  return { name, args };
}

function parseArgs(params: readonly Field[], lexer: WaveLexer, close: ")" | "end"): unknown[] {
  const args: unknown[] = [];
  for (const { name, type } of params) {
    checkType(type);
    if (!lexer.is(close)) {
      args.push(parse(type, lexer));
      if (!lexer.is(close)) expect(lexer, ",");
    } else if (type.kind === "option") args.push(isTaggedOption(type.item) ? { tag: "none" } : undefined);
    else lexer.fail(`the argument ${name}: ${formatType(type)} is missing`);
  }
  if (!lexer.is(close)) lexer.fail(`expected ${params.length} arguments, found more: ${lexer.found()}`);
  return args;
}

function parse(type: ValueType, lexer: WaveLexer): unknown {
  switch (type.kind) {
    case "record":
      return parseRecord(type, lexer);
    case "tuple":
      return parseTuple(type.items, lexer);
    case "list":
      return parseList(type, lexer);
    case "map":
      return new Map(
        parseElements({ kind: "list", element: { kind: "tuple", items: [type.key, type.value] } }, lexer) as [
          unknown,
          unknown,
        ][],
      );
    case "option":
      return parseOption(type.item, lexer);
    case "result":
      return parseResult(type, lexer);
    case "variant":
      return parseVariant(type, lexer);
    case "enum":
      return parseLabel(type.cases, lexer, "case");
    case "flags":
      return parseFlags(type.flags, lexer);
    case "own":
    case "borrow":
    case "stream":
    case "future":
      throw new TenonError("boundary-unsupported", `WAVE has no text for values of type ${type.kind}`, {
        sideEffects: "none",
      });
    case "bool":
      return parseLabel(["true", "false"], lexer, "keyword") === "true";
    case "char":
      return parseChar(lexer);
    case "string":
    case "error-context":
      return parseString(lexer);
    default:
      return parseNumber(type.kind, lexer);
  }
}

function expect(lexer: WaveLexer, kind: "{" | "}" | "(" | ")" | "[" | "]" | ":" | ","): void {
  if (!lexer.is(kind)) lexer.fail(`expected ${quote(kind)}, found ${lexer.found()}`);
  lexer.next();
}

function expectEnd(lexer: WaveLexer): void {
  if (!lexer.is("end")) lexer.fail(`expected the end, found ${lexer.found()}`);
}

/** Runs `item` until `close`; commas stand between, one may stand at the end. */
function sequence(
  lexer: WaveLexer,
  open: "{" | "[" | "(",
  close: "}" | "]" | ")",
  what: ValueType,
  item: () => void,
): void {
  if (!lexer.is(open)) lexer.fail(`expected ${formatType(what)}, found ${lexer.found()}`);
  lexer.next();
  while (!lexer.is(close)) {
    item();
    if (!lexer.is(",")) break;
    lexer.next();
  }
  expect(lexer, close);
}

function parseTuple(items: readonly ValueType[], lexer: WaveLexer): unknown[] {
  const value: unknown[] = [];
  sequence(lexer, "(", ")", { kind: "tuple", items }, () => {
    const item = items[value.length] ?? lexer.fail(`expected a tuple of ${items.length}, found more`);
    value.push(parse(item, lexer));
  });
  if (value.length < items.length) lexer.fail(`expected a tuple of ${items.length}, found ${value.length}`);
  return value;
}

function parseList(type: Extract<ValueType, { kind: "list" }>, lexer: WaveLexer): unknown {
  const elements = parseElements(type, lexer);
  const array = numericArray(type.element)?.create(elements.length);
  if (array === undefined) return elements;
  for (let index = 0; index < elements.length; index++) array[index] = elements[index] as number;
  return array;
}

function parseElements(type: Extract<ValueType, { kind: "list" }>, lexer: WaveLexer): unknown[] {
  const value: unknown[] = [];
  sequence(lexer, "[", "]", type, () => value.push(parse(type.element, lexer)));
  if (type.length !== undefined && value.length !== type.length)
    lexer.fail(`expected ${type.length} elements, found ${value.length}`);
  return value;
}

function parseRecord(type: Extract<ValueType, { kind: "record" }>, lexer: WaveLexer): Record<string, unknown> {
  const labels = type.fields.map(({ name }) => name);
  const found = new Map<string, unknown>();
  sequence(lexer, "{", "}", type, () => {
    // `{:}` is the record without any field.
    if (lexer.is(":") && found.size === 0) return isolated(lexer);
    const at = lexer.token.start;
    const label = parseLabel(labels, lexer, "field", true);
    if (found.has(label)) lexer.fail(`the field ${label} is given twice`, undefined, at);
    expect(lexer, ":");
    const field = type.fields[labels.indexOf(label)] as Field;
    return void found.set(label, parse(field.type, lexer));
  });
  const value: Record<string, unknown> = {};
  for (const [index, key] of recordKeys(type.fields).entries()) {
    const field = type.fields[index] as Field;
    if (!found.has(field.name) && field.type.kind !== "option")
      lexer.fail(`the field ${field.name}: ${formatType(field.type)} is missing`);
    const isEmptyTagged = !found.has(field.name) && field.type.kind === "option" && isTaggedOption(field.type.item);
    setField(value, key, isEmptyTagged ? { tag: "none" } : found.get(field.name));
  }
  return value;
}

function isolated(lexer: WaveLexer): void {
  lexer.next();
  if (!lexer.is("}")) lexer.fail(`expected "}" after {:, found ${lexer.found()}`);
}

/** One of `labels`. A keyword needs its `%` except where nothing else could stand. */
function parseLabel(
  labels: readonly string[],
  lexer: WaveLexer,
  what: "case" | "field" | "flag" | "keyword",
  mayBeKeyword = what !== "case",
): string {
  const { kind, text, start } = lexer.token;
  const label = text.startsWith("%") ? text.slice(1) : text;
  if (kind !== "label" || !labels.includes(label)) {
    const near = didYouMean(label, labels);
    lexer.fail(
      `expected one of ${listLabels(labels)}, found ${lexer.found()}`,
      near === undefined ? undefined : `did you mean ${quote(near)}?`,
    );
  }
  if (!mayBeKeyword && text === label && WAVE_KEYWORDS.has(label)) {
    lexer.fail(`${label} is a keyword`, `write %${label} for the case`, start);
  }
  lexer.next();
  return label;
}

function parseFlags(labels: readonly string[], lexer: WaveLexer): Record<string, unknown> {
  const set = new Set<string>();
  sequence(lexer, "{", "}", { kind: "flags", flags: labels }, () => {
    const at = lexer.token.start;
    const label = parseLabel(labels, lexer, "flag");
    if (set.has(label)) lexer.fail(`the flag ${label} is given twice`, undefined, at);
    set.add(label);
  });
  const value: Record<string, unknown> = {};
  for (const [index, key] of recordKeys(labels.map((name) => ({ name }))).entries())
    setField(value, key, set.has(labels[index] as string));
  return value;
}

function parsePayload(label: string, type: ValueType | undefined, lexer: WaveLexer): { tag: string; val?: unknown } {
  if (type === undefined) {
    if (lexer.is("(")) lexer.fail(`the case ${label} carries no value`);
    return { tag: label };
  }
  expect(lexer, "(");
  const val = parse(type, lexer);
  expect(lexer, ")");
  return { tag: label, val };
}

function parseVariant(type: Extract<ValueType, { kind: "variant" }>, lexer: WaveLexer): unknown {
  const label = parseLabel(
    type.cases.map(({ name }) => name),
    lexer,
    "case",
  );
  return parsePayload(label, type.cases.find(({ name }) => name === label)?.type, lexer);
}

/** The payload may stand for the whole option or result unless it is one itself. */
function canBeFlat(type: ValueType | undefined): type is ValueType {
  return type !== undefined && type.kind !== "option" && type.kind !== "result";
}

function parseOption(item: ValueType, lexer: WaveLexer): unknown {
  const { text } = lexer.token;
  const isExplicit = lexer.is("label") && (text === "some" || text === "none");
  if (!isExplicit) {
    if (!canBeFlat(item)) lexer.fail(`expected some(...) or none, found ${lexer.found()}`);
    return parse(item, lexer);
  }
  lexer.next();
  const parsed = parsePayload(text, text === "some" ? item : undefined, lexer);
  return isTaggedOption(item) ? parsed : parsed.val;
}

function parseResult(type: Extract<ValueType, { kind: "result" }>, lexer: WaveLexer): unknown {
  const { text } = lexer.token;
  const isExplicit = lexer.is("label") && (text === "ok" || text === "err");
  if (isExplicit) {
    lexer.next();
    return parsePayload(text, text === "ok" ? type.ok : type.err, lexer);
  }
  if (!canBeFlat(type.ok)) lexer.fail(`expected ok or err, found ${lexer.found()}`);
  return { tag: "ok", val: parse(type.ok, lexer) };
}
