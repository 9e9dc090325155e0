// An expression and an environment -> a value. A loop instead of recursion in tail position keeps deep loops flat.
import { Builtin } from "./builtins";
import { Environment } from "./environment";
import { Failure, Kind, NIL, Pair, SymbolValue, Value, itemsOf, listOf } from "./values";

class Closure extends Value {
  constructor(
    public params: Value[],
    public body: Value[],
    public env: Environment,
  ) {
    super(Kind.Closure);
  }
}

/** Steps left before a program counts as endless. */
let fuel: i32 = 5_000_000;

export function evaluate(start: Value, startEnv: Environment): Value {
  let expression = start;
  let env = startEnv;
  while (true) {
    if (--fuel < 0) return new Failure("the program does not end");
    if (expression.kind == Kind.Symbol) {
      const name = (expression as SymbolValue).name;
      const found = env.find(name);
      return found ? found : new Failure("unknown name " + name);
    }
    if (expression.kind != Kind.Pair) return expression;
    const pair = expression as Pair;
    const form = pair.head.kind == Kind.Symbol ? (pair.head as SymbolValue).name : "";
    const parts = itemsOf(pair.tail);
    if (form == "quote") return parts[0];
    if (form == "define") return define(parts, env);
    if (form == "lambda") return new Closure(itemsOf(parts[0]), parts.slice(1), env);
    if (form == "if") {
      const test = evaluate(parts[0], env);
      if (test.kind == Kind.Failure) return test;
      if (!test.isTrue && parts.length < 3) return NIL;
      expression = test.isTrue ? parts[1] : parts[2];
      continue;
    }
    const func = evaluate(pair.head, env);
    if (func.kind == Kind.Failure) return func;
    const args: Value[] = [];
    for (let i = 0; i < parts.length; i++) {
      const arg = evaluate(parts[i], env);
      if (arg.kind == Kind.Failure) return arg;
      args.push(arg);
    }
    if (func.kind == Kind.Builtin) return (func as Builtin).run(args);
    if (func.kind != Kind.Closure) return new Failure("the head of a list is not a function");
    const closure = func as Closure;
    if (closure.params.length != args.length) return new Failure("wrong number of arguments");
    env = new Environment(closure.env);
    for (let i = 0; i < args.length; i++) env.define((closure.params[i] as SymbolValue).name, args[i]);
    for (let i = 0; i < closure.body.length - 1; i++) evaluate(closure.body[i], env);
    expression = closure.body[closure.body.length - 1];
  }
}

/** `(define name value)` and `(define (name params...) body...)`. */
function define(parts: Value[], env: Environment): Value {
  if (parts[0].kind == Kind.Pair) {
    const signature = parts[0] as Pair;
    const closure = new Closure(itemsOf(signature.tail), parts.slice(1), env);
    env.define((signature.head as SymbolValue).name, closure);
    return NIL;
  }
  const value = evaluate(parts[1], env);
  if (value.kind != Kind.Failure) env.define((parts[0] as SymbolValue).name, value);
  return value.kind == Kind.Failure ? value : listOf([]);
}
