// WAVE tokens -> numbers, chars and strings.
import type { NumericKind } from "./mapping.ts";
import { isWellFormed } from "./platform.ts";
import { charCode } from "./validate-primitives.ts";
import { checkOf } from "./validate.ts";
import type { WaveLexer } from "./wave-lex.ts";

/** Digits of any 64-bit integer; BigInt of a longer text would take quadratic time. */
const INTEGER = /^-?[0-9]{1,20}$/;

export function parseNumber(kind: NumericKind, lexer: WaveLexer): number | bigint {
  const { text, start } = lexer.token;
  if (kind === "f32" || kind === "f64") return parseFloatToken(kind, lexer);
  if (lexer.token.kind !== "number") return lexer.fail(`expected ${kind}, found ${lexer.found()}`);
  const isBig = kind === "u64" || kind === "s64";
  const value = !INTEGER.test(text) ? undefined : isBig ? BigInt(text) : Number(text);
  const fits = value !== undefined && checkOf({ kind })(value) === undefined;
  if (!fits) return lexer.fail(`${text.slice(0, 40)} is no ${kind}`, `write a whole number that fits ${kind}`, start);
  lexer.next();
  // The text -0 is the integer 0.
  return value === 0 ? 0 : value;
}

function parseFloatToken(kind: "f32" | "f64", lexer: WaveLexer): number {
  const { kind: token, text } = lexer.token;
  const isKeyword = token === "label" && (text === "nan" || text === "inf");
  if (token !== "number" && !isKeyword) return lexer.fail(`expected ${kind}, found ${lexer.found()}`);
  lexer.next();
  if (text === "nan") return NaN;
  if (text === "inf" || text === "-inf") return text === "inf" ? Infinity : -Infinity;
  return kind === "f32" ? Math.fround(Number(text)) : Number(text);
}

export function parseChar(lexer: WaveLexer): string {
  if (lexer.token.kind !== "char") lexer.fail(`expected a char such as 'x', found ${lexer.found()}`);
  if (charCode(lexer.token.text) < 0) lexer.fail(`${lexer.found()} is not one character`);
  return lexer.next().text;
}

export function parseString(lexer: WaveLexer): string {
  if (lexer.token.kind !== "string") lexer.fail(`expected a string such as "text", found ${lexer.found()}`);
  if (!isWellFormed(lexer.token.text)) lexer.fail("the string holds a lone surrogate");
  return lexer.next().text;
}
