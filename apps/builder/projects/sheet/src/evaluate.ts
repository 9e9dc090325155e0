// An expression and the values of the cells it reads -> its value.
import { cellsOf, type Expression } from "./ast.ts";

export type Value = number | string | boolean;
export type Lookup = (cell: string) => Value;

export function evaluate(expression: Expression, lookup: Lookup): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "cell":
      return lookup(expression.name);
    case "range":
      throw new TypeError(`${expression.from}:${expression.to} can only stand inside a function`);
    case "negate":
      return -number(evaluate(expression.operand, lookup));
    case "binary":
      return binary(expression.sign, evaluate(expression.left, lookup), evaluate(expression.right, lookup));
    case "call":
      return call(expression.name, expression.args, lookup);
  }
}

function binary(sign: string, left: Value, right: Value): Value {
  switch (sign) {
    case "+": return number(left) + number(right);
    case "-": return number(left) - number(right);
    case "*": return number(left) * number(right);
    case "/": return number(left) / number(right);
    case "^": return number(left) ** number(right);
    case "&": return `${left}${right}`;
    case "=": return left === right;
    case "<>": return left !== right;
    case "<": return left < right;
    case ">": return left > right;
    case "<=": return left <= right;
    default: return left >= right;
  }
}

type Aggregate = (numbers: readonly number[]) => number;

const AGGREGATES = new Map<string, Aggregate>([
  ["SUM", (numbers) => numbers.reduce((total, each) => total + each, 0)],
  ["AVG", (numbers) => numbers.reduce((total, each) => total + each, 0) / numbers.length],
  ["MIN", (numbers) => Math.min(...numbers)],
  ["MAX", (numbers) => Math.max(...numbers)],
  ["COUNT", (numbers) => numbers.length],
  ["ROUND", ([value = 0, digits = 0]) => Math.round(value * 10 ** digits) / 10 ** digits],
]);

function call(name: string, args: readonly Expression[], lookup: Lookup): Value {
  if (name === "IF") {
    const [test, yes, no] = args;
    if (test === undefined || yes === undefined || no === undefined) throw new TypeError("IF takes three arguments");
    return evaluate(evaluate(test, lookup) ? yes : no, lookup);
  }
  const aggregate = AGGREGATES.get(name);
  if (aggregate === undefined) throw new TypeError(`there is no function ${name}`);
  return aggregate(args.flatMap((arg) => spread(arg, lookup)).map(number));
}

function spread(arg: Expression, lookup: Lookup): Value[] {
  return arg.kind === "range" ? cellsOf(arg.from, arg.to).map(lookup).filter((value) => value !== "") : [evaluate(arg, lookup)];
}

function number(value: Value): number {
  const converted = Number(value);
  if (Number.isNaN(converted)) throw new TypeError(`${value} is no number`);
  return converted;
}
