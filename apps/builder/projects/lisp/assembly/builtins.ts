// The functions that cannot be written in Lisp itself.
import { Environment } from "./environment";
import { BoolValue, FALSE, Failure, Kind, NIL, NumberValue, Pair, SymbolValue, TextValue, TRUE, Value, listOf } from "./values";

export class Builtin extends Value {
  constructor(
    public name: string,
    public run: (args: Value[]) => Value,
  ) {
    super(Kind.Builtin);
  }
}

function numbers(args: Value[], step: (a: f64, b: f64) => f64): Value {
  for (let i = 0; i < args.length; i++) {
    if (args[i].kind != Kind.Number) return new Failure("arithmetic needs numbers");
  }
  if (args.length == 0) return new NumberValue(0);
  let total = (args[0] as NumberValue).number;
  for (let i = 1; i < args.length; i++) total = step(total, (args[i] as NumberValue).number);
  return new NumberValue(total);
}

function equal(a: Value, b: Value): bool {
  if (a.kind != b.kind) return false;
  if (a.kind == Kind.Number) return (a as NumberValue).number == (b as NumberValue).number;
  if (a.kind == Kind.Text) return (a as TextValue).text == (b as TextValue).text;
  if (a.kind == Kind.Symbol) return (a as SymbolValue).name == (b as SymbolValue).name;
  if (a.kind == Kind.Bool) return (a as BoolValue).flag == (b as BoolValue).flag;
  if (a.kind == Kind.Pair) return equal((a as Pair).head, (b as Pair).head) && equal((a as Pair).tail, (b as Pair).tail);
  return a.kind == Kind.Nil || a == b;
}

function truth(flag: bool): Value {
  return flag ? TRUE : FALSE;
}

export function standardEnvironment(): Environment {
  const env = new Environment(null);
  add(env, "+", (args) => numbers(args, (a, b) => a + b));
  add(env, "-", (args) => numbers(args.length == 1 ? [new NumberValue(0) as Value, args[0]] : args, (a, b) => a - b));
  add(env, "*", (args) => numbers(args, (a, b) => a * b));
  add(env, "/", (args) => numbers(args, (a, b) => a / b));
  add(env, "mod", (args) => numbers(args, (a, b) => a - b * Math.floor(a / b)));
  add(env, "floor", (args) => numbers([numbers(args, (a, _) => a)], (a, _) => a));
  add(env, "<", (args) => truth((args[0] as NumberValue).number < (args[1] as NumberValue).number));
  add(env, "=", (args) => truth(equal(args[0], args[1])));
  add(env, "cons", (args) => new Pair(args[0], args[1]));
  add(env, "car", (args) => (args[0].kind == Kind.Pair ? (args[0] as Pair).head : new Failure("car of no pair")));
  add(env, "cdr", (args) => (args[0].kind == Kind.Pair ? (args[0] as Pair).tail : new Failure("cdr of no pair")));
  add(env, "list", (args) => listOf(args));
  add(env, "null?", (args) => truth(args[0] == NIL));
  add(env, "pair?", (args) => truth(args[0].kind == Kind.Pair));
  return env;
}

function add(env: Environment, name: string, run: (args: Value[]) => Value): void {
  env.define(name, new Builtin(name, run));
}
