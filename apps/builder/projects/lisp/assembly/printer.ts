// A value -> the text that reads back as that value.
import { BoolValue, Failure, Kind, NumberValue, Pair, SymbolValue, TextValue, Value } from "./values";

export function print(value: Value): string {
  switch (value.kind) {
    case Kind.Nil:
      return "()";
    case Kind.Number:
      return printNumber((value as NumberValue).number);
    case Kind.Bool:
      return (value as BoolValue).flag ? "#t" : "#f";
    case Kind.Symbol:
      return (value as SymbolValue).name;
    case Kind.Text:
      return '"' + (value as TextValue).text + '"';
    case Kind.Pair:
      return printList(value as Pair);
    case Kind.Failure:
      return "error: " + (value as Failure).message;
    default:
      return "<function>";
  }
}

function printNumber(number: f64): string {
  const whole = Math.floor(number);
  return whole == number && Math.abs(number) < 9007199254740992 ? (number as i64).toString() : number.toString();
}

function printList(list: Pair): string {
  let text = "(" + print(list.head);
  let rest = list.tail;
  while (rest.kind == Kind.Pair) {
    text += " " + print((rest as Pair).head);
    rest = (rest as Pair).tail;
  }
  if (rest.kind != Kind.Nil) text += " . " + print(rest);
  return text + ")";
}
